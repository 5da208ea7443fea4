'use strict'
// Vouchers and master keys, fact sheet 16: with them the holder of a grant decrypts the `encrypt_*` twins of its shop.
// The only two methods played whose wrapper is spelt `_response`.
const crypto = require('node:crypto')
const { Random, deriveSeed } = require('../../random')
const { shopKey } = require('./tde')
const { voucherKey } = require('./voucher_key')

const SDK_VERSION = 2
const VOUCHER_LIFE_MS = 365 * 86_400_000
const VOUCHER_KEY_BYTES = 32
const ACTIVE = 0
const NO_VOUCHER = 1
const BAD_SIGNATURE = 2

/** What a voucher of a shop says; the text of its `data` is signed. */
function voucherData (shop) {
  const random = new Random(deriveSeed(shop.seed, 'voucher'))
  const effective = shop.bornAt * 1000
  return {
    act: 'issue', effective, expired: effective + VOUCHER_LIFE_MS, id: `T${random.hex(31)}`, key: Buffer.from(random.hex(VOUCHER_KEY_BYTES * 2), 'hex').toString('base64'),
    service: `jdsandbox${shop.id}`, stype: 1
  }
}

class KeyService {
  constructor (seed) {
    this.seed = seed
    this.made = null
  }

  /** Made when first asked for: finding the primes takes a moment. */
  get key () {
    this.made ??= voucherKey(this.seed)
    return this.made
  }

  publicPem () {
    return crypto.createPublicKey(this.key).export({ type: 'spki', format: 'pem' })
  }

  voucherText (shop) {
    const data = voucherData(shop)
    const sig = crypto.sign('RSA-SHA256', Buffer.from(JSON.stringify(data)), this.key).toString('base64')
    return Buffer.from(JSON.stringify({ sig, data })).toString('base64')
  }
}

/** What a request for master keys is signed with: compact JSON with its members in this order. */
function requestSignature (key, { sdkVersion, ts, tid }) {
  const text = `{"sdk_ver":${sdkVersion},"ts":${ts},"tid":${JSON.stringify(tid)}}`
  return crypto.createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64')
}

function voucherInfo (call, shop, params) {
  params.only('customer_user_id')
  return { response: { errorCode: '0', errorMsg: 'success', data: { voucher: call.keys.voucherText(shop) } } }
}

function keyList (shop) {
  const { id, key } = shopKey(shop)
  const keys = [{ id: id.toString('base64'), key_string: key.toString('base64'), key_digest: crypto.createHash('sha256').update(key).digest('base64'), version: 1, key_status: ACTIVE }]
  return [{ service: voucherData(shop).service, current_key_version: 1, keys }]
}

function failed (status, message) {
  return { response: { status_code: status, errorMsg: message } }
}

/** The voucher names the shop; the token is not looked at. */
function masterKey (call, platform, params) {
  params.only('sdk_ver', 'ts', 'tid', 'sig')
  const sdkVersion = params.integer('sdk_ver', { low: SDK_VERSION, high: SDK_VERSION })
  const ts = params.id('ts')
  const tid = params.required('tid')
  const sig = params.required('sig')
  const shop = platform.shops.find(one => voucherData(one).id === tid)
  if (!shop) return failed(NO_VOUCHER, 'voucher does not exist')
  if (requestSignature(voucherData(shop).key, { sdkVersion, ts, tid }) !== sig) return failed(BAD_SIGNATURE, 'invalid signature')
  return { response: { status_code: 0, errorMsg: 'success', service_key_list: keyList(shop) } }
}

module.exports = { KeyService, voucherInfo, masterKey, requestSignature }
