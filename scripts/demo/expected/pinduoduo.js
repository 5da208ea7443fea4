'use strict'
// What the API should show of a record of 拼多多: written from the fact sheet, independent of the adapter.
// A field without a value is left out. Of further fields, kept as they came, nothing is expected; the truth has no
// ciphertexts, so nothing is expected of those either.
const { present, text, id, fen, beijing, millis } = require('./values')

const AFTER_SALES_STATUS = {
  2: 'requested',
  3: 'requested',
  4: 'processing',
  5: 'processing',
  6: 'refused',
  7: 'waiting_return',
  8: 'arbitration',
  9: 'closed',
  10: 'done',
  11: 'closed',
  12: 'closed',
  13: 'closed'
}
const AFTER_SALES_KIND = { 2: 'refund_only', 3: 'return_refund', 4: 'exchange', 5: 'resend', 6: 'repair' }

/** The group price is what buyers pay. */
function expectedSku (sku) {
  return present({
    platformSkuId: sku.sku_id,
    outerId: text(sku.out_sku_sn),
    priceFen: sku.multi_price,
    stock: sku.quantity,
    specs: sku.spec.map(spec => spec.spec_name)
  })
}

function expectedProduct (goods, all) {
  const skus = all.map(expectedSku)
  return present({
    platformProductId: goods.goods_id,
    name: goods.goods_name,
    status: goods.is_onsale === 1 ? 'on_sale' : 'off_sale',
    platformStatus: goods.is_onsale === 1 ? 'on' : 'off',
    outerId: text(goods.outer_goods_id),
    categoryId: String(goods.cat_id),
    images: goods.carousel_gallery_list,
    platformCreatedAt: millis(goods.created_at * 1000),
    priceFen: Math.min(...skus.map(sku => sku.priceFen)),
    stock: skus.reduce((sum, sku) => sum + sku.stock, 0),
    skus
  })
}

/** There is no value for unpaid and cancelled: they stand in other fields. */
function orderStatus (order) {
  if (order.confirm_status === 2) return 'cancelled'
  if (order.confirm_status === 0) return order.pay_time ? 'paid' : 'unpaid' // paid while its group is not full
  if (order.risk_control_status === 1) return 'paid' // not to be shipped yet
  return { 1: 'to_ship', 2: 'shipped', 3: 'completed' }[order.order_status]
}

/** Our text for where an order stands: the four numbers that tell it. */
function platformStatus (order) {
  return [order.order_status, order.confirm_status, order.group_status, order.risk_control_status].join('/')
}

/** Lines have no ids and states of their own: they are counted, and stand where the order does. */
function expectedItem (line, place, order) {
  return present({
    platformItemId: `${order.order_sn}/${place + 1}`,
    platformProductId: id(line.goods_id),
    platformSkuId: id(line.sku_id),
    outerSkuId: text(line.outer_id),
    name: text(line.goods_name),
    quantity: line.goods_count,
    code: text(line.outer_goods_id),
    originPriceFen: fen(line.goods_price),
    sumAmountFen: fen(line.goods_price) * line.goods_count,
    status: orderStatus(order),
    platformStatus: platformStatus(order),
    refundStatus: id(order.refund_status),
    afterSaleStatus: id(order.after_sales_status)
  })
}

function expectedReceiver (order) {
  const field = masked => present({ masked: text(masked) })
  return present({
    name: field(order.receiver_name_mask),
    phone: field(order.receiver_phone_mask),
    detail: field(order.receiver_address_mask),
    province: text(order.province),
    city: text(order.city),
    town: text(order.town)
  })
}

function expectedPackages (order) {
  if (!order.tracking_number) return []
  return [present({ trackingNo: order.tracking_number, company: id(order.logistics_id), shippedAt: beijing(order.shipping_time) })]
}

function expectedOrder (order) {
  return present({
    platformOrderId: order.order_sn,
    status: orderStatus(order),
    platformStatus: platformStatus(order),
    orderType: text(order.trade_type),
    orderAmountFen: fen(order.goods_amount) + fen(order.postage),
    payAmountFen: fen(order.pay_amount),
    postAmountFen: fen(order.postage),
    promotionAmountFen: fen(order.discount_amount),
    buyerWords: text(order.buyer_memo),
    sellerWords: text(order.remark),
    receiver: expectedReceiver(order),
    packages: expectedPackages(order),
    items: order.item_list.map((line, place) => expectedItem(line, place, order)),
    platformCreatedAt: beijing(order.created_time),
    platformUpdatedAt: beijing(order.updated_at),
    paidAt: beijing(order.pay_time),
    shippedAt: beijing(order.shipping_time),
    finishedAt: beijing(order.receive_time)
  })
}

function expectedRefund (refund) {
  return present({
    platformRefundId: String(refund.id),
    platformOrderId: refund.order_sn,
    kind: AFTER_SALES_KIND[refund.after_sales_type],
    platformKind: String(refund.after_sales_type),
    status: AFTER_SALES_STATUS[refund.after_sales_status],
    platformStatus: String(refund.after_sales_status),
    refundAmountFen: fen(refund.refund_amount),
    quantity: refund.goods_number,
    platformProductId: text(refund.goods_id),
    platformSkuId: text(refund.sku_id),
    reason: text(refund.after_sale_reason),
    returnTrackingNo: text(refund.tracking_number),
    platformCreatedAt: beijing(refund.created_time),
    platformUpdatedAt: beijing(refund.updated_time)
  })
}

const UNCLAIMED = {
  order: ['name', 'phone', 'detail'].map(field => `receiver.${field}.cipher`),
  product: ['extraJson', 'skus.extraJson'],
  refund: ['extra']
}

module.exports = { order: expectedOrder, product: expectedProduct, refund: expectedRefund, unclaimed: UNCLAIMED }
