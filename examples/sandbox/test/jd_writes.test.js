'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { jdSandbox, ORDER_FIELDS } = require('./jd_support')
const { NOON } = require('./support')

const LATER = NOON + 60_000
const LATER_TEXT = '2026-03-03 12:01:00'
const SHIP = 'jingdong.pop.order.shipment'
const UP_OR_DOWN = 'jingdong.ware.write.upOrDown'
const STOCK = 'jingdong.ware.stock.sku.set'

/** A sandbox a minute after its start, so that every write shows in its time. */
async function begin (t, options) {
  const world = await jdSandbox(t, options)
  world.sandbox.control.setClock({ advanceMs: 60_000 })
  const ware = status => world.truth('products').find(one => one.wareStatus === status)
  const wareById = id => world.truth('products').find(one => one.wareId === id)
  const order = state => world.truth('orders').find(one => one.orderState === state)
  const skuById = id => world.truth('skus').find(one => one.skuId === id)
  return { ...world, ware, wareById, order, skuById }
}

test('a ware goes down and up at once, and lists and times follow', async t => {
  const { sandbox, raw, call, ware, wareById, writes } = await begin(t)
  const { wareId } = ware(8)
  const { text } = await raw(UP_OR_DOWN, { wareId, opType: 2, note: '' })
  const { success, request_id: requestId } = JSON.parse(text).jingdong_ware_write_upOrDown_responce
  assert.deepEqual([success, wareById(wareId).wareStatus, wareById(wareId).modified, wareById(wareId).offlineTime], [true, 2, LATER, LATER])
  assert.deepEqual(writes(), [{ seq: 1, at: LATER, shopId: sandbox.jd.shops[0].shopId, method: UP_OR_DOWN, target: wareId, params: { opType: 2 }, changed: true, requestId }])
  assert.equal((await call(UP_OR_DOWN, { wareId, opType: 2 })).success, true)
  assert.equal((await call(UP_OR_DOWN, { wareId, opType: 1 })).success, true)
  assert.deepEqual([wareById(wareId).wareStatus, writes().map(one => one.changed)], [8, [true, false, true]])
  const { page } = await call('jingdong.ware.read.searchWare4Valid', { startModifiedTime: LATER_TEXT, endModifiedTime: LATER_TEXT })
  assert.deepEqual([page.totalItem, page.data[0].wareStatus], [1, 8])
})

test('what the platform took down, deleted or did not pass cannot go up', async t => {
  const { sandbox, call, code, ware, wareById, writes } = await begin(t)
  const { wareId } = ware(8)
  for (const [status, opType] of [[4, 1], [4, 2], [-1, 1], [513, 1], [1025, 1], [1, 2]]) {
    sandbox.control.edit({ platform: 'jd', kind: 'product', id: wareId, set: { wareStatus: status } })
    assert.equal((await call(UP_OR_DOWN, { wareId, opType })).success, false, `${status} ${opType}`)
    assert.equal(wareById(wareId).wareStatus, status)
  }
  for (const [status, opType, after] of [[514, 1, 520], [1026, 1, 1032], [520, 2, 514], [1032, 2, 1026]]) {
    sandbox.control.edit({ platform: 'jd', kind: 'product', id: wareId, set: { wareStatus: status } })
    assert.equal((await call(UP_OR_DOWN, { wareId, opType })).success, true)
    assert.equal(wareById(wareId).wareStatus, after)
  }
  assert.equal(writes().length, 4)
  assert.deepEqual([await code(UP_OR_DOWN, { wareId: 1, opType: 1 }), await code(UP_OR_DOWN, { wareId, opType: 3 })], ['61', '61'])
})

test('a ware is deleted, and comes back within 45 days', async t => {
  const { sandbox, call, ware, wareById, skuById, truth } = await begin(t)
  const { wareId } = ware(2)
  assert.equal((await call('jingdong.ware.write.delete', { wareId: ware(8).wareId })).success, false)
  assert.equal((await call('jingdong.ware.write.delete', { wareId })).success, true)
  assert.equal(wareById(wareId).wareStatus, -1)
  const sku = truth('skus').find(one => one.wareId === wareId)
  assert.equal((await call('jingdong.sku.read.searchSkuList', { skuId: sku.skuId })).page.totalItem, 0)
  assert.equal((await call('jingdong.ware.read.findWareById', { wareId })).ware.wareStatus, -1)
  assert.equal((await call('jingdong.ware.write.recoverWare', { wareId })).success, true)
  assert.deepEqual([wareById(wareId).wareStatus, skuById(sku.skuId).stockNum], [2, sku.stockNum])
  await call('jingdong.ware.write.delete', { wareId })
  sandbox.control.setClock({ advanceMs: 46 * 86_400_000 })
  assert.equal((await call('jingdong.ware.write.recoverWare', { wareId })).success, false)
})

test('a price is set in yuan, and shows in the SKU and its ware', async t => {
  const { call, code, truth, wareById, skuById, writes } = await begin(t)
  const [{ skuId, wareId }] = truth('skus')
  assert.equal((await call('jingdong.price.write.updateSkuJdPrice', { skuId, jdPrice: '0.10' })).success, true)
  assert.deepEqual([skuById(skuId).jdPrice, skuById(skuId).modified, wareById(wareId).jdPrice, wareById(wareId).modified], ['0.10', LATER, '0.10', LATER])
  for (const jdPrice of ['1.234', '-1', 'a', '']) assert.equal(await code('jingdong.price.write.updateSkuJdPrice', { skuId, jdPrice }), '60')
  assert.equal(await code('jingdong.price.write.updateSkuJdPrice', { skuId, jdPrice: '0' }), '61')
  await call('jingdong.price.write.updateWareMarketPrice', { wareId, marketPrice: '99.9' })
  assert.equal(wareById(wareId).marketPrice, '99.90')
  assert.deepEqual(writes().map(one => one.target), [skuId, wareId])
})

test('stock is set for many SKUs, the answer lists only what failed', async t => {
  const { call, truth, skuById, writes } = await begin(t)
  const [first, second] = truth('skus')
  const req = { updateModel: 'fullStockIn', stockRfId: 9001, skuStocks: [{ skuId: first.skuId, stockNum: 7, storeId: 0 }, { skuId: second.skuId, stockNum: 8 }, { skuId: 5, stockNum: 1 }] }
  const { returnType } = await call(STOCK, { req })
  assert.deepEqual([returnType.success, returnType.obj.updateStockResult], [true, [{ data: 5, success: false, storeId: 0, message: 'SKU不存在' }]])
  assert.deepEqual([skuById(first.skuId).stockNum, skuById(second.skuId).stockNum, writes()[0].changed], [7, 8, true])
})

test('an increment acts once per stockRfId, another change under it is refused', async t => {
  const { call, code, truth, skuById, writes } = await begin(t)
  const [sku] = truth('skus')
  const change = (stockRfId, incrStockNum) => ({ req: { updateModel: 'incrStockIn', stockRfId, skuStocks: [{ skuId: sku.skuId, incrStockNum }] } })
  await call('jingdong.stock.write.updateSkuStock', { skuId: sku.skuId, stockNum: 10, storeId: 0 })
  await call(STOCK, change(1, -4))
  await call(STOCK, change(1, -4))
  assert.equal(skuById(sku.skuId).stockNum, 6)
  assert.equal(await code(STOCK, change(1, -5)), '61')
  const short = (await call(STOCK, change(2, -7))).returnType.obj.updateStockResult
  assert.equal(short[0].message, '库存不足')
  await call('jingdong.stock.write.increaseSkuStock', { skuId: sku.skuId, incrStockNum: 3, stockRfId: 3 })
  await call('jingdong.stock.write.increaseSkuStock', { skuId: sku.skuId, incrStockNum: 3, stockRfId: 3 })
  assert.equal(skuById(sku.skuId).stockNum, 9)
  assert.deepEqual(writes().map(one => one.changed), [true, true, false, false, true, false])
  const many = Array.from({ length: 31 }, () => ({ skuId: sku.skuId, stockNum: 1 }))
  assert.equal(await code(STOCK, { req: { updateModel: 'fullStockIn', stockRfId: 4, skuStocks: many } }), '61')
})

test('an order that is paid is shipped once, by a carrier of the merchant', async t => {
  const { call, code, order, truth, writes } = await begin(t)
  const carriers = await call('jingdong.fce.alpha.getVenderCarrier')
  const carrierId = carriers.StandardGenericResponse.result.carrierList[0].id
  const { orderId } = order('WAIT_SELLER_STOCK_OUT')
  const parcel = { orderId, logiCoprId: `${carrierId}|463`, logiNo: 'SF1,SF2|YT3' }
  assert.deepEqual((await call(SHIP, parcel)).sopjosshipment_result, { success: 'true', errorCode: 0, chineseErrCode: '', englishErrCode: '' })
  const shipped = truth('orders').find(one => one.orderId === orderId)
  assert.deepEqual([shipped.orderState, shipped.waybill, shipped.logisticsId, shipped.modified], ['WAIT_GOODS_RECEIVE_CONFIRM', 'SF1,SF2|YT3', `${carrierId}|463`, LATER_TEXT])
  const { searchorderinfo_result: found } = await call('jingdong.pop.order.search', { start_date: LATER_TEXT, end_date: LATER_TEXT, optional_fields: ORDER_FIELDS, page: 1, page_size: 10 })
  assert.deepEqual([found.orderTotal, found.orderInfoList[0].orderState], [1, 'WAIT_GOODS_RECEIVE_CONFIRM'])
  const refusal = async params => {
    const { sopjosshipment_result: result } = await call(SHIP, { ...parcel, ...params })
    return [result.success, result.errorCode]
  }
  assert.deepEqual(await refusal({}), ['false', 10100021])
  assert.deepEqual(await refusal({ orderId: order('NOT_PAY').orderId }), ['false', 10100021])
  assert.deepEqual(await refusal({ orderId: 1 }), ['false', 10100001])
  for (const change of [{ logiCoprId: '1' }, { logiNo: 'SF1' }, { logiNo: `${'1,'.repeat(10)}1|2` }, { logiNo: '顺丰|2' }]) assert.equal(await code(SHIP, { ...parcel, ...change }), '61', JSON.stringify(change))
  assert.equal(await code(SHIP, { ...parcel, logiCorpId: 1 }), '60') // the right spelling is the wrong one
  assert.equal(writes().length, 1)
})

test('a remark is kept', async t => {
  const { call, code, order, truth } = await begin(t)
  const { orderId } = order('FINISHED_L')
  await call('jingdong.pop.order.modifyVenderRemark', { order_id: orderId, flag: 1, remark: 'a=1&b=2+3 50% "q"' })
  assert.equal(truth('orders').find(one => one.orderId === orderId).venderRemark, 'a=1&b=2+3 50% "q"')
  assert.equal(await code('jingdong.pop.order.modifyVenderRemark', { order_id: orderId, flag: 6, remark: '' }), '61')
})

test('a refund that is agreed to ends the order, a refused one lets it be shipped', async t => {
  const { sandbox, call, truth, writes } = await begin(t)
  sandbox.control.change({ platform: 'jd', orders: 400 })
  const open = truth('refunds').filter(one => one.status === 0)
  const reply = params => call('jingdong.pop.afs.soa.refundapply.replyRefund', { checkUserName: 'oa', remark: '好', ...params })
  const stateOf = refund => truth('orders').find(one => one.orderId === refund.orderId).orderState
  const [first, second] = open.filter(refund => stateOf(refund) === 'LOCKED')
  assert.equal((await reply({ id: first.id, status: 1 })).replyResult.success, true)
  assert.equal((await reply({ id: second.id, status: 2, rejectType: 1, outWareStatus: 2 })).replyResult.success, true)
  assert.deepEqual([stateOf(first), stateOf(second)], ['TRADE_CANCELED', 'WAIT_SELLER_STOCK_OUT'])
  const after = truth('refunds').find(one => one.id === first.id)
  assert.deepEqual([after.status, after.checkTime, after.checkUserName], [1, LATER_TEXT, 'oa'])
  assert.equal((await reply({ id: first.id, status: 1 })).replyResult.success, false)
  assert.equal(writes().length, 2)
})
