'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { jdSandbox, jdCaller, ORDER_FIELDS, WARE_FIELDS } = require('./jd_support')
const { NOON } = require('./support')

const SEARCH = 'jingdong.pop.order.search'
const WARES = 'jingdong.ware.read.searchWare4Valid'
const MONTH = { start_date: '2026-02-01 12:00:00', end_date: '2026-03-03 12:00:00', optional_fields: ORDER_FIELDS }

/** Ids in a text, digit by digit, as JSON.parse would lose some. */
function idsIn (text, name) {
  return [...text.matchAll(new RegExp(`\\{"${name}":"?(\\d+)`, 'g'))].map(found => found[1])
}

async function allOrders (raw, params, method = SEARCH) {
  const found = []
  for (let page = 1; ; page++) {
    const rows = JSON.parse((await raw(method, { ...MONTH, page: String(page), page_size: '47', ...params })).text)
    const list = Object.values(rows)[0].searchorderinfo_result.orderInfoList
    if (!list) return found // an empty list is absent
    found.push(...list)
  }
}

test('pages of orders give every order once, sorted by the time that dateType names', async t => {
  const { raw, truth } = await jdSandbox(t)
  const orders = truth('orders')
  const expected = orders.map(order => order.orderId).sort()
  for (const sortType of ['1', '2']) {
    const rows = await allOrders(raw, { sortType })
    assert.deepEqual(rows.map(row => row.orderId).sort(), expected)
    const times = rows.map(row => row.modified)
    assert.deepEqual(times, sortType === '1' ? times.toSorted().reverse() : times.toSorted())
  }
  const created = await allOrders(raw, { dateType: '1' })
  assert.deepEqual(created.map(row => row.orderId).sort(), orders.filter(one => one.orderStartTime >= MONTH.start_date).map(one => one.orderId).sort())
  assert.deepEqual(created.map(row => row.orderStartTime), created.map(row => row.orderStartTime).toSorted())
})

test('both ends of a window are included, and some second is dense', async t => {
  const { call, truth } = await jdSandbox(t, { orders: 1200 })
  const counts = {}
  for (const { modified } of truth('orders')) counts[modified] = (counts[modified] ?? 0) + 1
  const [[second, count]] = Object.entries(counts).sort((a, b) => b[1] - a[1])
  assert.ok(count >= 250)
  const { searchorderinfo_result: found } = await call(SEARCH, { ...MONTH, start_date: second, end_date: second, page: '1', page_size: '1' })
  assert.equal(found.orderTotal, count)
})

test('states filter, and what the sheet forbids is refused', async t => {
  const { call, code, truth } = await jdSandbox(t)
  const wanted = ['WAIT_SELLER_STOCK_OUT', 'LOCKED']
  const { searchorderinfo_result: found } = await call(SEARCH, { ...MONTH, order_state: wanted.join(','), page: '1', page_size: '100' })
  assert.equal(found.orderTotal, truth('orders').filter(order => wanted.includes(order.orderState)).length)
  const refused = [
    [{ optional_fields: '' }, '60'], [{ start_date: undefined }, '60'], [{ start_date: '2026-01-20 00:00:00' }, '61'], [{ page_size: '101' }, '61'], [{ page: '0' }, '61'],
    [{ start_date: '2026-03-04 00:00:00' }, '61'], [{ start_date: '2025-10-01 00:00:00', end_date: '2025-10-02 00:00:00' }, '61'], [{ page_Size: '1' }, '60'],
    [{ order_state: ['LOCKED'] }, '60'], [{ start_date: '2026-02-30 00:00:00' }, '60']
  ]
  for (const [change, wantedCode] of refused) assert.equal(await code(SEARCH, { ...MONTH, page: '1', page_size: '10', ...change }), wantedCode, JSON.stringify(change))
  const open = await call(SEARCH, { order_state: 'WAIT_SELLER_STOCK_OUT', optional_fields: 'orderId', page: '1', page_size: '100' })
  assert.ok(open.searchorderinfo_result.orderTotal > 10)
})

test('only the fields that are named come back, every scalar of an order is text', async t => {
  const { call, truth } = await jdSandbox(t)
  const { orderId } = truth('orders')[3]
  const { orderDetailInfo } = await call('jingdong.pop.order.get', { order_id: orderId, optional_fields: 'orderId,modified,noSuchField' })
  assert.deepEqual(Object.keys(orderDetailInfo.orderInfo), ['orderId', 'modified'])
  const { orderInfo } = (await call('jingdong.pop.order.get', { order_id: orderId, optional_fields: ORDER_FIELDS })).orderDetailInfo
  for (const [name, value] of Object.entries(orderInfo)) assert.ok(typeof value === 'string' || typeof value === 'object', name)
  const missing = (await call('jingdong.pop.order.get', { order_id: '1', optional_fields: 'orderId' })).orderDetailInfo
  assert.deepEqual([missing.apiResult.success, missing.apiResult.numberCode, missing.orderInfo], [false, 10100001, undefined])
})

test('amounts of orders add up, in yuan text', async t => {
  const { truth } = await jdSandbox(t)
  const fen = text => Math.round(Number(text) * 100)
  for (const order of truth('orders')) {
    assert.match(order.shouldPay, /^\d+\.\d\d$/)
    const goods = order.itemInfoList.reduce((sum, item) => sum + fen(item.jdPrice) * Number(item.itemTotal), 0)
    const coupons = order.couponDetailList.reduce((sum, coupon) => sum + fen(coupon.couponPrice), 0)
    assert.deepEqual([fen(order.orderTotalPrice), fen(order.orderSellerPrice)], [goods, goods - fen(order.sellerDiscount)])
    assert.equal(fen(order.shouldPay), goods - coupons + fen(order.freightPrice))
    assert.equal(order.couponDetailList.filter(coupon => coupon.skuId).every(coupon => coupon.couponType === '30'), true)
  }
})

test('the encrypted forms mask buyers, carry ciphertext and answer flags and totals as text', async t => {
  const { call } = await jdSandbox(t)
  const { searchorderinfo_result: plain } = await call(SEARCH, { ...MONTH, page: '1', page_size: '5' })
  const { searchorderinfo_result: masked } = await call('jingdong.pop.order.enSearch', { ...MONTH, page: '1', page_size: '5' })
  assert.deepEqual([plain.apiResult.success, plain.orderTotal, masked.apiResult.success, masked.orderTotal], [true, 400, 'true', '400'])
  for (const [index, { consigneeInfo: hidden }] of masked.orderInfoList.entries()) {
    const { consigneeInfo: open } = plain.orderInfoList[index]
    assert.ok(hidden.fullname.endsWith('**') && hidden.mobile.includes('****') && !open.mobile.includes('*'))
    const bytes = Buffer.from(hidden.encrypt_mobile, 'base64')
    assert.deepEqual([bytes[0], bytes[1], bytes.length], [0, 4, 2 + 16 + 16 + 16])
  }
})

test('an app outside of JD\'s cloud is refused with 73 and has the shop family', async t => {
  const { sandbox, truth } = await jdSandbox(t)
  const { call, code, raw } = jdCaller(sandbox, { app: sandbox.jd.outside })
  const orders = truth('orders')
  for (const method of [SEARCH, 'jingdong.pop.order.enSearch']) assert.equal(await code(method, { ...MONTH, page: '1', page_size: '1' }), '73')
  for (const method of ['jingdong.pop.order.get', 'jingdong.pop.order.enGet']) assert.equal(await code(method, { order_id: orders[0].orderId, optional_fields: 'orderId' }), '73')
  const found = []
  for (let page = 1; page < 6; page++) {
    const { text } = await raw('jingdong.shop.order.list.search', { startDate: MONTH.start_date, endDate: MONTH.end_date, page, size: 100 })
    found.push(.../"orders":\[([^\]]*)\]/.exec(text)[1].split(',').filter(Boolean))
  }
  assert.deepEqual(found.sort(), orders.filter(one => one.orderStartTime >= MONTH.start_date).map(one => one.orderId).sort())
  const sample = orders.find(one => one.orderState === 'WAIT_SELLER_STOCK_OUT')
  const one = { orders: [sample.orderId], optional_fields: 'orderType' }
  const { orderDetailResult: { success, orders: [order] } } = await call('jingdong.shop.order.get', one)
  assert.deepEqual([success, order.orderId, order.status, order.orderType], [true, Number(sample.orderId), 'WAIT_DELIVERY', 22])
  assert.deepEqual(order.skus.map(sku => [sku.skuId, sku.number]), sample.itemInfoList.map(item => [item.skuId, Number(item.itemTotal)]))
  assert.ok(!('modified' in order) && !JSON.stringify(order).includes(sample.consigneeInfo.mobile))
  const [bare] = (await call('jingdong.shop.order.get', { orders: [sample.orderId, '1'] })).orderDetailResult.orders
  assert.equal(bare.orderType, undefined)
  assert.equal(await code('jingdong.shop.order.get', {}), '60')
  assert.equal(await code('jingdong.shop.order.list.search', { startDate: '2025-12-20 00:00:00', endDate: '2026-01-05 00:00:00' }), '61')
  sandbox.control.saveApp({ platform: 'jd', appKey: sandbox.jd.outside.appKey, buyerData: 'encrypted' })
  assert.deepEqual([await code(SEARCH, { ...MONTH, page: '1', page_size: '1' }), await code('jingdong.pop.order.enSearch', { ...MONTH, page: '1', page_size: '1' })], ['73', '0'])
})

test('pages of wares hold every ware but deleted ones, and a window rolls', async t => {
  const { raw, truth, code, sandbox } = await jdSandbox(t)
  sandbox.control.edit({ platform: 'jd', kind: 'product', id: truth('products')[9].wareId, set: { wareStatus: -1 } })
  const live = truth('products').filter(ware => ware.wareStatus !== -1)
  const found = []
  for (let pageNo = 1; pageNo < 8; pageNo++) found.push(...idsIn((await raw(WARES, { pageNo, pageSize: 10, field: 'wareId' })).text, 'wareId'))
  assert.deepEqual(found.sort(), live.map(ware => ware.wareId).sort())
  assert.ok(live.length < 60)
  const { modified } = live[5]
  const { page } = JSON.parse((await raw(WARES, { startModifiedTime: modified, endModifiedTime: modified, field: WARE_FIELDS })).text).jingdong_ware_read_searchWare4Valid_responce
  assert.deepEqual([page.totalItem, page.data[0].title], [1, live[5].title])
  assert.deepEqual([await code(WARES, { pageSize: 51 }), await code(WARES, { pageNo: 101 }), await code(WARES, { page_size: 1 })], ['61', '61', '60'])
})

test('filters of wares work, and an empty page is an empty list', async t => {
  const { call, truth } = await jdSandbox(t)
  const wares = truth('products').filter(ware => ware.wareStatus !== -1)
  const count = async params => (await call(WARES, params)).page.totalItem
  assert.equal(await count({ wareStatusValue: '8,2' }), wares.filter(ware => [8, 2].includes(ware.wareStatus)).length)
  assert.equal(await count({ searchKey: '耳机', searchField: 'title' }), wares.filter(ware => ware.title.includes('耳机')).length)
  assert.equal(await count({ itemNum: wares[0].itemNum }), 1)
  assert.equal(await count({ startJdPrice: '100', endJdPrice: '300.5' }), wares.filter(ware => Number(ware.jdPrice) >= 100 && Number(ware.jdPrice) <= 300.5).length)
  const { page } = await call(WARES, { searchKey: '没有这样的', searchField: 'title' })
  assert.deepEqual([page.totalItem, page.data], [0, []])
})

test('SKUs are found by ware, by outer id and by state; prices are numbers with two decimals', async t => {
  const { call, raw, truth } = await jdSandbox(t)
  const skus = truth('skus').filter(sku => truth('products').find(ware => ware.wareId === sku.wareId).wareStatus !== -1)
  const { page } = await call('jingdong.sku.read.searchSkuList', { page_size: 100, skuStatuValue: '1,2,4' })
  assert.equal(page.totalItem, skus.length)
  const [sku] = skus
  const own = skus.filter(one => one.wareId === sku.wareId)
  assert.equal((await call('jingdong.sku.read.searchSkuList', { wareId: sku.wareId, skuStatuValue: '1,2' })).page.totalItem, own.length)
  const { text } = await raw('jingdong.sku.read.searchSkuList', { outId: sku.outerId, skuStatuValue: '1,2' })
  assert.ok(text.includes(`"skuId":${sku.skuId},`) && text.includes(`"jdPrice":${sku.jdPrice}`) && /^\d+\.\d\d$/.test(sku.jdPrice))
  assert.equal((await call('jingdong.sku.read.searchSkuList', { skuStatuValue: '4' })).page.totalItem, 0)
  const { skuStocks: [stock] } = await call('jingdong.stock.read.findSkuStock', { skuId: sku.skuId })
  assert.deepEqual([stock.stockNum, stock.storeId], [Number(sku.stockNum), 0])
})

test('ids beyond 2^53 keep every digit, and what does not exist is an absent key', async t => {
  const { raw, call, truth } = await jdSandbox(t)
  const { wareId } = truth('products').find(ware => ware.wareId.length === 17)
  assert.ok(BigInt(wareId) > 2n ** 53n)
  const { text } = await raw('jingdong.ware.read.findWareById', {}, { json: `{"wareId":${wareId}}` })
  assert.ok(text.includes(`"wareId":${wareId},`))
  for (const [method, params] of [['ware.read.findWareById', { wareId: 1 }], ['sku.read.findSkuById', { skuId: 1 }]]) {
    assert.deepEqual(Object.keys(await call(`jingdong.${method}`, params)), ['code', 'request_id'])
  }
})

test('categories have three levels and more, attributes and values of their own', async t => {
  const { call } = await jdSandbox(t)
  const children = async parentCid => (await call('jingdong.category.read.findByPId', { parentCid })).categories
  const [first] = await children(0)
  const [second] = await children(first.id)
  const [third] = await children(second.id)
  const [leaf] = await children(third.id)
  assert.deepEqual([first.lev, third.lev, leaf.lev, leaf.isLeaf], [1, 3, 4, true])
  const attributes = (await call('jingdong.category.read.findAttrsByCategoryIdUnlimitCate', { cid: leaf.id })).findattrsbycategoryidunlimitcate_result
  const material = attributes.find(one => one.name === '材质')
  const values = (await call('jingdong.category.read.findValuesByAttrIdUnlimit', { categoryAttrId: material.id })).findvaluesbyattridunlimit_result
  assert.ok(material.isRequired && values.length > 3 && values.every(value => value.catId === third.id))
})

test('refund applications count in fen and page by change, services have numbers and milliseconds', async t => {
  const { call, truth, sandbox } = await jdSandbox(t)
  const refunds = truth('refunds')
  const { queryResult } = await call('jingdong.pop.afs.soa.refundapply.queryPageList', { pageSize: 50 })
  assert.deepEqual([queryResult.totalCount, queryResult.result.length], [refunds.length, refunds.length])
  const order = truth('orders').find(one => one.orderId === refunds[0].orderId)
  assert.equal(refunds[0].applyRefundSum, Math.round(Number(order.shouldPay) * 100))
  assert.equal((await call('jingdong.pop.afs.soa.refundapply.queryPageList', { modifiedStart: '2026-03-03 12:00:00' })).queryResult.result, undefined)
  const who = { buId: sandbox.jd.shops[0].shopId, operatePin: 'p', operateNick: 'n' }
  const services = truth('services')
  const { pageResult } = await call('jingdong.asc.query.list', { ...who, pageSize: 50 })
  assert.deepEqual([pageResult.totalCount, typeof pageResult.data[0].serviceId, typeof pageResult.data[0].updateTime], [services.length, 'number', 'number'])
  const done = services.find(one => one.serviceStatus === 10010 && one.customerExpect === 10)
  const { result } = await call('jingdong.b2c.shop.aftersales.refund.get', { afsServiceId: done.serviceId })
  assert.ok(result.resultCode === 200 && result.data.actualRefundAmount > 0)
})

test('changes show in details, lists and truth; an edit sets named fields', async t => {
  const { sandbox, call, truth, raw } = await jdSandbox(t)
  sandbox.control.setClock({ advanceMs: 5000 })
  const changed = sandbox.control.change({ platform: 'jd', orders: 200, products: 7, newOrders: 3 })
  assert.deepEqual([changed.orders.length, changed.products.length], [203, 7])
  const since = { ...MONTH, start_date: '2026-03-03 12:00:05', end_date: '2026-03-03 12:00:05' }
  assert.deepEqual((await allOrders(raw, since)).map(one => one.orderId).sort(), changed.orders.toSorted())
  assert.deepEqual(idsIn((await raw(WARES, { startModifiedTime: NOON + 5000, pageSize: 50 })).text, 'wareId').sort(), changed.products.filter(id => truth('products').find(ware => ware.wareId === id).wareStatus !== -1).sort())
  const refunds = truth('refunds').filter(one => one.modified === '2026-03-03 12:00:05').map(one => one.id)
  const services = truth('services').filter(one => one.updateTime === NOON + 5000).map(one => one.serviceId)
  assert.ok(changed.refunds.length > 0 && changed.services.length > 0)
  assert.deepEqual([refunds, services], [changed.refunds.toSorted(), changed.services.toSorted()])
  const [{ orderId }] = truth('orders')
  sandbox.control.edit({ platform: 'jd', kind: 'order', id: orderId, set: { orderState: 'FINISHED_L', orderRemark: '改了🎁' } })
  const { orderInfo } = (await call('jingdong.pop.order.get', { order_id: orderId, optional_fields: ORDER_FIELDS })).orderDetailInfo
  assert.deepEqual([orderInfo.orderState, orderInfo.orderRemark, orderInfo.modified], ['FINISHED_L', '改了🎁', '2026-03-03 12:00:05'])
  const [sku] = truth('skus')
  sandbox.control.edit({ platform: 'jd', kind: 'sku', id: sku.skuId, set: { jdPrice: '12.34', stockNum: 5 } })
  assert.deepEqual([truth('skus')[0].jdPrice, truth('skus')[0].stockNum], ['12.34', 5])
  assert.throws(() => sandbox.control.edit({ platform: 'jd', kind: 'order', id: '1', set: {} }), /no such order/)
})

test('whatever moves, an application waits for review exactly while its order is locked', async t => {
  const { sandbox, truth } = await jdSandbox(t)
  for (let round = 0; round < 6; round++) {
    sandbox.control.setClock({ advanceMs: 1000 })
    sandbox.control.change({ platform: 'jd', orders: 300 })
  }
  const locked = truth('orders').filter(order => order.orderState === 'LOCKED').map(order => order.orderId)
  const waiting = truth('refunds').filter(refund => refund.status === 0).map(refund => refund.orderId)
  assert.ok(locked.length > 0 && truth('refunds').some(refund => refund.status === 1))
  assert.deepEqual(waiting.sort(), locked.sort())
})

test('the truth has every kind, and lines belong to orders', async t => {
  const { truth, sandbox } = await jdSandbox(t)
  const orders = truth('orders')
  assert.equal(truth('items').length, orders.reduce((sum, order) => sum + order.itemInfoList.length, 0))
  assert.equal(truth('shops')[0].vender_id, sandbox.jd.shops[0].shopId)
  const [counts] = Object.values(sandbox.control.truthSummary().jd)
  assert.deepEqual([counts.orders.count, counts.products.count, counts.refunds.count], [400, 60, truth('refunds').length])
  assert.throws(() => truth('nonsense'), /unknown kind/)
})

test('the same seed and script give the same bytes', async t => {
  const run = async seed => {
    const { raw, sandbox } = await jdSandbox(t, { seed, moving: { every: 3 } })
    const seen = []
    for (let i = 0; i < 40; i++) {
      if (i % 10 === 5) sandbox.control.change({ platform: 'jd', orders: 5, products: 2, newOrders: 1 })
      seen.push((await raw(SEARCH, { ...MONTH, page: String((i % 5) + 1), page_size: '20' })).text, (await raw(WARES, { pageNo: i % 3 + 1 })).text)
    }
    return seen.join('\n')
  }
  const first = await run(7)
  assert.equal(await run(7), first)
  assert.notEqual(await run(8), first)
})
