'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor, NOON } = require('./support')
const { taobaoCaller, truth } = require('./taobao_support')
const { shanghaiText } = require('../clock')

const SECOND = NOON / 1000
const WINDOW = { start_time: shanghaiText(SECOND), end_time: shanghaiText(SECOND + 86400) }

test('taobao: coupons are added in yuan and listed in fen', async t => {
  const { call, refused } = taobaoCaller(await sandboxFor(t))
  const { coupon_id: id } = await call('taobao.promotion.coupon.add', { ...WINDOW, denominations: 10, condition: 99 })
  await call('taobao.promotion.coupon.add', { ...WINDOW, denominations: 5 })
  const { coupons: { coupon: [one] }, total_results: total } = await call('taobao.promotion.coupons.get', { denominations: 10 })
  assert.deepEqual([one.coupon_id, one.denominations, one.condition, total], [id, 1000, 9900, 1])
  assert.equal((await call('taobao.promotion.coupons.get')).total_results, 2)
  assert.deepEqual(await refused('taobao.promotion.coupon.add', { ...WINDOW, denominations: 7 }), [41, 'isv.invalid-parameter:denominations'])
  for (let i = 2; i < 50; i++) await call('taobao.promotion.coupon.add', { ...WINDOW, denominations: 5 })
  assert.deepEqual(await refused('taobao.promotion.coupon.add', { ...WINDOW, denominations: 5 }), [41, 'isv.invalid-parameter:denominations'])
})

test('taobao: spend-and-save activities are in fen and thousandths, their items limited', async t => {
  const { call, refused } = taobaoCaller(await sandboxFor(t))
  const { activity_id: id } = await call('taobao.promotionmisc.mjs.activity.add', { ...WINDOW, name: '满减', participate_range: 1, total_price: 20000, decrease_amount: 3000 })
  const { mjs_promotion: one } = await call('taobao.promotionmisc.mjs.activity.get', { activity_id: id })
  assert.deepEqual([one.activity_id, one.decrease_amount, one.participate_range, one.end_time], [id, 3000, 1, WINDOW.end_time])
  await call('taobao.promotionmisc.activity.range.add', { activity_id: id, ids: '601,602' })
  assert.equal((await call('taobao.promotionmisc.activity.range.list.get', { activity_id: id })).promotion_range_list.promotion_range.length, 2)
  const many = from => ({ activity_id: id, ids: Array.from({ length: 50 }, (_, i) => from + i).join() })
  await call('taobao.promotionmisc.activity.range.add', many(1000))
  await call('taobao.promotionmisc.activity.range.add', many(2000))
  assert.deepEqual(await refused('taobao.promotionmisc.activity.range.add', many(3000)), [41, 'isv.invalid-parameter:ids'])
  assert.equal((await call('taobao.promotionmisc.mjs.activity.list.get')).total_count, 1)
  assert.equal((await call('taobao.promotionmisc.item.activity.list.get')).total_count, 0)
  await call('taobao.promotionmisc.mjs.activity.delete', { activity_id: id })
  assert.deepEqual(await refused('taobao.promotionmisc.mjs.activity.get', { activity_id: id }), [15, 'isv.record-not-exist:activity_id'])
})

test('taobao: the affiliate finds items under ids of its own, makes links of them, and pages its orders by a cursor', async t => {
  const sandbox = await sandboxFor(t, { historyDays: 1, orders: 600 })
  const { call, refused } = taobaoCaller(sandbox, { issue: false })
  const found = await call('taobao.tbk.dg.material.optional', { adzone_id: 9, q: '裙', page_size: 5 })
  const [first] = found.result_list.map_data
  assert.ok(/-/.test(first.item_id) && first.commission_rate === '1234' && found.total_results >= 1)
  const other = taobaoCaller(sandbox, { app: sandbox.taobao.fixedTerm, issue: false })
  assert.notEqual((await other.call('taobao.tbk.dg.material.optional', { adzone_id: 9, q: '裙' })).result_list.map_data[0].item_id, first.item_id)
  const { data: { item_url_list: { item_url_list: links }, failed_list: failed } } = await call('taobao.tbk.dg.general.link.convert', { adzone_id: 9, item_id_list: `${first.item_id},nope` })
  assert.deepEqual([links.map(link => link.item_id), failed], [[first.item_id], 'nope'])
  assert.match((await call('taobao.tbk.tpwd.create', { url: links[0].cps_full_url })).data.password_simple, /^￥/)
  assert.equal((await call('taobao.tbk.item.info.get', { num_iids: first.item_id })).results.n_tbk_item.length, 1)

  const window = { start_time: shanghaiText(SECOND - 8 * 3600), end_time: shanghaiText(SECOND - 5 * 3600), query_type: 4, page_size: 4 }
  const ids = []
  let cursor = {}
  for (let page = 1; ; page++) {
    const { data } = await call('taobao.tbk.order.details.get', { ...window, page_no: page, ...cursor })
    ids.push(...data.results.publisher_order_dto.map(one => one.trade_id))
    if (!data.has_next) break
    cursor = { position_index: data.position_index }
  }
  const inside = (await truth(sandbox, 'orders')).filter(one => one.modified >= window.start_time && one.modified <= window.end_time)
  assert.ok(ids.length > 4 && ids.length < inside.length, `${ids.length} of ${inside.length}`)
  assert.equal(new Set(ids).size, ids.length)
  assert.deepEqual(await refused('taobao.tbk.order.details.get', { ...window, page_no: 2 }), [40, 'isv.missing-parameter:position_index'])
  assert.deepEqual(await refused('taobao.tbk.order.details.get', { ...window, end_time: shanghaiText(SECOND) }), [41, 'isv.invalid-parameter:end_time'])
})
