'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor, NOON } = require('./support')
const { taobaoCaller, truth } = require('./taobao_support')
const { shanghaiText, parseShanghaiText } = require('../clock')

const SECOND = NOON / 1000
const DAY = 86400
const P = { platform: 'taobao' }
const ALL_TYPES = 'guarantee_trade,auto_delivery,ec,cod,step,fixed,auction,eticket,tmall_i18n,pre_auth_type,o2o_offlinetrade'
const text = shanghaiText

async function itemsOf (call, method, params = {}) {
  const rows = []
  for (let page = 1; ; page++) {
    const { items, total_results: total } = await call(method, { fields: 'num_iid,modified,approve_status,list_time', page_no: page, page_size: 7, ...params })
    rows.push(...items?.item ?? [])
    if (rows.length >= total) return rows
  }
}

test('taobao: what is on sale and three banners of the inventory are the whole catalogue', async t => {
  const sandbox = await sandboxFor(t)
  const { call } = taobaoCaller(sandbox)
  const all = (await truth(sandbox, 'products')).map(item => item.num_iid).sort()
  const onsale = await itemsOf(call, 'taobao.items.onsale.get')
  const parts = [onsale]
  for (const banner of ['for_shelved', 'sold_out', 'violation_off_shelf']) parts.push(await itemsOf(call, 'taobao.items.inventory.get', { banner }))
  assert.ok(parts.every(part => part.length > 0))
  assert.deepEqual(parts.flat().map(item => String(item.num_iid)).sort(), all)
  assert.ok(onsale.every(item => item.approve_status === 'onsale') && parts.slice(1).flat().every(item => item.approve_status === 'instock'))
  const times = onsale.map(item => item.list_time)
  assert.deepEqual(times, times.slice().sort().reverse())
  const shelved = []
  for (const banner of ['regular_shelved', 'never_on_shelf', 'off_shelf']) shelved.push(...await itemsOf(call, 'taobao.items.inventory.get', { banner }))
  assert.equal(shelved.length, parts[1].length)
})

test('taobao: item lists have few fields, a deepest page, windows of change and an order', async t => {
  const sandbox = await sandboxFor(t)
  const { call, refused } = taobaoCaller(sandbox)
  const list = 'taobao.items.onsale.get'
  assert.deepEqual(await refused(list, { fields: 'num_iid,skus' }), [41, 'isv.invalid-parameter:fields'])
  assert.deepEqual(await refused('taobao.items.inventory.get', { fields: 'num_iid,sold_quantity' }), [41, 'isv.invalid-parameter:fields'])
  assert.deepEqual(await refused(list, { fields: 'num_iid', page_size: 201 }), [41, 'isv.invalid-parameter:page_size'])
  assert.deepEqual(await refused(list, { fields: 'num_iid', page_size: 200, page_no: 101 }), [41, 'isv.invalid-parameter:page_no'])
  assert.deepEqual(await refused('taobao.items.inventory.get', { fields: 'num_iid', page_size: 1, page_no: 102 }), [41, 'isv.invalid-parameter:page_no'])
  assert.deepEqual(await refused(list, { fields: 'num_iid', nick: 'x' }), [41, 'isv.invalid-parameter:nick'])
  const rows = await itemsOf(call, list, { order_by: 'modified:asc' })
  const middle = rows[Math.floor(rows.length / 2)].modified
  const later = await itemsOf(call, list, { start_modified: middle })
  const before = await itemsOf(call, list, { end_modified: middle })
  assert.equal(later.length + before.length, rows.length + rows.filter(row => row.modified === middle).length)
})

test('taobao: an item in detail has what is asked for and 64-bit ids; ids of others are silently missing', async t => {
  const sandbox = await sandboxFor(t)
  const { call, refused } = taobaoCaller(sandbox)
  const known = (await truth(sandbox, 'products')).find(item => item.skus.length > 1)
  const { item } = await call('taobao.item.seller.get', { num_iid: known.num_iid, fields: 'num_iid,title,sku,price' })
  assert.deepEqual(Object.keys(item).sort(), ['num_iid', 'price', 'skus', 'title'])
  assert.match(item.price, /^\d+\.\d\d$/)
  assert.equal(item.skus.sku[0].sku_id, known.skus[0].sku_id) // digit by digit, though it is a number
  assert.ok(BigInt(item.skus.sku[0].sku_id) > BigInt(Number.MAX_SAFE_INTEGER))
  const { items } = await call('taobao.items.seller.list.get', { num_iids: `${known.num_iid},123`, fields: 'num_iid,skus' })
  assert.deepEqual(items.item.map(one => Object.keys(one)), [['num_iid']])
  assert.equal((await call('taobao.items.seller.list.get', { num_iids: known.num_iid, fields: 'sku' })).items.item[0].skus.sku.length, known.skus.length)
  assert.equal((await call('taobao.item.skus.get', { num_iids: known.num_iid, fields: 'sku_id,quantity' })).skus.sku.length, known.skus.length)
  assert.equal(String((await call('taobao.items.custom.get', { outer_id: known.outer_id, fields: 'num_iid' })).items.item[0].num_iid), known.num_iid)
  assert.deepEqual(await refused('taobao.item.seller.get', { num_iid: 1, fields: 'title' }), [15, 'isv.item-not-exist:invalid-numIid'])
  const bare = (await truth(sandbox, 'products')).find(one => one.skus.length === 0)
  assert.deepEqual((await call('taobao.item.seller.get', { num_iid: bare.num_iid, fields: 'skus' })).item, { skus: {} })
})

async function pages (call, params, count) {
  const rows = []
  for (let page = 1; page <= count; page++) rows.push(...(await call('taobao.trades.sold.increment.get', { fields: 'tid,modified,type,status', page_size: 20, page_no: page, ...params })).trades?.trade ?? [])
  return rows
}

test('taobao: trades are listed newest change first, by type, and either counted or not', async t => {
  const sandbox = await sandboxFor(t)
  const { call } = taobaoCaller(sandbox)
  const all = await truth(sandbox, 'orders')
  const day = at => ({ start_modified: text(at), end_modified: text(at + DAY) })
  const seen = []
  for (let at = SECOND - 31 * DAY; at < SECOND; at += DAY) {
    const { total_results: total } = await call('taobao.trades.sold.increment.get', { fields: 'tid', type: ALL_TYPES, ...day(at) })
    const rows = await pages(call, { type: ALL_TYPES, ...day(at) }, Math.ceil(total / 20))
    const times = rows.map(row => row.modified)
    assert.deepEqual(times, times.slice().sort().reverse())
    seen.push(...rows.map(row => row.tid))
  }
  assert.deepEqual([...new Set(seen)].sort(), all.map(one => one.tid).sort())
  const window = { start_modified: text(SECOND - DAY), end_modified: text(SECOND), fields: 'tid', page_size: 5, type: ALL_TYPES }
  const flagged = await call('taobao.trades.sold.increment.get', { ...window, use_has_next: true })
  assert.deepEqual([flagged.has_next, 'total_results' in flagged], [true, false])
  const counted = (await call('taobao.trades.sold.increment.get', window)).total_results
  const exact = size => call('taobao.trades.sold.increment.get', { ...window, page_size: size, use_has_next: true })
  assert.deepEqual([(await exact(counted - 1)).has_next, (await exact(counted)).has_next], [true, false])
  const last = await call('taobao.trades.sold.increment.get', { ...window, page_no: 999, use_has_next: true })
  assert.deepEqual([last.has_next, 'trades' in last], [false, false])
})

test('taobao: types that are not named are not listed, and the alias names none', async t => {
  const sandbox = await sandboxFor(t)
  const { call } = taobaoCaller(sandbox)
  const all = await truth(sandbox, 'orders')
  const count = async params => (await call('taobao.trades.sold.get', { fields: 'tid', ...params })).total_results
  assert.equal(await count({}), all.filter(one => ['auto_delivery', 'ec', 'cod', 'step'].includes(one.type)).length)
  assert.equal(await count({ type: 'guarantee_trade' }), 0)
  assert.equal(await count({ type: ALL_TYPES }), all.length)
  assert.equal(await count({ type: ALL_TYPES, status: 'ALL_CLOSED' }), all.filter(one => one.status.startsWith('TRADE_CLOSED')).length)
})

test('taobao: windows of trades are limited', async t => {
  const sandbox = await sandboxFor(t)
  const { refused } = taobaoCaller(sandbox)
  const increment = params => refused('taobao.trades.sold.increment.get', { fields: 'tid', ...params })
  assert.deepEqual(await increment({ start_modified: text(SECOND - DAY) }), [40, 'isv.missing-parameter:end_modified'])
  assert.deepEqual(await increment({ start_modified: text(SECOND - DAY - 1), end_modified: text(SECOND) }), [41, 'isv.invalid-parameter:end_modified'])
  assert.deepEqual(await increment({ start_modified: text(SECOND), end_modified: text(SECOND), status: 'A,B' }), [41, 'isv.invalid-parameter:status'])
  assert.deepEqual(await refused('taobao.trades.sold.get', { fields: 'tid', start_created: text(SECOND - 93 * DAY) }), [41, 'isv.invalid-parameter:start_created'])
  assert.deepEqual(await refused('taobao.trades.sold.get', { fields: 'tid', page_size: 101 }), [41, 'isv.invalid-parameter:page_size'])
  assert.deepEqual(await refused('taobao.trades.sold.get', {}), [40, 'isv.missing-parameter:fields'])
})

test('taobao: a trade in detail adds up; with one line its id is the line\'s', async t => {
  const sandbox = await sandboxFor(t)
  const { call } = taobaoCaller(sandbox)
  const cents = yuan => Math.round(Number(yuan) * 100)
  const all = await truth(sandbox, 'orders')
  const lone = all.find(one => one.orders.length === 1 && cents(one.post_fee) > 0)
  const several = all.find(one => one.orders.length > 2 && cents(one.discount_fee) > 0 && one.promotion_details.length > 0)
  const fields = 'tid,payment,post_fee,num,num_iid,orders,promotion_details,tid_str'
  const one = (await call('taobao.trade.fullinfo.get', { tid: lone.tid, fields })).trade
  const [line] = one.orders.order
  assert.deepEqual([line.oid, line.payment, one.num, one.num_iid], [one.tid, one.payment, line.num, line.num_iid])
  assert.deepEqual([one.tid, one.tid_str], [lone.tid, lone.tid])
  const many = (await call('taobao.trade.fullinfo.get', { tid: several.tid, fields })).trade
  assert.ok(!('num' in many) && !('num_iid' in many))
  const sum = name => many.orders.order.reduce((total, order) => total + cents(order[name]), 0)
  assert.equal(sum('divide_order_fee') + cents(many.post_fee), cents(many.payment))
  assert.equal(sum('payment') - sum('part_mjz_discount') + cents(many.post_fee), cents(many.payment))
  assert.equal(typeof many.orders.order[0].sku_id, 'string')
})

test('taobao: receivers are masked, oaid needs the fields it stands for, and decrypting has a budget', async t => {
  const sandbox = await sandboxFor(t)
  sandbox.control.saveApp({ ...P, appKey: sandbox.taobao.appKey, decryptsPerDay: 2 })
  const { call, refused } = taobaoCaller(sandbox)
  const [{ tid }] = await truth(sandbox, 'orders')
  const needs = 'receiver_name,receiver_address,receiver_mobile,receiver_phone,created,oaid'
  const { trade } = await call('taobao.trade.fullinfo.get', { tid, fields: needs })
  assert.match(trade.receiver_name, /^.\*+/)
  assert.match(trade.receiver_mobile, /^1\d\d\*{6}\d\d$/)
  assert.ok(trade.oaid.length <= 128)
  assert.deepEqual((await call('taobao.trade.fullinfo.get', { tid, fields: 'tid,oaid' })).trade, { tid })
  assert.deepEqual(await refused('taobao.trade.fullinfo.get', { tid, fields: 'tid', include_oaid: true }), [15, 'isv.oaid-field-miss'])
  const ask = (oaid, scene) => ({ query_list: JSON.stringify([{ tid, oaid, scene }]) })
  const { receiver_list: { receiver: [clear] } } = await call('taobao.top.oaid.decrypt', ask(trade.oaid, '1006'))
  assert.deepEqual([clear.matched, clear.tid, clear.name[0], clear.mobile.slice(0, 3)], [true, tid, trade.receiver_name[0], trade.receiver_mobile.slice(0, 3)])
  const { receiver_list: { receiver: [none] } } = await call('taobao.top.oaid.decrypt', ask('wrong', '2001'))
  assert.deepEqual([none.matched, none.name], [false, undefined])
  assert.deepEqual(await refused('taobao.top.oaid.decrypt', ask(trade.oaid, '1006')), [7, 'accesscontrol.limited-by-app-api-access-count'])
})

test('taobao: refunds are listed by type, are consistent with their trades, and paged like trades', async t => {
  const sandbox = await sandboxFor(t)
  const { call, refused } = taobaoCaller(sandbox)
  const all = await truth(sandbox, 'refunds')
  const orders = new Map((await truth(sandbox, 'orders')).map(one => [one.tid, one]))
  for (const refund of all) {
    const line = orders.get(refund.tid).orders.find(order => order.oid === refund.oid)
    assert.deepEqual([line.refund_id, line.refund_status], [refund.refund_id, refund.status])
  }
  const count = async params => (await call('taobao.refunds.receive.get', { fields: 'refund_id', ...params })).total_results
  assert.equal(await count({}), all.filter(one => orders.get(one.tid).type === 'auto_delivery').length)
  assert.equal(await count({ type: ALL_TYPES }), all.length)
  assert.equal(await count({ type: ALL_TYPES, status: 'WAIT_SELLER_AGREE' }), all.filter(one => one.status === 'WAIT_SELLER_AGREE').length)
  const { refund } = await call('taobao.refund.get', { refund_id: all[0].refund_id, fields: 'refund_id,refund_version,modified,operation_contraint,refund_fee' })
  assert.equal(refund.refund_version, parseShanghaiText(refund.modified))
  assert.ok(typeof refund.refund_id === 'string' && refund.operation_contraint && /^\d+\.\d\d$/.test(refund.refund_fee))
  assert.deepEqual(await refused('taobao.refund.get', { refund_id: '1', fields: 'status' }), [15, 'isv.refund-not-exist:refund_id'])
})

test('taobao: rows move to the front while one pages, so that a page forward shows rows again', async t => {
  const sandbox = await sandboxFor(t, { historyDays: 3 })
  const { call } = taobaoCaller(sandbox)
  sandbox.control.setClock({ advanceMs: 60_000 })
  const window = { start_modified: text(SECOND - DAY + 3600), end_modified: text(SECOND + 3600), type: ALL_TYPES, fields: 'tid', page_size: 5 }
  const page = async (number, params) => (await call('taobao.trades.sold.increment.get', { ...window, page_no: number, ...params })).trades.trade.map(row => row.tid)
  const { total_results: total } = await call('taobao.trades.sold.increment.get', window)
  assert.ok(total > 10)
  const first = await page(1)
  const end = await page(Math.ceil(total / 5))
  sandbox.control.fault({ fault: 'rows_move', platform: 'taobao', times: 1, options: { count: 3 } })
  const second = await page(2)
  const [{ touched }] = sandbox.control.faults()
  assert.deepEqual((await page(1, { page_size: 3 })).sort(), touched.slice().sort())
  assert.ok(second.some(tid => first.includes(tid)))
  const { total_results: after } = await call('taobao.trades.sold.increment.get', window)
  assert.equal(after, total)
  // What was on the last page and did not move is still on the last page.
  const last = await page(Math.ceil(total / 5))
  assert.ok(end.filter(tid => !touched.includes(tid)).every(tid => last.includes(tid)))
})

test('taobao: the same seed and the same script give the same bytes, another seed others', async t => {
  const run = async seed => {
    const sandbox = await sandboxFor(t, { seed, shops: 2 })
    const out = []
    for (const { shopId } of sandbox.taobao.shops) {
      const { raw } = taobaoCaller(sandbox, { shopId })
      sandbox.control.setClock({ advanceMs: 1000 })
      out.push(JSON.stringify(sandbox.control.change({ ...P, shopId, orders: 20, products: 10, newOrders: 3, refunds: 4 })))
      for (const method of ['taobao.items.onsale.get', 'taobao.items.inventory.get']) out.push((await raw(method, { fields: 'num_iid,title,num' })).text)
      out.push((await raw('taobao.trades.sold.get', { fields: 'tid,orders,payment', type: ALL_TYPES })).text, (await raw('taobao.refunds.receive.get', { fields: 'refund_id,modified', type: ALL_TYPES })).text)
      for (const kind of ['shops', 'orders', 'items', 'products', 'skus', 'refunds']) out.push(JSON.stringify(await truth(sandbox, kind, shopId)))
    }
    return out
  }
  const first = await run(5)
  assert.deepEqual(await run(5), first)
  const other = await run(6)
  assert.ok(first.every((text, at) => text !== other[at]))
})

test('taobao: changes and edits are seen at once, by their time', async t => {
  const sandbox = await sandboxFor(t)
  const { call } = taobaoCaller(sandbox)
  sandbox.control.setClock({ advanceMs: 100_000 })
  const { orders, products, refunds } = sandbox.control.change({ ...P, orders: 4, products: 3, newOrders: 2, refunds: 3 })
  assert.deepEqual([orders.length, products.length, refunds.length], [6, 3, 3])
  const now = { start_modified: text(SECOND + 100), end_modified: text(SECOND + 100), type: ALL_TYPES, page_size: 100 }
  const listed = (await call('taobao.trades.sold.increment.get', { fields: 'tid', ...now })).trades.trade.map(row => row.tid)
  assert.ok(orders.every(id => listed.includes(id)))
  assert.equal((await call('taobao.refunds.receive.get', { fields: 'refund_id', ...now })).total_results, 3)
  sandbox.control.edit({ ...P, kind: 'order', id: orders[0], set: { status: 'SOMETHING_NEW', payment: '1,234.5' } })
  const { trade } = await call('taobao.trade.fullinfo.get', { tid: orders[0], fields: 'status,payment' })
  assert.deepEqual(trade, { status: 'SOMETHING_NEW', payment: '1,234.5' })
  const [sku] = await truth(sandbox, 'skus')
  sandbox.control.edit({ ...P, kind: 'sku', id: sku.sku_id, set: { price: '12.34', quantity: 7 } })
  const { skus } = await call('taobao.item.skus.get', { num_iids: sku.num_iid, fields: 'sku_id,price,quantity' })
  assert.deepEqual(skus.sku.find(one => one.sku_id === sku.sku_id), { sku_id: sku.sku_id, price: '12.34', quantity: 7 })
  sandbox.control.edit({ ...P, kind: 'refund', id: refunds[0], set: { status: 'CLOSED' } })
  assert.equal((await call('taobao.refund.get', { refund_id: refunds[0], fields: 'status' })).refund.status, 'CLOSED')
  assert.throws(() => sandbox.control.edit({ ...P, kind: 'order', id: orders[0], set: { tid: 1 } }), /ids cannot/)
})
