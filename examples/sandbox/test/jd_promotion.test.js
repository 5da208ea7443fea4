'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { jdSandbox } = require('./jd_support')
const { shanghaiText } = require('../clock')

const SYSTEM = { ip: '127.0.0.1', port: '80', request_id: 'r' }
const TIMES = { begin_time: '2026-03-03 13:00:00', end_time: '2026-04-03 00:00:00' }

async function begin (t, options) {
  const world = await jdSandbox(t, { reviewMs: 5000, ...options })
  const { call, truth } = world
  const promotion = id => truth('promotions').find(one => one.promo_id === String(id))
  const draft = async (name = '新品立减') => (await call('jingdong.seller.promotion.add', { name, type: 1, ...TIMES, bound: 0, member: 50 })).promo_id
  return { ...world, promotion, draft }
}

test('a promotion is made in steps, reviewed, runs in its time and ends', async t => {
  const { sandbox, call, truth, promotion, draft } = await begin(t)
  const id = await draft()
  const skus = truth('skus').slice(0, 2)
  assert.equal(promotion(id).status, -1)
  const lists = { sku_ids: skus.map(sku => sku.skuId).join(), jd_prices: skus.map(sku => sku.jdPrice).join(), promo_prices: '1.00,2.5', num: '1,1', bind_type: '1,1' }
  assert.deepEqual((await call('jingdong.seller.promotion.sku.add', { '#promo_id': id, ...lists })).ids, [1, 2])
  assert.equal((await call('jingdong.seller.promotion.commit', { promo_id: id })).success, true)
  assert.equal(promotion(id).status, 2)
  sandbox.control.setClock({ advanceMs: 5000 })
  assert.equal(promotion(id).status, 4)
  sandbox.control.setClock({ advanceMs: 3_600_000 })
  assert.equal(promotion(id).status, 5)
  const { jos_promotion: read } = await call('jingdong.seller.promotion.v2.get', { ...SYSTEM, promo_id: id, promo_type: 1 })
  assert.deepEqual([read.promo_name, read.promo_type, read.promo_status], ['新品立减', 1, 5])
  const { promotion_sku_list: listed } = await call('jingdong.seller.promotion.v2.sku.list', { ...SYSTEM, promo_id: id, promo_type: 1 })
  assert.deepEqual(listed.map(sku => [String(sku.sku_id), sku.promo_price]), [[skus[0].skuId, '1.00'], [skus[1].skuId, '2.50']])
  for (const [method, status] of [['suspend', 6], ['resume', 5], ['remove', 0]]) {
    assert.equal((await call(`jingdong.seller.promotion.v2.${method}`, { ...SYSTEM, promo_id: id })).result.success, true)
    assert.equal(promotion(id).status, status)
  }
  assert.equal((await call('jingdong.seller.promotion.v2.resume', { ...SYSTEM, promo_id: id })).result.success, false)
})

test('the review can refuse, and so can the merchant\'s own check', async t => {
  const { sandbox, call, truth, promotion, draft } = await begin(t)
  sandbox.control.review({ platform: 'jd', outcome: 'reject', reason: '价格不合规' })
  const [sku] = truth('skus')
  const ids = [await draft('甲'), await draft('乙'), await draft('丙')]
  for (const id of ids) {
    await call('jingdong.seller.promotion.sku.add', { '#promo_id': id, sku_ids: sku.skuId, jd_prices: sku.jdPrice, promo_prices: '1' })
    await call('jingdong.seller.promotion.commit', { promo_id: id })
  }
  await call('jingdong.seller.promotion.check', { promo_id: ids[1], status: 4 })
  await call('jingdong.seller.promotion.check', { promo_id: ids[2], status: 1 })
  sandbox.control.setClock({ advanceMs: 5000 })
  assert.deepEqual(ids.map(id => promotion(id).status), [1, 4, 1])
  assert.equal(promotion(ids[0]).comment, '价格不合规')
})

test('broken promotions are refused', async t => {
  const { code, draft, truth } = await begin(t)
  const add = params => code('jingdong.seller.promotion.add', { name: '名', type: 1, ...TIMES, ...params })
  const broken = [
    { name: '一二三四五六七八九十一' }, { type: 2 }, { end_time: '2026-10-03 00:00:00' }, { end_time: TIMES.begin_time }, { slogan: '长'.repeat(51) }, { comment: '长'.repeat(67) },
    { begin_time: '2026-01-01 00:00:00', end_time: '2026-02-01 00:00:00' }, { begin_time: '2027-01-01 00:00:00', end_time: '2027-02-01 00:00:00' },
    { type: 10, bound: 4, favor_mode: 16 }, { type: 10, bound: 2, favor_mode: 99 }, { type: 10, bound: 2, favor_mode: 13 }
  ]
  for (const params of broken) assert.equal(await add(params), '61', JSON.stringify(params))
  for (const params of [{ end_time: '' }, { type: 10, bound: 2 }, { type: 10, favor_mode: 16 }]) assert.equal(await add(params), '60', JSON.stringify(params))
  const id = await draft()
  const [sku] = truth('skus')
  const skuAdd = params => code('jingdong.seller.promotion.sku.add', { '#promo_id': id, sku_ids: sku.skuId, jd_prices: '1', promo_prices: '0.5', ...params })
  const many = Array.from({ length: 101 }, (_, place) => place + 1).join()
  assert.deepEqual([await skuAdd({ promo_prices: '1,2' }), await skuAdd({ promo_prices: '1' }), await skuAdd({ sku_ids: many }), await skuAdd({ '#promo_id': undefined, promo_id: id })], ['61', '61', '61', '60'])
  assert.equal(await code('jingdong.seller.promotion.commit', { promo_id: id }), '61', 'nothing takes part')
  assert.deepEqual([await skuAdd(), await skuAdd()], ['0', '61'], 'a SKU takes part once')
  assert.equal(await code('jingdong.seller.promotion.ordermode.add', { '#promo_id': id, '#favor_mode': 16, quota: '100', minus: '10' }), '61')
  assert.deepEqual([await code('jingdong.seller.promotion.commit', { promo_id: id }), await code('jingdong.seller.promotion.commit', { promo_id: id })], ['0', '61'], 'it is committed once')
  assert.equal(await skuAdd({ sku_ids: truth('skus')[1].skuId }), '61', 'and closed then')
})

test('SKUs that are not the shop\'s are left out without a word', async t => {
  const { call, truth, draft, promotion } = await begin(t)
  const id = await draft()
  const [sku] = truth('skus')
  assert.deepEqual((await call('jingdong.seller.promotion.sku.add', { '#promo_id': id, sku_ids: `${sku.skuId},1`, jd_prices: '2,2', promo_prices: '1,1' })).ids, [1])
  assert.deepEqual(promotion(id).skus.map(([one]) => one), [sku.skuId])
})

test('a draft that nobody finishes in half an hour lapses', async t => {
  const { sandbox, call, code, truth, promotion, draft } = await begin(t)
  const id = await draft()
  const [sku] = truth('skus')
  await call('jingdong.seller.promotion.sku.add', { '#promo_id': id, sku_ids: sku.skuId, jd_prices: '2', promo_prices: '1' })
  sandbox.control.setClock({ advanceMs: 31 * 60_000 })
  assert.equal(await code('jingdong.seller.promotion.commit', { promo_id: id }), '61')
  assert.equal(promotion(id).status, 0)
})

test('promotions of order totals have a rule of the mode that they began with', async t => {
  const { call, code, truth, promotion } = await begin(t)
  const total = async (favor_mode, bound) => (await call('jingdong.seller.promotion.add', { name: '满减', type: 10, ...TIMES, bound, favor_mode })).promo_id
  const rule = (id, mode, params) => code('jingdong.seller.promotion.ordermode.add', { '#promo_id': id, '#favor_mode': mode, ...params })
  const id = await total(16, 2)
  assert.equal(await code('jingdong.seller.promotion.commit', { promo_id: id }), '61', 'there is no rule')
  const broken = [[15, { quota: '3', rate: '8.5' }], [16, { quota: '99.5', minus: '10' }], [16, { quota: '100', minus: '100' }], [16, { quota: '100', minus: '10', rate: '9' }], [16, { quota: '100' }]]
  for (const [mode, params] of broken) assert.equal(await rule(id, mode, params), '61', JSON.stringify(params))
  assert.deepEqual((await call('jingdong.seller.promotion.ordermode.add', { '#promo_id': id, '#favor_mode': 16, quota: '100', minus: '10' })).ids, [1])
  assert.equal(await code('jingdong.seller.promotion.commit', { promo_id: id }), '0')
  assert.deepEqual(promotion(id).modes.map(mode => [mode.quota, mode.minus]), [['100', '10']])
  const some = await total(13, 1)
  assert.deepEqual([await rule(some, 13, { quota: '9.95', rate: '3' }), await rule(some, 13, { quota: '9.9', rate: '3' })], ['61', '0'])
  assert.equal(await code('jingdong.seller.promotion.commit', { promo_id: some }), '61', 'it is about some SKUs, and has none')
  const sku = { sku_ids: truth('skus')[0].skuId, jd_prices: '20', bind_type: '1' }
  assert.equal(await code('jingdong.seller.promotion.sku.add', { '#promo_id': some, ...sku }), '0')
  assert.equal(await code('jingdong.seller.promotion.commit', { promo_id: some }), '0')
})

test('the list pages by twenty under its own spelling', async t => {
  const { call, code, truth } = await begin(t)
  const found = []
  for (let page = 1; page <= 3; page++) found.push(...(await call('jingdong.seller.promotion.v2.list', { ...SYSTEM, page, pageS_size: 20 })).promotion_list)
  assert.deepEqual(found.map(one => String(one.promo_id)).sort(), truth('promotions').map(one => one.promo_id))
  const [one] = found
  const named = await call('jingdong.seller.promotion.v2.list', { ...SYSTEM, type: 1, name: one.promo_name, promo_id: one.promo_id })
  assert.deepEqual(named.promotion_list.map(({ promo_id: id, promo_status: status }) => [id, status]), [[one.promo_id, one.promo_status]])
  assert.equal((await call('jingdong.seller.promotion.v2.count', SYSTEM)).result.total_count, found.length)
  assert.deepEqual([await code('jingdong.seller.promotion.v2.list', { ...SYSTEM, page_size: 20 }), await code('jingdong.seller.promotion.v2.list', { ...SYSTEM, pageS_size: 21 }), await code('jingdong.seller.promotion.v2.list', {})], ['60', '61', '60'])
})

test('coupons are made, listed and closed', async t => {
  const { call, code, truth } = await begin(t)
  const coupon = { name: '满百减十', type: 1, bindType: 1, grantType: 3, num: 100, discount: '10', quota: '100', validityType: 5, beginTime: 1772510400000, endTime: 1772596800000 }
  const { couponId } = await call('jingdong.seller.coupon.write.create', coupon)
  const [newest] = (await call('jingdong.seller.coupon.read.getCouponList', { ip: '127.0.0.1', port: '80' })).couponList
  assert.deepEqual([newest.couponId, newest.discount, newest.deleted], [couponId, 10, false])
  await call('jingdong.seller.coupon.write.close', { couponId })
  assert.equal(truth('coupons').find(one => one.couponId === String(couponId)).deleted, true)
  for (const change of [{ discount: '0.99' }, { discount: '5000', quota: '6000' }, { quota: '10' }]) assert.equal(await code('jingdong.seller.coupon.write.create', { ...coupon, ...change }), '61')
})

test('union orders are a JSON text inside of the JSON, an hour at a time', async t => {
  const { call, code, truth, sandbox } = await begin(t)
  const query = async (startTime, endTime, more) => JSON.parse((await call('jd.union.open.order.row.query', { orderReq: { pageIndex: 1, pageSize: 500, type: 1, startTime, endTime, ...more } })).queryResult)
  const seen = new Set()
  const first = Date.parse('2026-03-01T12:00:00+08:00') / 1000
  for (let hour = 0; hour < 48; hour++) {
    const answer = await query(shanghaiText(first + hour * 3600), shanghaiText(first + (hour + 1) * 3600 - 1))
    assert.deepEqual([answer.code, answer.hasMore], [200, false])
    for (const row of answer.data ?? []) seen.add(String(row.orderId))
  }
  const orders = truth('orders').filter(one => one.orderStartTime >= '2026-03-01 12:00:00' && one.orderStartTime < '2026-03-03 12:00:00').map(one => one.orderId)
  assert.ok(seen.size > 0 && seen.size < orders.length && [...seen].every(id => orders.includes(id)))
  assert.equal((await query('2026-03-03 10:00:00', '2026-03-03 11:00:01')).code, 400)
  assert.equal(await code('jd.union.open.order.row.query', {}, { form: { v: '2.0' } }), '5')
  assert.equal(sandbox.control.stats().refusals['5'], 1)
})

test('union goods and links', async t => {
  const { call, truth, raw } = await begin(t)
  const goods = JSON.parse((await call('jd.union.open.goods.query', { goodsReqDTO: { keyword: '', pageSize: 30 } })).queryResult)
  assert.equal(goods.totalCount, truth('products').filter(ware => ware.wareStatus === 8).length)
  const json = JSON.stringify({ promotionCodeReq: { materialId: `https://item.jd.com/${goods.data[0].skuId}.html`, siteId: '1', positionId: 'p' } })
  const { text } = await raw('jd.union.open.promotion.common.get', {}, { form: { '360buy_param_json': undefined, param_json: json } })
  const link = JSON.parse(JSON.parse(text).jd_union_open_promotion_common_get_responce.getResult)
  assert.match(link.data.clickURL, /^https:\/\/union-click\.jd\.com\//)
  const other = await call('jd.union.open.promotion.common.get', { promotionCodeReq: { materialId: 'https://elsewhere.example/1', siteId: '1' } })
  assert.equal(JSON.parse(other.getResult).code, 403)
})
