'use strict'
// A client that follows the sheet's advice reaches the truth though everything moves: otherwise a library could not either.
const test = require('node:test')
const assert = require('node:assert')
const { jdSandbox, jdCaller, ORDER_FIELDS } = require('./jd_support')
const { shanghaiText } = require('../clock')

const OVERLAP_S = 60
const PAGE_SIZE = 30
const ROUNDS = 12

/** Asks for one page of what was modified from `from` to `to`, oldest first. */
async function pageOf (call, { from, to }, page) {
  const { searchorderinfo_result: found } = await call('jingdong.pop.order.search', { start_date: shanghaiText(from), end_date: shanghaiText(to), optional_fields: ORDER_FIELDS, page, page_size: PAGE_SIZE, dateType: 0, sortType: 2 })
  return { total: Number(found.orderTotal), rows: found.orderInfoList ?? [] }
}

/** Last page first: what leaves the window moves the rest to pages that are still to come. */
async function backwards (call, window, take) {
  const { total } = await pageOf(call, window, 1)
  for (let page = Math.ceil(total / PAGE_SIZE); page >= 1; page--) take((await pageOf(call, window, page)).rows)
}

/** First page first: what leaves the window pulls rows to pages that were read already. */
async function forwards (call, window, take) {
  for (let page = 1; ; page++) {
    const { rows } = await pageOf(call, window, page)
    if (rows.length === 0) return
    take(rows)
  }
}

/** Follows the shop for a while as it changes, then once more when it is quiet; answers what the client and the shop have. */
async function follow (t, seed, walk) {
  const { sandbox, call, truth } = await jdSandbox(t, { seed, moving: { every: 2, count: 7 }, lateMs: 5000 })
  const known = new Map()
  const second = () => Math.floor(sandbox.control.setClock().now / 1000)
  let cursor = second() - 30 * 86_400
  for (let round = 0; round < ROUNDS; round++) {
    const until = second()
    const quiet = round >= ROUNDS - 2
    if (quiet) sandbox.control.clearFaults()
    await walk(call, { from: cursor, to: until }, rows => {
      for (const order of rows) if (!(known.get(order.orderId)?.modified > order.modified)) known.set(order.orderId, order)
      sandbox.control.setClock({ advanceMs: 500 })
      if (!quiet) sandbox.control.change({ platform: 'jd', orders: 2, newOrders: 1 })
    })
    cursor = until - OVERLAP_S
    sandbox.control.setClock({ advanceMs: 30_000 })
  }
  const facts = orders => Object.fromEntries(orders.map(order => [order.orderId, [order.orderState, order.modified, order.shouldPay, order.venderRemark]]))
  return { mine: facts([...known.values()]), theirs: facts(truth('orders')) }
}

for (const seed of [1, 2, 3]) {
  test(`a rolling window read last page first misses nothing, seed ${seed}`, async t => {
    const { mine, theirs } = await follow(t, seed, backwards)
    assert.deepEqual(mine, theirs)
  })
}

test('read first page first it does miss orders', async t => {
  const { mine, theirs } = await follow(t, 1, forwards)
  assert.ok(Object.keys(mine).length < Object.keys(theirs).length)
})

test('every order of the shop family is found by creation and read several at a time', async t => {
  const { sandbox, truth } = await jdSandbox(t, { orders: 120 })
  const { raw, call } = jdCaller(sandbox, { app: sandbox.jd.outside })
  sandbox.control.change({ platform: 'jd', orders: 20, newOrders: 5 })
  const found = {}
  for (const [startDate, endDate] of [['2026-01-20 00:00:00', '2026-02-10 00:00:00'], ['2026-02-10 00:00:01', '2026-03-03 12:00:00']]) {
    for (let page = 1, rest = 1; rest > 0; page++) {
      const text = (await raw('jingdong.shop.order.list.search', { startDate, endDate, size: 20, page })).text
      const { returnType } = JSON.parse(text)['jingdong_shop_order_list_search_responce']
      rest = returnType.recordCount - page * returnType.pageSize
      const ids = /"orders":\[([^\]]*)\]/.exec(text)[1].split(',').filter(Boolean)
      if (ids.length === 0) continue
      const { orderDetailResult } = await call('jingdong.shop.order.get', { orders: ids })
      assert.equal(orderDetailResult.orders.length, ids.length)
      orderDetailResult.orders.forEach((order, at) => { found[ids[at]] = [order.orderCreated, order.deliveryTime !== undefined] })
    }
  }
  const shipped = ['WAIT_GOODS_RECEIVE_CONFIRM', 'FINISHED_L']
  const expected = truth('orders').map(order => [order.orderId, [Date.parse(`${order.orderStartTime.replace(' ', 'T')}+08:00`), shipped.includes(order.orderState)]])
  assert.deepEqual(found, Object.fromEntries(expected))
})
