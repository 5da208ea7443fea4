'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor, pddCaller, NOON } = require('./pinduoduo_support')

const platform = 'pinduoduo'
const NOW = NOON / 1000

async function started (t, options) {
  const sandbox = await sandboxFor(t, options)
  const truth = kind => sandbox.control.truth({ platform, kind, limit: 10_000 }).items
  const sku = truth('skus').find(one => one.quantity > 10)
  const skuNow = () => truth('skus').find(one => one.sku_id === sku.sku_id)
  return { sandbox, truth, sku, skuNow, writes: () => sandbox.control.writes({ platform }).items, ...pddCaller(sandbox) }
}

test('stock: absolute is the same twice, a delta counts twice, and never below nothing', async t => {
  const { ok, refused, sku, skuNow, writes } = await started(t)
  const params = { goods_id: sku.goods_id, sku_id: sku.sku_id }
  const update = more => ok('pdd.goods.quantity.update', { ...params, ...more })
  await update({ quantity: 70 })
  await update({ quantity: 70, update_type: 1 })
  assert.equal(skuNow().quantity, 70)
  await update({ quantity: 5, update_type: 2 })
  await update({ quantity: 5, update_type: 2 })
  assert.equal(skuNow().quantity, 80)
  await ok('pdd.goods.quantity.update', { goods_id: sku.goods_id, outer_id: sku.out_sku_sn, quantity: -80, update_type: 2 })
  assert.equal(skuNow().quantity, 0)
  assert.equal((await refused('pdd.goods.quantity.update', { ...params, quantity: -1, update_type: 2 })).sub_code, '40002103')
  assert.equal((await refused('pdd.goods.quantity.update', { ...params, quantity: -1 })).error_code, 21001)
  assert.deepEqual(writes().map(one => [one.target, one.params.quantity, one.params.updateType]), [70, 70, 5, 5, -80].map((quantity, i) => [sku.sku_id, quantity, i < 2 ? 1 : 2]))
})

test('the stock of goods on a running promotion cannot be lowered', async t => {
  const { ok, refused, truth, call, sandbox } = await started(t)
  const goods = truth('products').find(one => one.status === 1)
  const sku = truth('skus').find(one => one.goods_id === goods.goods_id && one.quantity > 0)
  const off = truth('products').find(one => one.is_onsale === 0)
  const activity = { activity_name: '限时', activity_type: 12, discount: 850, start_time: NOW, end_time: NOW + 3600, user_activity_limit: 0, sku_price_list: [] }
  const answer = await call('pdd.promotion.limited.activity.create', { request: [{ ...activity, goods_id: goods.goods_id }, { ...activity, goods_id: off.goods_id }] })
  assert.deepEqual(answer.result_list.map(one => one.status), [0, 1])
  const wish = quantity => ({ goods_id: goods.goods_id, sku_id: sku.sku_id, quantity })
  assert.equal((await refused('pdd.goods.quantity.update', wish(0))).sub_code, '40002104')
  await ok('pdd.goods.quantity.update', wish(sku.quantity + 1))
  const running = await call('pdd.promotion.limited.discount.list.get', { status_list: [2] })
  assert.deepEqual(running.open_goods_activity_list.map(one => [one.goods_id, one.status]), [[goods.goods_id, 2]])
  assert.equal((await call('pdd.promotion.limited.discount.list.get', { goods_id_list: [off.goods_id] })).record_sum, 0)
  await ok('pdd.promotion.limited.activity.cancel', { detail_id: running.open_goods_activity_list[0].price_info[0].detail_id, goods_id: goods.goods_id })
  await ok('pdd.goods.quantity.update', wish(0))
  sandbox.control.setClock({ advanceMs: 1000 })
  assert.equal((await call('pdd.promotion.limited.discount.list.get', { status_list: [2] })).record_sum, 0)
})

test('on and off the shelf; what is so already changes nothing', async t => {
  const { ok, truth, writes, sku } = await started(t)
  const [{ goods_id: id, is_onsale: before }] = truth('products').filter(one => one.goods_id === sku.goods_id)
  const now = () => truth('products').find(one => one.goods_id === id).is_onsale
  for (const wanted of [before, 1 - before, 1 - before]) {
    assert.equal((await ok('pdd.goods.sale.status.set', { goods_id: id, is_onsale: wanted })).is_success, true)
    assert.equal(now(), wanted)
  }
  assert.deepEqual(writes().map(one => one.changed), [false, true, false])
})

test('a price counts when its review ended well, not before, and not when it was rejected', async t => {
  const { sandbox, ok, refused, sku, skuNow, truth } = await started(t)
  sandbox.control.review({ platform, ms: 5000 })
  const wish = { goods_id: sku.goods_id, sku_price_list: [{ sku_id: sku.sku_id, group_price: 100, single_price: 200, is_onsale: 1 }], market_price_in_yuan: '99.9' }
  const { goods_commit_id: commit } = await ok('pdd.goods.sku.price.update', { ...wish, sync_goods_operate: 1 })
  const stand = async () => (await ok('pdd.goods.commit.status.get', { goods_commit_id_list: [commit] })).list[0].check_status
  assert.deepEqual([skuNow().multi_price, await stand()], [sku.multi_price, 1])
  assert.deepEqual(sandbox.control.review({ platform }).pending.map(one => [one.productId, one.outcome]), [[sku.goods_id, 'approve']])
  sandbox.control.setClock({ advanceMs: 5000 })
  assert.deepEqual([await stand(), skuNow().multi_price, skuNow().price], [2, 100, 200])
  assert.equal(truth('products').find(one => one.goods_id === sku.goods_id).market_price, 9990)

  sandbox.control.review({ platform, outcome: 'reject' })
  await ok('pdd.goods.sku.price.update', { ...wish, sku_price_list: [{ sku_id: sku.sku_id, group_price: 1, single_price: 2 }] })
  sandbox.control.setClock({ advanceMs: 5000 })
  const { list: [last] } = await ok('pdd.goods.latest.commit.status.get', { goods_id_list: [sku.goods_id] })
  assert.deepEqual([last.check_status, last.reject_comment.length > 0, skuNow().multi_price], [3, true, 100])
  assert.equal((await refused('pdd.goods.sku.price.update', { ...wish, sku_price_list: [{ sku_id: sku.sku_id, group_price: 200, single_price: 200 }] })).sub_code, '40002102')
  assert.equal((await refused('pdd.goods.sku.price.update', { ...wish, sku_price_list: [{ sku_id: '1', group_price: 1, single_price: 2 }] })).error_code, 50001)
})

test('shipping happens once; a correction only after it; not under review', async t => {
  const { sandbox, ok, refused, truth, writes } = await started(t)
  const orders = truth('orders')
  const ready = orders.find(one => one.order_status === 1 && one.confirm_status === 1 && one.risk_control_status === 0 && one.after_sales_status === 0 && one.receiver_name !== '')
  const risky = orders.find(one => one.risk_control_status === 1)
  const cancelled = orders.find(one => one.confirm_status === 2)
  const [company] = (await ok('pdd.logistics.companies.get')).logistics_companies
  const send = (order, more) => ['pdd.logistics.online.send', { order_sn: order.order_sn, logistics_id: company.id, tracking_number: 'SF123', ...more }]
  sandbox.control.setClock({ advanceMs: 60_000 })
  assert.equal((await refused(...send(ready, { redelivery_type: 2 }))).sub_code, '40002201')
  assert.equal((await refused(...send(ready, { logistics_id: 3 }))).error_code, 21001)
  assert.equal((await ok(...send(ready))).is_success, true)
  const after = truth('orders').find(one => one.order_sn === ready.order_sn)
  assert.deepEqual([after.order_status, after.logistics_id, after.tracking_number, after.updated_at, after.shipping_time], [2, company.id, 'SF123', '2026-03-03 12:01:00', '2026-03-03 12:01:00'])
  assert.deepEqual([ready.receiver_name !== '', after.receiver_name, after.receiver_name_mask], [true, '', ready.receiver_name_mask])
  assert.equal((await refused(...send(ready))).sub_code, '40002202')
  await ok(...send(ready, { redelivery_type: 2, tracking_number: 'SF456' }))
  assert.equal(truth('orders').find(one => one.order_sn === ready.order_sn).tracking_number, 'SF456')
  for (const order of [risky, cancelled]) assert.equal((await refused(...send(order))).sub_code, '40002201')
  assert.deepEqual(writes().map(one => [one.target, one.params.tracking]), [[ready.order_sn, 'SF123'], [ready.order_sn, 'SF456']])
})

test('a note, and a tag only with its name', async t => {
  const { call, refused, truth, writes } = await started(t)
  const [{ order_sn: id }] = truth('orders')
  assert.equal((await call('pdd.order.note.update', { order_sn: id, note: '尽快🚚', tag: 2, tag_name: '急件' })).response.success, true)
  const [order] = truth('orders')
  assert.deepEqual([order.remark, order.remark_tag, order.remark_tag_name], ['尽快🚚', 2, '急件'])
  assert.equal((await refused('pdd.order.note.update', { order_sn: id, note: 'x', tag: 2 })).error_code, 21002)
  const { response: failed } = await call('pdd.order.note.update', { order_sn: '260303-000000000000000', note: 'x' })
  assert.deepEqual([failed.success, failed.error_code > 0, writes().length], [false, true, 1], 'a failure inside of a success')
})

test('some orders have no receiver but a contact, encrypted alike', async t => {
  const { ok, truth } = await started(t, { orders: 1500, historyDays: 1 })
  const contact = truth('orders').find(one => one.contact_mobile !== '')
  assert.deepEqual([contact.receiver_name, contact.receiver_phone, contact.receiver_phone_mask], ['', '', ''])
  const { data_decrypt_list: [found] } = await ok('pdd.open.decrypt.batch', { data_list: [{ data_tag: contact.order_sn, encrypted_data: contact.contact_mobile }] })
  assert.match(found.decrypted_data, /^1\d{10}$/)
})

test('ciphertext is decrypted within a budget, masked without one', async t => {
  const { sandbox, ok, refused, call, truth } = await started(t, { callsPerSecond: 1e9 })
  const open = truth('orders').find(one => one.receiver_phone !== '')
  const data = { data_list: [{ data_tag: open.order_sn, encrypted_data: open.receiver_phone }, { data_tag: open.order_sn, encrypted_data: '~made-up~' }] }
  const decrypt = () => ok('pdd.open.decrypt.batch', data)
  const { data_decrypt_list: [found, bad] } = await decrypt()
  assert.match(found.decrypted_data, /^1\d{10}$/)
  assert.deepEqual([found.data_type, found.error_code, bad.error_code === 0, bad.decrypted_data], [6, 0, false, ''])
  assert.equal((await refused('pdd.open.decrypt.batch', data)).error_code, 52101, 'once in ten seconds')
  const { data_decrypt_list: [masked] } = await ok('pdd.open.decrypt.mask.batch', data)
  assert.equal(masked.decrypted_data, open.receiver_phone_mask)

  sandbox.control.saveApp({ platform, appKey: sandbox.pinduoduo.appKey, decryptsPerDay: 2 })
  const next = () => sandbox.control.setClock({ advanceMs: 10_000 })
  next()
  await decrypt()
  next()
  assert.match((await call('pdd.open.decrypt.batch', data)).error_response.sub_msg, /今日/)
  sandbox.control.setClock({ advanceMs: 12 * 3_600_000 })
  await decrypt()
})
