'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor, pddCaller, NOON } = require('./pinduoduo_support')

const platform = 'pinduoduo'
const NOW = NOON / 1000
const INCREMENT = 'pdd.order.number.list.increment.get'
const REFUNDS = 'pdd.refund.list.increment.get'
const ALL = { is_lucky_flag: 0, order_status: 5, refund_status: 5 }
const ALL_REFUNDS = { after_sales_type: 1, after_sales_status: 1 }

function truth (sandbox, kind, shop) {
  return sandbox.control.truth({ platform, kind, shop, limit: 10_000 }).items
}

/** All rows of one window, last page first, as the recipe says. */
async function backwards (ok, method, key, window, size) {
  const { total_count: total } = await ok(method, { ...window, page_size: size })
  const rows = []
  for (let page = Math.ceil(total / size); page >= 1; page--) rows.push(...(await ok(method, { ...window, page, page_size: size, ...(method === INCREMENT ? { use_has_next: true } : {}) }))[key])
  return rows
}

/** Everything updated in `days` up to now, in windows of half an hour. */
async function wholeHistory (ok, method, key, extra, days, now = NOW) {
  const found = new Map()
  for (let from = now - days * 86_400; from < now; from += 1800) {
    const rows = await backwards(ok, method, key, { ...extra, start_updated_at: from, end_updated_at: from + 1800 }, 20)
    for (const row of rows) found.set(String(row.order_sn ?? row.id), row)
  }
  return found
}

test('half-hour windows bring every order and every refund, equal to the truth', async t => {
  const sandbox = await sandboxFor(t, { historyDays: 3, orders: 300 })
  const { ok } = pddCaller(sandbox)
  const orders = await wholeHistory(ok, INCREMENT, 'order_sn_list', ALL, 3)
  assert.deepEqual([...orders.keys()].sort().map(id => orders.get(id)), truth(sandbox, 'orders'))
  const refunds = await wholeHistory(ok, REFUNDS, 'refund_list', ALL_REFUNDS, 3)
  assert.ok(refunds.size > 5)
  assert.deepEqual([...refunds.values()].sort((a, b) => a.id - b.id), truth(sandbox, 'refunds'))
})

test('a longer window, one beyond 90 days and half a page too much are refused', async t => {
  const sandbox = await sandboxFor(t)
  const { refused, ok } = pddCaller(sandbox)
  const increment = (from, to, more) => [INCREMENT, { ...ALL, start_updated_at: from, end_updated_at: to, ...more }]
  assert.equal((await refused(...increment(NOW - 1801, NOW))).error_code, 21001)
  await ok(...increment(NOW - 1800, NOW))
  assert.equal((await refused(...increment(NOW, NOW - 1))).error_code, 21001)
  assert.equal((await refused(...increment(NOW - 1800, NOW, { page_size: 101 }))).error_code, 21001)
  assert.equal((await refused(...increment(NOW - 90 * 86_400 - 1, NOW - 90 * 86_400))).error_code, 21001)
  await ok(...increment(NOW - 90 * 86_400, NOW - 90 * 86_400 + 1800))
  assert.equal((await refused(REFUNDS, { ...ALL_REFUNDS, start_updated_at: NOW - 1801, end_updated_at: NOW })).error_code, 21001)
  assert.equal((await refused(REFUNDS, { after_sales_type: 1, start_updated_at: NOW - 1800, end_updated_at: NOW })).error_code, 21002)
  const dealt = { start_confirm_at: NOW - 86_401, end_confirm_at: NOW, order_status: 5, refund_status: 5 }
  assert.equal((await refused('pdd.order.list.get', dealt)).error_code, 21001)
  await ok('pdd.order.list.get', { ...dealt, start_confirm_at: NOW - 86_400 })
})

test('rows move while one pages: forward loses some, backward none', async t => {
  const sandbox = await sandboxFor(t, { historyDays: 0.02, orders: 60 })
  const { ok } = pddCaller(sandbox)
  const window = { ...ALL, start_updated_at: NOW - 1800, end_updated_at: NOW, page_size: 10 }
  sandbox.control.setClock({ advanceMs: 60_000 }) // what moves leaves the window
  const walk = async pages => {
    const seen = new Set()
    for (const page of pages) for (const { order_sn: id } of (await ok(INCREMENT, { ...window, page, use_has_next: true })).order_sn_list) seen.add(id)
    return seen
  }
  const before = truth(sandbox, 'orders').map(order => order.order_sn)
  sandbox.control.fault({ fault: 'rows_move', options: { count: 3 } })
  const forward = await walk([1, 2, 3, 4, 5, 6])
  const moved = new Set(sandbox.control.faults()[0].touched)
  const lost = before.filter(id => !forward.has(id) && !moved.has(id))
  assert.ok(lost.length > 0, 'paging forward loses rows that did not even move')

  const again = await sandboxFor(t, { historyDays: 0.02, orders: 60 })
  const client = pddCaller(again)
  again.control.setClock({ advanceMs: 60_000 })
  again.control.fault({ fault: 'rows_move', options: { count: 3 } })
  const backward = new Set()
  for (const page of [6, 5, 4, 3, 2, 1]) for (const row of (await client.ok(INCREMENT, { ...window, page })).order_sn_list) backward.add(row.order_sn)
  const [{ touched }] = again.control.faults()
  assert.deepEqual(before.filter(id => !backward.has(id) && !touched.includes(id)), [])
})

test('the newest come first; the total and has_next are never both there', async t => {
  const sandbox = await sandboxFor(t, { historyDays: 0.02, orders: 60 })
  const { ok } = pddCaller(sandbox)
  const window = { ...ALL, start_updated_at: NOW - 1800, end_updated_at: NOW, page_size: 30 }
  const counted = await ok(INCREMENT, window)
  const flagged = await ok(INCREMENT, { ...window, use_has_next: true })
  const last = await ok(INCREMENT, { ...window, use_has_next: true, page: 2 })
  const times = [...flagged.order_sn_list, ...last.order_sn_list].map(order => order.updated_at)
  assert.deepEqual(times, times.toSorted().reverse(), 'newest first')
  assert.deepEqual([counted.total_count, 'has_next' in counted, flagged.has_next, 'total_count' in flagged, last.has_next], [60, false, true, false, false])
})

test('ids of items are texts in one list and numbers in the others, and buyers are missing in the third', async t => {
  const sandbox = await sandboxFor(t, { historyDays: 1 })
  const { raw } = pddCaller(sandbox)
  const dealt = { start_confirm_at: NOW - 86_400, end_confirm_at: NOW, order_status: 1, refund_status: 1, page_size: 5 }
  const listed = (await raw('pdd.order.list.get', dealt)).text
  const basic = (await raw('pdd.order.basic.list.get', dealt)).text
  const [row] = JSON.parse(listed).order_list_get_response.order_list
  const info = (await raw('pdd.order.information.get', { order_sn: row.order_sn })).text
  assert.match(listed, /"goods_id":"\d{17}"/)
  assert.match(basic, /"goods_id":\d{17},/)
  assert.match(info, /"goods_id":\d{17},/)
  assert.deepEqual([listed.includes('receiver_name'), basic.includes('receiver_name')], [true, false])
  assert.deepEqual(JSON.parse(info).order_info_get_response.order_info.pay_amount, row.pay_amount)
  assert.deepEqual(JSON.parse(basic).order_basic_list_get_response.order_list.map(one => one.order_sn), JSON.parse(listed).order_list_get_response.order_list.map(one => one.order_sn))
})

test('amounts are yuan that add up, and the detail of a refund has fen and a type one less', async t => {
  const sandbox = await sandboxFor(t)
  const { ok, call } = pddCaller(sandbox)
  const fen = yuan => Math.round(yuan * 100)
  for (const order of truth(sandbox, 'orders')) {
    const sum = order.item_list.reduce((total, item) => total + fen(item.goods_price) * item.goods_count, 0)
    assert.equal(fen(order.goods_amount), sum - fen(order.order_change_amount))
    assert.equal(fen(order.discount_amount), fen(order.platform_discount) + fen(order.seller_discount))
    assert.equal(fen(order.pay_amount), fen(order.goods_amount) - fen(order.discount_amount) + fen(order.postage))
  }
  for (const refund of truth(sandbox, 'refunds')) {
    const detail = await call('pdd.refund.information.get', { order_sn: refund.order_sn })
    assert.match(refund.refund_amount, /^\d+\.\d\d$/)
    assert.deepEqual([detail.refund_amount, detail.order_amount], [fen(refund.refund_amount), fen(refund.order_amount)])
    assert.equal(detail.after_sales_type, refund.after_sales_type - 1)
    assert.equal(typeof detail.request_id, 'string', 'no wrapper around it')
  }
  const one = truth(sandbox, 'refunds')[0]
  const listed = await ok(REFUNDS, { ...ALL_REFUNDS, start_updated_at: NOW - 60, end_updated_at: NOW, order_sn: one.order_sn })
  assert.deepEqual(listed.refund_list, [one])
})

test('goods: pages, filters in their order, and prices only in the detail', async t => {
  const sandbox = await sandboxFor(t)
  const { ok, refused } = pddCaller(sandbox)
  const products = truth(sandbox, 'products')
  const seen = []
  for (let page = 1; page <= 3; page++) seen.push(...(await ok('pdd.goods.list.get', { page, page_size: 25 })).goods_list)
  assert.deepEqual(seen.map(one => one.goods_id).sort(), products.map(one => one.goods_id))
  assert.ok(seen.every(one => !('price' in one) && one.sku_list.every(sku => !('price' in sku))))
  const off = (await ok('pdd.goods.list.get', { is_onsale: 0, goods_name: 'ignored' })).goods_list
  assert.deepEqual(off.map(one => one.goods_id).sort(), products.filter(one => one.is_onsale === 0).map(one => one.goods_id))
  const [wanted] = products
  const byOuter = await ok('pdd.goods.list.get', { outer_goods_id: wanted.outer_goods_id })
  assert.deepEqual([byOuter.total_count, byOuter.goods_list[0].goods_id], [1, wanted.goods_id])
  const skus = truth(sandbox, 'skus').filter(sku => sku.goods_id === wanted.goods_id)
  const detail = await ok('pdd.goods.detail.get', { goods_id: wanted.goods_id })
  assert.deepEqual(detail.sku_list.map(sku => [sku.sku_id, sku.multi_price]), skus.map(sku => [sku.sku_id, sku.multi_price]))
  assert.ok(detail.sku_list.every(sku => Number.isInteger(sku.price) && sku.multi_price < sku.price))
  assert.equal((await refused('pdd.goods.list.get', { created_at_from: NOW - 8 * 86_400, created_at_end: NOW })).error_code, 21001)
  assert.equal((await refused('pdd.goods.detail.get', { goods_id: '1' })).error_code, 50001)
  const sold = products.find(one => one.is_onsale === 1 && one.goods_quantity === 0)
  if (sold) assert.equal(sold.status, 3)
})

test('changes move orders, refunds and goods; edits name one; two shops keep apart; the same seed gives the same', async t => {
  const run = async () => {
    const sandbox = await sandboxFor(t, { shops: 2 })
    sandbox.control.setClock({ advanceMs: 5000 })
    const ids = sandbox.control.change({ platform, orders: 20, products: 5, newOrders: 2, refunds: 3, newRefunds: 2, promotionOrders: 2 })
    return { sandbox, ids, all: JSON.stringify(['shops', 'orders', 'refunds', 'products', 'skus', 'items', 'promotionOrders'].map(kind => truth(sandbox, kind))) }
  }
  const { sandbox, ids, all } = await run()
  assert.deepEqual([ids.orders.length, ids.products.length, ids.refunds.length, ids.promotionOrders.length], [22, 5, 5, 2])
  assert.equal((await run()).all, all)
  const { ok } = pddCaller(sandbox)
  const recent = await ok(INCREMENT, { ...ALL, start_updated_at: NOW + 5, end_updated_at: NOW + 5 })
  const touched = truth(sandbox, 'orders').filter(order => order.updated_at === '2026-03-03 12:00:05').map(order => order.order_sn)
  assert.deepEqual(recent.order_sn_list.map(order => order.order_sn).sort(), touched)
  for (const id of ids.orders) assert.ok(touched.includes(id))
  for (const id of ids.refunds) {
    const refund = truth(sandbox, 'refunds').find(one => one.id === Number(id))
    const order = truth(sandbox, 'orders').find(one => one.order_sn === refund.order_sn)
    assert.deepEqual([order.after_sales_status, order.updated_at], [refund.after_sales_status, refund.updated_time])
  }

  const second = sandbox.pinduoduo.shops[1].shopId
  const [order] = truth(sandbox, 'orders', second)
  assert.equal(sandbox.control.edit({ platform, kind: 'order', id: order.order_sn, set: { remark: '改', updated_at: '2026-03-03 11:59:00' } }).shopId, second)
  const edited = truth(sandbox, 'orders', second)[0]
  assert.deepEqual([edited.remark, edited.updated_at], ['改', '2026-03-03 11:59:00'])
  const other = pddCaller(sandbox, { shopId: second })
  const window = { ...ALL, start_updated_at: NOW - 60, end_updated_at: NOW - 60 }
  assert.deepEqual((await other.ok(INCREMENT, window)).order_sn_list.map(one => one.order_sn), [order.order_sn])
  assert.equal((await pddCaller(sandbox).refused('pdd.order.information.get', { order_sn: order.order_sn })).error_code, 50001)
})

test('an order older than 90 days is there no more', async t => {
  const sandbox = await sandboxFor(t)
  const { ok } = pddCaller(sandbox)
  const [{ order_sn: id }] = truth(sandbox, 'orders')
  await ok('pdd.order.information.get', { order_sn: id })
  sandbox.control.setClock({ advanceMs: 91 * 86_400_000 })
  const later = pddCaller(sandbox)
  assert.equal((await later.refused('pdd.order.information.get', { order_sn: id })).error_code, 50001)
  const { order_status_list: statuses } = await later.ok('pdd.order.status.get', { order_sns: `${id},no-such` })
  assert.deepEqual(statuses.map(one => one.orderSn), [id, 'no-such'])
  assert.deepEqual(statuses[1], { orderSn: 'no-such', order_status: 0, refund_status: 0 })
})
