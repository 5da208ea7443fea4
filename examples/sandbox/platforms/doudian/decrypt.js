'use strict'
// order.batchDecrypt, fact sheet 2.13: an answer of its own for each ciphertext, and a quota by day.
//
// What the texts are is decided here from the order's looks and fits its masks. Telephones are mostly numbers that
// forward calls for some days. Of the error numbers only 300008 is seen in clients, which stop or slow down on it; the
// others are made up.
const { Random, deriveSeed } = require('../../random')
const { shanghaiText } = require('../../clock')
const { acceptValue } = require('./envelope')
const { Refused } = require('./params')
const { viewOf, CANCELLED } = require('./order_seed')

const MAX_ITEMS = 50
const ACCOUNT_TYPES = ['', 'main_account', 'sub_account']
const VIRTUAL_SHARE = 0.8
const VIRTUAL_LIFE_S = 7 * 86400
const ADDRESS = 1
const NAME = 2
const PHONE = 3

const NO_ORDER = [300001, '订单不存在']
const FOREIGN_CIPHER = [300002, '密文与订单不匹配']
const CLOSED = [300003, '订单已关闭，不支持解密']
const NO_QUOTA = [300008, '解密额度不足']

/** Counts the decrypted texts of each application by calendar day in Beijing. */
class DecryptBudget {
  constructor () {
    this.used = new Map() // "appKey/day" → texts
  }

  keyOf ({ appKey }, now) {
    return `${appKey}/${shanghaiText(now).slice(0, 10)}`
  }

  left (app, now) {
    return app.decryptsPerDay === null ? Infinity : app.decryptsPerDay - (this.used.get(this.keyOf(app, now)) ?? 0)
  }

  spend (app, now) {
    const key = this.keyOf(app, now)
    this.used.set(key, (this.used.get(key) ?? 0) + 1)
  }
}

/** The stars of a mask, filled in. */
function unmasked (mask, fillings) {
  const words = fillings.slice()
  return mask.replaceAll(/\*+/g, () => words.shift())
}

/** What an order's ciphertexts stand for: ciphertext → `{ type, text }`. */
function secretsOf (version, shop) {
  const { item } = viewOf(version, shop)
  const random = new Random(deriveSeed(version.look, 'buyer'))
  const phone = unmasked(item.mask_post_tel, [random.digits(4)])
  const virtual = random.chance(VIRTUAL_SHARE) ? { a: `1840${random.digits(7)}`, b: random.digits(4) } : null
  const name = unmasked(item.mask_post_receiver, [random.pick(['小明', '建国', '雨桐', '子涵'])])
  const detail = unmasked(item.mask_post_addr.detail, [`弄${random.between(1, 9)}号`, '室'])
  return new Map([
    [item.encrypt_post_tel, { type: PHONE, text: virtual ? `${virtual.a}-${virtual.b}` : phone, virtual }],
    [item.encrypt_post_receiver, { type: NAME, text: name }],
    [item.post_addr.encrypt_detail, { type: ADDRESS, text: detail }]
  ])
}

function memberText (item, name) {
  const value = item instanceof Map ? item.get(name) : undefined
  if (typeof value !== 'string' || value === '') throw new Refused('parameterMissing', `缺少参数 cipher_infos.${name}`)
  return value
}

function readItems (params) {
  params.only('cipher_infos', 'account_id', 'account_type')
  params.text('account_id')
  if (!ACCOUNT_TYPES.includes(params.text('account_type'))) throw new Refused('parameterInvalid', 'account_type 只支持 main_account 或 sub_account')
  const items = params.list('cipher_infos')
  if (!items) throw new Refused('parameterMissing', '缺少参数 cipher_infos')
  if (items.length === 0 || items.length > MAX_ITEMS) throw new Refused('parameterInvalid', `cipher_infos 应有 1 到 ${MAX_ITEMS} 项`)
  return items.map(item => ({ orderId: memberText(item, 'auth_id'), cipher: memberText(item, 'cipher_text') }))
}

function answerItem ({ orderId, cipher }, [errNo, errMsg], secret, now) {
  const virtual = secret?.virtual
  return {
    auth_id: orderId, cipher_text: cipher, decrypt_text: secret?.text ?? '', err_no: errNo, err_msg: errMsg, data_type: secret?.type ?? 0,
    is_virtual_tel: Boolean(virtual), expire_time: virtual ? now + VIRTUAL_LIFE_S : 0, phone_no_a: virtual?.a ?? '', phone_no_b: virtual?.b ?? ''
  }
}

/** Only a text that is given out is counted. */
function reveal (shop, item, app, budget, now) {
  const version = shop.orders.current(item.orderId)
  if (!version) return answerItem(item, NO_ORDER)
  const secret = secretsOf(version, shop).get(item.cipher)
  if (!secret) return answerItem(item, FOREIGN_CIPHER)
  if (version.status === CANCELLED) return answerItem(item, CLOSED)
  if (budget.left(app, now) <= 0) return answerItem(item, NO_QUOTA)
  budget.spend(app, now)
  return answerItem(item, [0, ''], secret, now)
}

/** A call that finds the quota used up is refused as a whole; one that meets its end answers the rest with an error each. */
function batchDecrypt (call, shop, params, { decryptBudget }, { app }) {
  const items = readItems(params)
  const now = Math.floor(call.now / 1000)
  if (decryptBudget.left(app, now) <= 0) throw new Refused('decryptQuota', `今日解密次数已用完（${app.decryptsPerDay} 条）`)
  const infos = items.map(item => reveal(shop, item, app, decryptBudget, now))
  return acceptValue({ decrypt_infos: infos, custom_err: { err_code: 0, err_msg: '' } })
}

module.exports = { DecryptBudget, batchDecrypt }
