'use strict'
// Every method of the table answers a call that is right, in a wrapper of its own name.
const test = require('node:test')
const assert = require('node:assert')
const { jdSandbox, ORDER_FIELDS } = require('./jd_support')
const { methods } = require('../platforms/jd/methods')

const MONTH = { start_date: '2026-02-01 12:00:00', end_date: '2026-03-03 12:00:00' }
const SYSTEM = { ip: '127.0.0.1', port: '80', request_id: 'r' }
const PNG = Buffer.from('89504e470d0a1a0a', 'hex').toString('base64')

/** A right call of each method, without `jingdong.`; what needs something made before is in `SERIES`. */
function calls ({ sandbox, truth }) {
  const wares = truth('products')
  const onSale = wares.find(ware => ware.wareStatus === 8).wareId
  const [sku] = truth('skus')
  const order = state => truth('orders').find(one => one.orderState === state).orderId
  const search = { ...MONTH, optional_fields: ORDER_FIELDS, page: 1, page_size: 10 }
  const get = { order_id: order('FINISHED_L'), optional_fields: ORDER_FIELDS }
  const { categoryId } = wares[0]
  const images = { colorId: '0000000000', imgIndex: '1', imgUrl: 'jfs/t1/1/2/3/abc.jpg' }
  return {
    'seller.vender.info.get': {}, 'vender.shop.query': {}, 'category.read.findByPId': { parentCid: 0 }, 'category.read.findById': { cid: categoryId },
    'vender.category.getFullValidCategoryResultByVenderId': {}, 'category.read.findAttrsByCategoryIdUnlimitCate': { cid: categoryId },
    'category.read.findValuesByAttrIdUnlimit': { categoryAttrId: categoryId * 100 + 3 },
    'ware.read.searchWare4Valid': {}, 'ware.read.findWareById': { wareId: onSale }, 'sku.read.searchSkuList': {}, 'sku.read.findSkuById': { skuId: sku.skuId },
    'stock.read.findSkuStock': { skuId: sku.skuId }, 'ware.read.findOpReason': { wareId: onSale }, 'ware.audit.getWareAuditDetail': { wareAuditParam: { wareId: onSale } },
    'ware.write.updateWare': { ware: { wareId: onSale, brandId: 8551 } }, 'ware.write.updateWareTitle': { wareId: onSale, title: '新' }, 'ware.write.upOrDown': { wareId: onSale, opType: 2 },
    'ware.write.delete': { wareId: onSale }, 'ware.write.recoverWare': { wareId: onSale }, 'sku.write.updateSkus': { wareId: sku.wareId, skus: [{ skuId: sku.skuId, stockNum: 1 }] },
    'sku.write.saveWareSkus': { wareId: sku.wareId, skus: [{ skuId: sku.skuId, stockNum: 2 }] }, 'image.write.update': { wareId: sku.wareId, ...images },
    'price.write.updateSkuJdPrice': { skuId: sku.skuId, jdPrice: '1.00' }, 'price.write.updateWareMarketPrice': { wareId: sku.wareId, marketPrice: '9' },
    'price.write.updateWareCostPrice': { wareId: sku.wareId, costPrice: '1' }, 'stock.write.updateSkuStock': { skuId: sku.skuId, stockNum: 5 },
    'stock.write.increaseSkuStock': { skuId: sku.skuId, incrStockNum: 1, stockRfId: 1 }, 'ware.stock.sku.set': { req: { updateModel: 'fullStockIn', stockRfId: 2, skuStocks: [{ skuId: sku.skuId, stockNum: 3 }] } },
    'imgzone.picture.upload': { image_data: PNG }, 'imgzone.picture.query': {},
    'pop.order.search': search, 'pop.order.enSearch': search, 'pop.order.get': get, 'pop.order.enGet': get, 'shop.order.list.search': { startDate: MONTH.start_date, endDate: MONTH.end_date },
    'shop.order.get': { orders: [get.order_id] }, 'pop.order.modifyVenderRemark': { order_id: get.order_id, flag: 1, remark: '好' },
    'pop.order.shipment': { orderId: order('WAIT_SELLER_STOCK_OUT'), logiCoprId: '467', logiNo: 'SF1' }, 'fce.alpha.getVenderCarrier': {}, 'jos.voucher.info.get': {},
    'pop.afs.soa.refundapply.queryPageList': {}, 'pop.afs.soa.refundapply.replyRefund': { id: truth('refunds').find(one => one.status === 0).id, status: 1, checkUserName: 'oa' },
    'asc.query.list': { buId: sandbox.jd.shops[0].shopId, operatePin: 'p', operateNick: 'n' }, 'b2c.shop.aftersales.refund.get': { afsServiceId: truth('services')[0].serviceId },
    'asc.serviceAndRefund.view': { approveTimeBegin: '2026-02-21 12:00:00', approveTimeEnd: '2026-03-03 12:00:00' },
    'seller.promotion.v2.list': SYSTEM, 'seller.promotion.v2.count': SYSTEM, 'seller.coupon.read.getCouponList': { ip: '1', port: '1' },
    'seller.coupon.write.create': { name: '券', type: 0, bindType: 1, grantType: 3, num: 1, discount: '1', validityType: 5, beginTime: 1772510400000, endTime: 1772596800000 },
    'seller.coupon.write.close': { couponId: truth('coupons').find(one => !one.closed).couponId }
  }
}

/** Steps of a promotion: each gets the id that the first answered. */
const PROMOTION = [
  ['seller.promotion.sku.add', (id, { truth }) => ({ '#promo_id': id, sku_ids: truth('skus')[0].skuId, jd_prices: '1', promo_prices: '0.5' })], ['seller.promotion.commit', id => ({ promo_id: id })],
  ['seller.promotion.v2.approve', id => ({ ...SYSTEM, promo_id: id })], ['seller.promotion.v2.get', id => ({ ...SYSTEM, promo_id: id, promo_type: 1 })], ['seller.promotion.v2.sku.list', id => ({ ...SYSTEM, promo_id: id, promo_type: 1 })]
]
const ELSEWHERE = ['ware.write.add', 'seller.promotion.ordermode.add', 'seller.promotion.check', 'seller.promotion.v2.suspend', 'seller.promotion.v2.resume', 'seller.promotion.v2.remove', 'jos.master.key.get']

test('every method answers in its wrapper, and what changes something is in the write log', async t => {
  const world = await jdSandbox(t)
  const seen = []
  const right = async (name, params) => {
    const method = `jingdong.${name}`
    const whole = await world.answer(method, params)
    const [[wrapper, { code, request_id: requestId }]] = Object.entries(whole)
    assert.match(wrapper, new RegExp(`^${method.replaceAll('.', '_')}_respon[cs]e$`))
    assert.equal(code, '0', `${name} ${JSON.stringify(whole)}`)
    assert.equal(world.writes().some(entry => entry.requestId === requestId), 'write' in methods.get(method), name)
    seen.push(name)
    return whole[wrapper]
  }
  for (const [name, params] of Object.entries(calls(world))) await right(name, params)
  const { promo_id: id } = await right('seller.promotion.add', { name: '促销', type: 1, begin_time: '2026-03-03 12:00:00', end_time: '2026-03-05 12:00:00' })
  for (const [name, params] of PROMOTION) await right(name, params(id, world))
  const merchant = [...methods].filter(([name, { denied, stopped }]) => name.startsWith('jingdong.') && !denied && !stopped).map(([name]) => name.slice('jingdong.'.length))
  assert.deepEqual([...seen, ...ELSEWHERE].sort(), merchant.sort())
})

test('money of finished returns is listed by approval, ten days at most', async t => {
  const { call, code, truth } = await jdSandbox(t)
  const done = truth('services').filter(one => one.serviceStatus === 10010 && one.customerExpect === 10)
  const from = '2026-02-21 12:00:00'
  const { pageResult } = await call('jingdong.asc.serviceAndRefund.view', { approveTimeBegin: from, approveTimeEnd: '2026-03-03 12:00:00', pageSize: 50 })
  const wanted = done.filter(one => one.updateTime >= Date.parse('2026-02-21T12:00:00+08:00'))
  assert.deepEqual([pageResult.code, pageResult.totalCount, pageResult.data.every(one => one.refundStatus === 13)], ['00000', wanted.length, true])
  assert.equal(await code('jingdong.asc.serviceAndRefund.view', { approveTimeBegin: '2026-02-20 12:00:00', approveTimeEnd: '2026-03-03 12:00:00' }), '61')
  assert.equal(await code('jingdong.asc.serviceAndRefund.view', {}), '60')
})

