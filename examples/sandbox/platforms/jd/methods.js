'use strict'
// The table of methods: who answers, and what kind of call it is to the faults. `read` handlers are
// `(call, shop, params)` and answer members of the wrapper; `write` handlers are `(shop, params, desk)` and answer
// `{ target, params, changed, answer }`; `world` handlers are `(call, platform, params)`, without token or shop.
const shops = require('./shops')
const categories = require('./categories')
const wares = require('./wares')
const wareWrites = require('./ware_writes')
const publish = require('./publish')
const stock = require('./stock')
const pictures = require('./pictures')
const orders = require('./orders')
const shipping = require('./shipping')
const refunds = require('./refunds')
const promotionMake = require('./promotion_make')
const promotions = require('./promotions')
const coupons = require('./coupons')
const union = require('./union')
const keyService = require('./key_service')

const ONE = ['any', 'shop']
const RECORD = ['any', 'shop', 'records']
const LIST = ['any', 'shop', 'records', 'list']
const WRITE = ['any', 'shop', 'write']
const HOSTED = ['open'] // who may see plain buyer data, see apps.js
const MASKED = ['open', 'encrypted']

/** What does not exist is an absent member. */
function absent () {
  return {}
}

/** `more.missing()` is what the method answers when there is no such record. */
function read (handler, kinds = ONE, more = {}) {
  return { read: handler, kinds, ...more }
}

function write (handler) {
  return { write: handler, kinds: WRITE }
}

function world (handler) {
  return { world: handler, kinds: ['any'] }
}

/** Methods that exist and that an ordinary merchant's app is not granted: content and advertising (13, 14). */
const NOT_GRANTED = [
  'content.write.ContentWriteService.saveArticleContent', 'content.write.ContentWriteService.saveVideoContent', 'content.write.ContentWriteService.getVideoUploadUrl',
  'content.status.query', 'dsp.report.queryAccountReport', 'dsp.report.queryCampDailySum', 'dsp.report.queryGroupDailySum'
]

const METHODS = {
  'seller.vender.info.get': read(shops.sellerVenderInfo, RECORD),
  'vender.shop.query': read(shops.venderShopQuery, RECORD),
  'category.read.findByPId': read(categories.findByPId),
  'category.read.findById': read(categories.findById),
  'vender.category.getFullValidCategoryResultByVenderId': read(categories.validCategories),
  'category.read.findAttrsByCategoryIdUnlimitCate': read(categories.findAttrs),
  'category.read.findValuesByAttrIdUnlimit': read(categories.findValues),

  'ware.read.searchWare4Valid': read(wares.searchWare4Valid, LIST),
  'ware.read.findWareById': read(wares.findWareById, RECORD, { missing: absent }),
  'sku.read.searchSkuList': read(wares.searchSkuList, LIST),
  'sku.read.findSkuById': read(wares.findSkuById, RECORD, { missing: absent }),
  'stock.read.findSkuStock': read(wares.findSkuStock),
  'ware.read.findOpReason': read(wares.findOpReason),
  'ware.audit.getWareAuditDetail': read(wares.getWareAuditDetail),
  'ware.write.add': write(publish.add),
  'ware.write.updateWare': write(publish.updateWare),
  'ware.write.updateWareTitle': write(wareWrites.updateWareTitle),
  'ware.write.upOrDown': write(wareWrites.upOrDown),
  'ware.write.delete': write(wareWrites.deleteWare),
  'ware.write.recoverWare': write(wareWrites.recoverWare),
  'sku.write.saveWareSkus': write(publish.saveWareSkus),
  'sku.write.updateSkus': write(publish.updateSkus),
  'image.write.update': write(wareWrites.updateImages),
  'price.write.updateSkuJdPrice': write(wareWrites.updateSkuJdPrice),
  'price.write.updateWareMarketPrice': write(wareWrites.warePrice('marketPrice')),
  'price.write.updateWareCostPrice': write(wareWrites.warePrice('costPrice')),
  'ware.stock.sku.set': write(stock.setSkuStock),
  'stock.write.updateSkuStock': write(stock.updateSkuStock),
  'stock.write.increaseSkuStock': write(stock.increaseSkuStock),
  'imgzone.picture.upload': write(pictures.upload),
  'imgzone.picture.query': read(pictures.query),

  'pop.order.search': read(orders.search, LIST, { buyerData: HOSTED }),
  'pop.order.get': read(orders.get, RECORD, { buyerData: HOSTED, missing: orders.noPlain }),
  'pop.order.enSearch': read(orders.enSearch, LIST, { buyerData: MASKED }),
  'pop.order.enGet': read(orders.enGet, RECORD, { buyerData: MASKED, missing: orders.noMasked }),
  'shop.order.list.search': read(orders.shopOrderList), // its rows are bare ids, which the faults of lists do not know
  'shop.order.get': read(orders.shopOrderGet, LIST, { missing: orders.noShopOrder }),
  'pop.order.modifyVenderRemark': write(shipping.modifyVenderRemark),
  'pop.order.shipment': write(shipping.shipment),
  'fce.alpha.getVenderCarrier': read(shipping.getVenderCarrier),

  'jos.voucher.info.get': read(keyService.voucherInfo),
  'jos.master.key.get': world(keyService.masterKey),

  'pop.afs.soa.refundapply.queryPageList': read(refunds.queryPageList, LIST),
  'pop.afs.soa.refundapply.replyRefund': write(refunds.replyRefund),
  'asc.query.list': read(refunds.ascQueryList, LIST),
  'asc.serviceAndRefund.view': read(refunds.serviceAndRefundView),
  'b2c.shop.aftersales.refund.get': read(refunds.refundGet),

  'seller.promotion.add': write(promotionMake.add),
  'seller.promotion.sku.add': write(promotionMake.addSkus),
  'seller.promotion.ordermode.add': write(promotionMake.addOrderMode),
  'seller.promotion.commit': write(promotionMake.commit),
  'seller.promotion.check': write(promotionMake.check),
  'seller.promotion.v2.list': read(promotions.list, LIST),
  'seller.promotion.v2.get': read(promotions.get, RECORD, { missing: absent }),
  'seller.promotion.v2.count': read(promotions.count),
  'seller.promotion.v2.sku.list': read(promotions.skuList),
  'seller.promotion.v2.suspend': write(promotions.suspend),
  'seller.promotion.v2.resume': write(promotions.resume),
  'seller.promotion.v2.remove': write(promotions.remove),
  'seller.promotion.v2.approve': write(promotions.approve),
  'seller.coupon.write.create': write(coupons.create),
  'seller.coupon.write.close': write(coupons.close),
  'seller.coupon.read.getCouponList': read(coupons.getCouponList, LIST),

  ...Object.fromEntries(NOT_GRANTED.map(name => [name, { kinds: ONE, denied: true }])),
  'data.vender.common.query': { kinds: ONE, stopped: true } // said to be offline (14)
}

const UNION_METHODS = {
  'jd.union.open.order.row.query': world(union.orderRowQuery),
  'jd.union.open.goods.query': world(union.goodsQuery),
  'jd.union.open.promotion.common.get': world(union.promotionCommonGet)
}

const methods = new Map([...Object.entries(METHODS).map(([name, method]) => [`jingdong.${name}`, method]), ...Object.entries(UNION_METHODS)])

module.exports = { methods }
