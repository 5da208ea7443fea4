'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor, caller, NOON } = require('./support')

const SECOND = NOON / 1000
const CANCELLED = 4

function ciphersOf (order) {
  return [order.encrypt_post_tel, order.encrypt_post_receiver, order.post_addr.encrypt_detail].map(cipher => ({ auth_id: order.order_id, cipher_text: cipher }))
}

async function begin (t) {
  const sandbox = await sandboxFor(t)
  const client = caller(sandbox)
  const orders = sandbox.control.truth({ kind: 'orders', limit: 10_000 }).items.filter(order => order.order_status !== CANCELLED)
  const infos = async items => (await client.call('order.batchDecrypt', { cipher_infos: items })).data.decrypt_infos
  const allow = number => sandbox.control.saveApp({ appKey: sandbox.doudian.appKey, decryptsPerDay: number })
  return { sandbox, ...client, orders, infos, allow }
}

test('ciphertexts are told apart and fit their masks; most telephones are virtual and end', async t => {
  const { orders, infos } = await begin(t)
  let virtual = 0
  for (const order of orders.slice(0, 40)) {
    const [phone, name, detail] = await infos(ciphersOf(order))
    assert.deepEqual([phone, name, detail].map(one => [one.err_no, one.data_type, one.auth_id]), [[0, 3, order.order_id], [0, 2, order.order_id], [0, 1, order.order_id]])
    const fits = (mask, text) => assert.match(text, new RegExp(`^${mask.replaceAll(/\*+/g, '[^*]+')}$`))
    fits(order.mask_post_receiver, name.decrypt_text)
    fits(order.mask_post_addr.detail, detail.decrypt_text)
    if (phone.is_virtual_tel) {
      virtual++
      assert.deepEqual([phone.decrypt_text, phone.expire_time], [`${phone.phone_no_a}-${phone.phone_no_b}`, SECOND + 7 * 86400])
    } else {
      fits(order.mask_post_tel, phone.decrypt_text)
      assert.deepEqual([phone.phone_no_a, phone.phone_no_b, phone.expire_time], ['', '', 0])
    }
  }
  assert.ok(virtual > 20 && virtual < 40)
})

test('the same ciphertext is the same text, also after the order changed', async t => {
  const { sandbox, orders, infos } = await begin(t)
  const wish = ciphersOf(orders[0])
  const before = await infos(wish)
  sandbox.control.edit({ kind: 'order', id: orders[0].order_id, set: { buyer_words: '改了' } })
  assert.deepEqual(await infos(wish), before)
})

test('each item has an error of its own', async t => {
  const { sandbox, orders: [first, second], infos } = await begin(t)
  const [mine] = ciphersOf(first)
  const [foreign] = ciphersOf(second)
  sandbox.control.edit({ kind: 'order', id: second.order_id, set: { order_status: CANCELLED } })
  const answers = await infos([mine, { ...mine, auth_id: '1' }, { ...mine, cipher_text: foreign.cipher_text }, { ...mine, cipher_text: `${mine.cipher_text} ` }, foreign])
  assert.deepEqual(answers.map(one => one.err_no), [0, 300001, 300002, 300002, 300003])
  assert.deepEqual(answers.slice(1).map(one => [one.decrypt_text, one.phone_no_a]), Array(4).fill(['', '']))
})

test('the quota counts texts by day and by app, and a call that meets its end is answered in part', async t => {
  const { sandbox, call, orders, infos, allow } = await begin(t)
  allow(4)
  assert.deepEqual((await infos(ciphersOf(orders[0]))).map(one => one.err_no), [0, 0, 0])
  assert.deepEqual((await infos(ciphersOf(orders[1]))).map(one => one.err_no), [0, 300008, 300008])
  const refused = await call('order.batchDecrypt', { cipher_infos: ciphersOf(orders[2]) })
  assert.deepEqual([refused.code, refused.sub_code, refused.data], [50002, 'isv.business-failed:300008', null])
  const other = caller(sandbox, { app: sandbox.doudian.selfUse })
  assert.equal((await other.call('order.batchDecrypt', { cipher_infos: ciphersOf(orders[2]) })).data.decrypt_infos[0].err_no, 0)
  sandbox.control.setClock({ advanceMs: 12 * 3600_000 }) // it was noon
  assert.equal((await infos(ciphersOf(orders[2])))[0].err_no, 0)
})

test('an error costs nothing of the quota', async t => {
  const { orders, infos, allow } = await begin(t)
  allow(1)
  const [mine] = ciphersOf(orders[0])
  assert.deepEqual((await infos([{ ...mine, auth_id: '1' }, mine])).map(one => one.err_no), [300001, 0])
})

test('a call holds 1 to 50 items, each with both texts', async t => {
  const { call, orders } = await begin(t)
  const [item] = ciphersOf(orders[0])
  const refused = [
    [{}, 'isv.parameter-missing'], [{ cipher_infos: [] }, 'isv.parameter-invalid'], [{ cipher_infos: Array(51).fill(item) }, 'isv.parameter-invalid'],
    [{ cipher_infos: 'x' }, 'isv.parameter-format-invalid'], [{ cipher_infos: ['x'] }, 'isv.parameter-missing'], [{ cipher_infos: [{ auth_id: item.auth_id }] }, 'isv.parameter-missing'],
    [{ cipher_infos: [item], account_type: 'boss' }, 'isv.parameter-invalid'], [{ cipher_infos: [item], sensitive: 1 }, 'isv.parameter-invalid']
  ]
  for (const [params, subCode] of refused) assert.equal((await call('order.batchDecrypt', params)).sub_code, subCode, JSON.stringify(params).slice(0, 60))
  const full = await call('order.batchDecrypt', { cipher_infos: Array(50).fill(item), account_id: 'oa-7', account_type: 'sub_account' })
  assert.deepEqual([full.data.decrypt_infos.length, full.data.custom_err], [50, { err_code: 0, err_msg: '' }])
})

test('faults strike decrypting, with the texts of one item spoiled', async t => {
  const { sandbox, call, orders } = await begin(t)
  sandbox.control.fault({ fault: 'missing_fields', method: 'order.batchDecrypt' })
  const { data } = await call('order.batchDecrypt', { cipher_infos: ciphersOf(orders[0]) })
  assert.equal(data.decrypt_infos.filter(one => !('data_type' in one)).length, 1)
  sandbox.control.clearFaults()
  sandbox.control.fault({ fault: 'limited', method: 'order.batchDecrypt' })
  assert.equal((await call('order.batchDecrypt', { cipher_infos: ciphersOf(orders[0]) })).code, 60000)
})
