'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor, pddCaller, NOON } = require('./pinduoduo_support')

const platform = 'pinduoduo'
const NOW = NOON / 1000

async function started (t, options) {
  const sandbox = await sandboxFor(t, options)
  return { sandbox, ...pddCaller(sandbox, { app: sandbox.pinduoduo.promoter, issue: false }) }
}

test('a promoter searches without a token, page by page with the list_id', async t => {
  const { ok, refused, sandbox } = await started(t)
  const onSale = sandbox.control.truth({ platform, kind: 'products', limit: 10_000 }).items.filter(one => one.is_onsale === 1)
  const seen = []
  let listId
  for (let page = 1; page <= 3; page++) {
    const answer = await ok('pdd.ddk.goods.search', { page, page_size: 20, list_id: listId })
    listId = answer.list_id
    seen.push(...answer.goods_list)
    assert.equal(answer.total_count, onSale.length)
  }
  assert.equal(new Set(seen.map(one => one.goods_sign)).size, onSale.length)
  assert.ok(seen.every(one => !('goods_id' in one)))
  assert.equal((await refused('pdd.ddk.goods.search', { page: 2 })).error_code, 21002)
  const [one] = (await ok('pdd.ddk.goods.search', { goods_sign_list: [seen[7].goods_sign] })).goods_list
  assert.deepEqual(one, seen[7])
  assert.deepEqual((await ok('pdd.ddk.goods.detail', { goods_sign: one.goods_sign })).goods_details, [one])
  assert.equal((await refused('pdd.mall.info.get')).error_code, 30000)
})

test('a place has to be registered before it is used', async t => {
  const { ok, refused, sandbox } = await started(t)
  const { p_id_list: [{ p_id: pid }] } = await ok('pdd.ddk.goods.pid.generate', { number: 1 })
  const custom = '{"uid":"u+1","sid":"a&b=c%20d"}'
  const bound = async () => (await ok('pdd.ddk.member.authority.query', { pid, custom_parameters: custom })).bind
  assert.equal(await bound(), 0)
  const { url_list: [{ url }] } = await ok('pdd.ddk.rp.prom.url.generate', { p_id_list: [pid], channel_type: 10 })
  assert.ok(url.includes(pid))
  assert.equal((await refused('pdd.ddk.goods.search', { pid })).sub_code, '40002301')
  assert.equal((await refused('pdd.ddk.goods.promotion.url.generate', { p_id: pid, goods_sign_list: [] })).sub_code, '40002301')
  sandbox.control.edit({ platform, kind: 'pid', id: pid, set: { bound: true } })
  assert.equal(await bound(), 1)
  const { goods_list: [goods] } = await ok('pdd.ddk.goods.search', { pid, custom_parameters: custom, page_size: 1 })
  const link = { p_id: pid, goods_sign_list: [goods.goods_sign], generate_short_url: true, generate_we_app: true }
  const { goods_promotion_url_list: [made] } = await ok('pdd.ddk.goods.promotion.url.generate', link)
  assert.deepEqual([made.url.includes(pid), made.short_url !== '', made.we_app_info.title], [true, true, goods.goods_name])
  assert.equal((await refused('pdd.ddk.goods.promotion.url.generate', { ...link, goods_sign_list: ['nope'] })).error_code, 50001)
  assert.equal((await refused('pdd.ddk.goods.search', { custom_parameters: `{"uid":"${'x'.repeat(64)}"}` })).error_code, 21001)
  assert.throws(() => sandbox.control.edit({ platform, kind: 'pid', id: 'nope', set: {} }), /no such pid/)
})

test('promotion orders: days backwards bring all of them, and the cursor too', async t => {
  const { ok, refused, sandbox } = await started(t, { orders: 2000, historyDays: 3 })
  sandbox.control.setClock({ advanceMs: 60_000 })
  sandbox.control.change({ platform, promotionOrders: 10 })
  const truth = sandbox.control.truth({ platform, kind: 'promotionOrders', limit: 10_000 }).items
  const seen = new Map()
  for (let to = NOW + 60; to > NOW - 3 * 86_400; to -= 86_400) {
    const window = { start_update_time: to - 86_400, end_update_time: to, page_size: 10 }
    const { total_count: total } = await ok('pdd.ddk.order.list.increment.get', { ...window, return_count: true })
    for (let page = Math.ceil(total / 10); page >= 1; page--) for (const row of (await ok('pdd.ddk.order.list.increment.get', { ...window, page })).order_list) seen.set(row.order_sn, row)
  }
  assert.ok(truth.length > 100)
  assert.deepEqual([...seen.keys()].sort().map(id => seen.get(id)), truth)

  const range = { start_time: '2026-03-02 00:00:00', end_time: '2026-03-02 23:59:59', page_size: 2 }
  const found = []
  for (let last; ;) {
    const { order_list: rows, last_order_id: next } = await ok('pdd.ddk.order.list.range.get', { ...range, last_order_id: last })
    if (rows.length === 0) break
    found.push(...rows)
    last = next
  }
  const expected = truth.filter(one => one.order_create_time >= NOW - 36 * 3600 && one.order_create_time < NOW - 12 * 3600)
  assert.ok(expected.length > 3)
  assert.deepEqual(found.map(one => one.order_sn).sort(), expected.map(one => one.order_sn))
  assert.equal((await refused('pdd.ddk.order.list.increment.get', { start_update_time: NOW - 86_401, end_update_time: NOW })).error_code, 21001)
  assert.equal((await refused('pdd.ddk.order.list.increment.get', { start_update_time: NOW - 60, end_update_time: NOW, page_size: 9 })).error_code, 21001)
})

test('lists of coupons, by state and page', async t => {
  const sandbox = await sandboxFor(t)
  const { ok } = pddCaller(sandbox)
  for (const method of ['pdd.promotion.goods.coupon.list.get', 'pdd.promotion.merchant.coupon.list.get']) {
    const all = (await ok(method)).coupon_batch_list
    const claiming = (await ok(method, { batch_status: 1 })).coupon_batch_list
    assert.deepEqual(claiming, all.filter(one => one.status === 1))
    assert.deepEqual((await ok(method, { page: 2, page_size: 5 })).coupon_batch_list, all.slice(5, 10))
    assert.ok(all[0].batch_start_time > 1e12, 'milliseconds')
  }
})
