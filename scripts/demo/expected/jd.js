'use strict'
// What the API should show of a record of 京东: written from the fact sheet, independent of the adapter.
// A field without a value is left out. Of further fields, kept as they came, nothing is expected; nor of our word for
// where a refund stands, or a ware in audit: the sheet has only the platform's numbers for those.
const { present, text, id, fen, beijing, millis } = require('./values')

const ORDER_STATUS = {
  NOT_PAY: 'unpaid',
  WAIT_SELLER_STOCK_OUT: 'to_ship',
  LOCKED: 'paid',
  PAUSE: 'paid',
  POP_ORDER_PAUSE: 'paid',
  WAIT_GOODS_RECEIVE_CONFIRM: 'shipped',
  FINISHED_L: 'completed',
  TRADE_CANCELED: 'cancelled'
}

const WARE_STATUS = { 1: 'draft', 2: 'off_sale', 4: 'banned', 8: 'on_sale' }
const IMAGES = 'https://img10.360buyimg.com/n0/'
const DELETED = -1

function expectedSku (sku) {
  return present({
    platformSkuId: sku.skuId,
    outerId: text(sku.outerId),
    code: text(sku.barCode),
    specs: sku.saleAttrs.flatMap(attribute => attribute.attrValueAlias),
    priceFen: fen(sku.jdPrice),
    stock: sku.stockNum
  })
}

function expectedProduct (ware, all) {
  const skus = all.map(expectedSku)
  return present({
    platformProductId: ware.wareId,
    name: ware.title,
    status: WARE_STATUS[ware.wareStatus],
    platformStatus: String(ware.wareStatus),
    outerId: text(ware.outerId),
    categoryId: String(ware.multiCategoryId),
    images: ware.images.map(image => `${IMAGES}${image.imgUrl}`),
    platformCreatedAt: millis(ware.created),
    platformUpdatedAt: millis(ware.modified),
    priceFen: Math.min(...skus.map(sku => sku.priceFen)),
    stock: skus.reduce((sum, sku) => sum + sku.stock, 0),
    skus
  })
}

/** Lines have no ids and states of their own: they are counted, and stand where the order does. */
function expectedItem (line, place, order) {
  return present({
    platformItemId: `${order.orderId}/${place + 1}`,
    platformProductId: id(line.wareId),
    platformSkuId: line.skuId,
    outerSkuId: text(line.outerSkuId),
    name: text(line.skuName),
    quantity: Number(line.itemTotal),
    code: text(line.productNo),
    originPriceFen: fen(line.jdPrice),
    sumAmountFen: fen(line.jdPrice) * Number(line.itemTotal),
    status: ORDER_STATUS[order.orderState],
    platformStatus: order.orderState
  })
}

/** Names, numbers and addresses come in the open here, and are shown to nobody. */
function expectedReceiver ({ province, city, county }) {
  return present({ name: {}, phone: {}, detail: {}, province: text(province), city: text(city), town: text(county) })
}

function expectedOrder (order) {
  const amount = fen(order.orderTotalPrice) + fen(order.freightPrice)
  return present({
    platformOrderId: order.orderId,
    status: ORDER_STATUS[order.orderState],
    platformStatus: order.orderState,
    orderType: text(order.orderType),
    orderAmountFen: amount,
    payAmountFen: fen(order.shouldPay),
    promotionAmountFen: amount - fen(order.shouldPay),
    postAmountFen: fen(order.freightPrice),
    payType: text(order.payType),
    buyerWords: text(order.orderRemark),
    sellerWords: text(order.venderRemark),
    buyerOpenId: text(order.open_id_buyer),
    receiver: expectedReceiver(order.consigneeInfo),
    packages: order.waybill ? [present({ trackingNo: order.waybill, company: text(order.logisticsId) })] : [],
    items: order.itemInfoList.map((line, place) => expectedItem(line, place, order)),
    platformCreatedAt: beijing(order.orderStartTime),
    platformUpdatedAt: beijing(order.modified),
    paidAt: beijing(order.paymentConfirmTime),
    finishedAt: beijing(order.orderEndTime)
  })
}

/** An application before shipment: money in fen, times as text. */
function expectedRefund (refund) {
  return present({
    platformRefundId: refund.id,
    platformOrderId: refund.orderId,
    kind: 'refund_only',
    platformKind: 'refundapply',
    platformStatus: String(refund.status),
    refundAmountFen: refund.applyRefundSum,
    reason: text(refund.reason),
    platformCreatedAt: beijing(refund.applyTime),
    platformUpdatedAt: beijing(refund.modified)
  })
}

const EXPECT = { 10: 'return_refund', 20: 'exchange', 30: 'repair' }

/** A case after shipment: no money, times in milliseconds. Both have ids of their own. */
function expectedService (service) {
  return present({
    platformRefundId: `asc-${service.serviceId}`,
    platformOrderId: service.orderId,
    kind: EXPECT[service.customerExpect],
    platformKind: String(service.customerExpect),
    platformStatus: String(service.serviceStatus),
    platformSkuId: text(service.skuId),
    reason: text(service.applyReason),
    platformCreatedAt: millis(service.applyTime),
    platformUpdatedAt: millis(service.updateTime)
  })
}

/** No list shows what was deleted. */
function isListed (ware) {
  return ware.wareStatus !== DELETED
}

module.exports = { order: expectedOrder, product: expectedProduct, refund: expectedRefund, service: expectedService, isListed, unclaimed: { product: ['status', 'extraJson', 'skus.extraJson'], refund: ['status', 'extra'] } }
