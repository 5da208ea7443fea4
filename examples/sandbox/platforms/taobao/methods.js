'use strict'
// The methods the gateway knows: what answers them, what kind of call they are to the faults, and the tier of
// permission they need. Which tier a method needs is not in the sheet, only that 2 is for what is sensitive.
const items = require('./items')
const itemWrites = require('./item_writes')
const trades = require('./trades')
const refunds = require('./refunds')
const shipping = require('./shipping')
const shops = require('./shop')
const oaid = require('./oaid')
const tokenCalls = require('./token_calls')
const utility = require('./utility')
const publish = require('./publish')
const messages = require('./messages')
const pictures = require('./pictures')
const promotions = require('./promotions')
const tbk = require('./tbk')

/** A method that reads; no tier, no session. */
function read (tier, handler, ...kinds) {
  return { handler, tier, kinds: ['any', ...(tier ? ['shop'] : []), ...kinds], write: false }
}

function write (tier, handler) {
  return { handler, tier, kinds: ['any', 'shop', 'write'], write: true }
}

function token (handler) {
  return { handler, tier: null, kinds: ['any', 'token'], write: true, token: true }
}

const LIST = ['records', 'list']

function activityMethods (kind, calls) {
  const name = `taobao.promotionmisc.${kind}.activity`
  return { [`${name}.add`]: write('w1', calls.add), [`${name}.get`]: read('r1', calls.get), [`${name}.list.get`]: read('r1', calls.list), [`${name}.delete`]: write('w1', calls.remove) }
}

module.exports = new Map(Object.entries({
  'taobao.top.auth.token.create': token(tokenCalls.create),
  'taobao.top.auth.token.refresh': token(tokenCalls.refresh),
  'taobao.time.get': read(null, utility.time),
  'taobao.appip.get': read(null, utility.appIp),
  'taobao.user.seller.get': read('r1', shops.userSeller),
  'taobao.shop.seller.get': read('r1', shops.shopSeller),
  'taobao.sellercats.list.get': read('r1', shops.sellerCats),
  'taobao.itemcats.get': read(null, shops.itemCats),
  'taobao.itemcats.authorize.get': read('r1', shops.authorizedCats),
  'taobao.items.onsale.get': read('r1', items.onsale, ...LIST),
  'taobao.items.inventory.get': read('r1', items.inventory, ...LIST),
  'taobao.item.seller.get': read('r1', items.itemGet, 'records'),
  'taobao.items.seller.list.get': read('r1', items.itemsByIds, 'records'),
  'taobao.items.custom.get': read('r1', items.itemsByOuterId, 'records'),
  'taobao.item.skus.get': read('r1', items.skusByIds, 'records'),
  'taobao.item.update.listing': write('w1', itemWrites.listing),
  'taobao.item.update.listing.tmall': write('w1', itemWrites.listing),
  'taobao.item.update.delisting': write('w1', itemWrites.delisting),
  'taobao.item.update.delisting.tmall': write('w1', itemWrites.delisting),
  'taobao.item.delete': write('w1', itemWrites.remove),
  'alibaba.item.operate.upshelf': write('w1', itemWrites.upshelf),
  'alibaba.item.operate.downshelf': write('w1', itemWrites.downshelf),
  'alibaba.item.operate.delete': write('w1', itemWrites.operateDelete),
  'taobao.item.quantity.update': write('w1', itemWrites.quantityUpdate),
  'taobao.skus.quantity.update': write('w1', itemWrites.skusQuantityUpdate),
  'tmall.item.quantity.update': write('w1', itemWrites.tmallQuantityUpdate),
  'taobao.item.sku.price.update': write('w1', itemWrites.skuPriceUpdate),
  'tmall.item.price.update': write('w1', itemWrites.tmallPriceUpdate),
  'taobao.trades.sold.get': read('r2', trades.sold, ...LIST),
  'taobao.trades.sold.increment.get': read('r2', trades.soldIncrement, ...LIST),
  'taobao.trades.sold.incrementv.get': read('r2', trades.soldIncrementv, ...LIST),
  'taobao.trade.fullinfo.get': read('r2', trades.fullinfo, 'records'),
  'taobao.trade.get': read('r2', trades.tradeGet, 'records'),
  'taobao.trade.amount.get': read('r2', trades.amount),
  'taobao.top.oaid.decrypt': read('r2', oaid.decrypt),
  'taobao.trade.memo.update': write('w2', shipping.memoUpdate),
  'taobao.trade.close': write('w2', shipping.close),
  'taobao.logistics.companies.get': read(null, shipping.companies),
  'taobao.logistics.trace.search': read('r2', shipping.trace),
  'taobao.logistics.offline.send': write('w2', shipping.offlineSend),
  'taobao.logistics.online.send': write('w2', shipping.onlineSend),
  'taobao.logistics.online.confirm': write('w2', shipping.onlineConfirm),
  'taobao.logistics.dummy.send': write('w2', shipping.dummySend),
  'taobao.logistics.consign.resend': write('w2', shipping.resend),
  'taobao.refunds.receive.get': read('r2', refunds.receive, ...LIST),
  'taobao.refund.get': read('r2', refunds.refundGet, 'records'),
  'taobao.rp.refunds.agree': write('w2', refunds.agree),
  'taobao.rp.returngoods.agree': write('w2', refunds.agreeReturn),
  'taobao.refund.refuse': write('w2', refunds.refuseRefund),
  'alibaba.item.publish.market.get': read('r1', publish.marketGet),
  'alibaba.item.publish.schema.get': read('r1', publish.schemaGet),
  'alibaba.item.publish.props.get': read('r1', publish.propsGet),
  'alibaba.item.publish.submit': write('w1', publish.submit),
  'alibaba.item.edit.schema.get': read('r1', publish.editSchemaGet),
  'alibaba.item.edit.submit': write('w1', publish.editSubmit),
  'alibaba.item.edit.fastupdate': write('w1', publish.fastUpdate),
  'taobao.picture.upload': write('w1', pictures.upload),
  'taobao.picture.get': read('r1', pictures.pictureGet, ...LIST),
  'taobao.picture.delete': write('w1', pictures.pictureDelete),
  'taobao.item.img.upload': write('w1', pictures.itemImage),
  'taobao.item.propimg.upload': write('w1', pictures.propImage),
  'taobao.item.joint.img': write('w1', pictures.jointImage),
  'taobao.promotion.coupon.add': write('w1', promotions.couponAdd),
  'taobao.promotion.coupons.get': read('r1', promotions.couponsGet, ...LIST),
  ...activityMethods('mjs', promotions.mjs),
  ...activityMethods('item', promotions.item),
  'taobao.promotionmisc.activity.range.add': write('w1', promotions.rangeAdd),
  'taobao.promotionmisc.activity.range.list.get': read('r1', promotions.rangeList),
  'taobao.tbk.dg.material.optional': read(null, tbk.material),
  'taobao.tbk.dg.material.optional.upgrade': read(null, tbk.material),
  'taobao.tbk.item.info.get': read(null, tbk.itemInfo),
  'taobao.tbk.order.details.get': read(null, tbk.orderDetails),
  'taobao.tbk.tpwd.create': read(null, tbk.password),
  'taobao.tbk.dg.general.link.convert': read(null, tbk.linkConvert),
  'taobao.tbk.coupon.get': read(null, tbk.couponGet),
  'taobao.tbk.activity.info.get': read(null, tbk.activityInfo),
  'taobao.tmc.user.permit': write('r1', messages.permit),
  'taobao.tmc.user.get': read(null, messages.userGet),
  'taobao.tmc.messages.consume': read(null, messages.consume),
  'taobao.tmc.messages.confirm': read(null, messages.confirm)
}))
