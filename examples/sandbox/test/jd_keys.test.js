'use strict'
const test = require('node:test')
const assert = require('node:assert')
const crypto = require('node:crypto')
const { jdSandbox, jdCaller } = require('./jd_support')

const NAMES = 'orderId,consigneeInfo'
const NOW = 1_772_510_400_000

/** What a client does with a ciphertext, the other way round and without the sandbox's code. */
function decrypt (keys, text) {
  const bytes = Buffer.from(text, 'base64')
  const key = keys.find(one => one.id === bytes.subarray(2, 18).toString('base64'))
  const decipher = crypto.createDecipheriv('aes-128-cbc', Buffer.from(key.key_string, 'base64').subarray(0, 16), bytes.subarray(18, 34))
  return Buffer.concat([decipher.update(bytes.subarray(34)), decipher.final()]).toString()
}

async function voucherOf ({ answer }) {
  const { jingdong_jos_voucher_info_get_response: wrapper } = await answer('jingdong.jos.voucher.info.get', {})
  assert.deepEqual([wrapper.code, wrapper.response.errorCode], ['0', '0'])
  return JSON.parse(Buffer.from(wrapper.response.data.voucher, 'base64'))
}

async function keysOf ({ answer }, { id: tid, key }, tweak = {}) {
  const sig = crypto.createHmac('sha256', Buffer.from(key, 'base64')).update(JSON.stringify({ sdk_ver: 2, ts: NOW, tid })).digest('base64')
  const whole = await answer('jingdong.jos.master.key.get', { sdk_ver: 2, ts: NOW, tid, sig, ...tweak })
  return whole.jingdong_jos_master_key_get_response.response
}

test('voucher and master key open the ciphertext of the shop', async t => {
  const world = await jdSandbox(t)
  const { sig, data } = await voucherOf(world)
  assert.ok(crypto.verify('RSA-SHA256', Buffer.from(JSON.stringify(data)), world.sandbox.jd.voucherPublicKey, Buffer.from(sig, 'base64')))
  const { status_code: status, service_key_list: [service] } = await keysOf(world, data)
  assert.deepEqual([status, service.service, service.keys[0].key_status], [0, data.service, 0])
  assert.equal(service.keys[0].key_digest, crypto.createHash('sha256').update(Buffer.from(service.keys[0].key_string, 'base64')).digest('base64'))
  for (const { orderId, consigneeInfo } of world.truth('orders').slice(0, 10)) {
    const { orderInfo } = (await world.call('jingdong.pop.order.enGet', { order_id: orderId, optional_fields: NAMES })).orderDetailInfo
    for (const name of ['fullname', 'telephone', 'mobile', 'fullAddress']) assert.equal(decrypt(service.keys, orderInfo.consigneeInfo[`encrypt_${name}`]), consigneeInfo[name])
  }
})

test('a wrong signature or voucher opens nothing, and each shop has its own key', async t => {
  const world = await jdSandbox(t, { shops: 2 })
  const { data } = await voucherOf(world)
  assert.deepEqual(await keysOf(world, data, { sig: 'AAAA' }), { status_code: 2, errorMsg: 'invalid signature' })
  assert.equal((await keysOf(world, { ...data, id: 'other' })).status_code, 1)
  const other = jdCaller(world.sandbox, { shopId: world.sandbox.jd.shops[1].shopId })
  const second = (await voucherOf(other)).data
  assert.notEqual(second.id, data.id)
  const keys = [await keysOf(world, data), await keysOf(other, second)].map(answer => answer.service_key_list[0].keys[0].id)
  assert.notEqual(keys[0], keys[1])
})

test('the same seed signs with the same key', async t => {
  const [first, second, third] = [await jdSandbox(t), await jdSandbox(t), await jdSandbox(t, { seed: 2 })]
  assert.equal(first.sandbox.jd.voucherPublicKey, second.sandbox.jd.voucherPublicKey)
  assert.deepEqual(await voucherOf(first), await voucherOf(second))
  assert.notEqual(first.sandbox.jd.voucherPublicKey, third.sandbox.jd.voucherPublicKey)
})
