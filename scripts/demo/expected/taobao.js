'use strict'
// What the API should show of a record of 淘宝: written from the fact sheet, independent of the adapter.
// A field without a value is left out. Of further fields, kept as they came, nothing is expected.
const { present, text, fen, beijing } = require('./values')

const TRADE_STATUS = {
  TRADE_NO_CREATE_PAY: 'unpaid',
  WAIT_BUYER_PAY: 'unpaid',
  PAY_PENDING: 'unpaid',
  WAIT_PRE_AUTH_CONFIRM: 'unpaid',
  PAID_FORBID_CONSIGN: 'paid',
  WAIT_SELLER_SEND_GOODS: 'to_ship',
  SELLER_CONSIGNED_PART: 'part_shipped',
  WAIT_BUYER_CONFIRM_GOODS: 'shipped',
  TRADE_BUYER_SIGNED: 'shipped',
  TRADE_FINISHED: 'completed',
  TRADE_CLOSED: 'cancelled',
  TRADE_CLOSED_BY_TAOBAO: 'cancelled'
}
const REFUND_STATUS = {
  WAIT_SELLER_AGREE: 'requested',
  WAIT_BUYER_RETURN_GOODS: 'waiting_return',
  WAIT_SELLER_CONFIRM_GOODS: 'returned',
  SELLER_REFUSE_BUYER: 'refused',
  CLOSED: 'closed',
  SUCCESS: 'done'
}
const REFUND_KIND = {
  REFUND: 'refund_only',
  REFUND_AND_RETURN: 'return_refund',
  TMALL_EXCHANGE: 'exchange',
  TAOBAO_EXCHANGE: 'exchange',
  REPAIR: 'repair',
  RESHIPPING: 'resend'
}

/** An item without SKUs is sold as one that bears its own number. */
function skusOf (item) {
  if (item.skus.length > 0) return item.skus.map(sku => ({ id: sku.sku_id, ...sku }))
  return [{ id: item.num_iid, price: item.price, quantity: item.num, outer_id: item.outer_id }]
}

/** `pid:vid:property:value` for each option. */
function optionNames (properties) {
  return properties ? properties.split(';').map(one => one.split(':')[3]) : []
}

function expectedSku (sku) {
  return present({
    platformSkuId: sku.id,
    outerId: text(sku.outer_id),
    priceFen: fen(sku.price),
    stock: sku.quantity,
    specs: optionNames(sku.properties_name)
  })
}

function productStatus ({ approve_status: status, violation }) {
  if (violation) return 'banned'
  return status === 'onsale' ? 'on_sale' : 'off_sale'
}

function expectedProduct (item) {
  const skus = skusOf(item).map(expectedSku)
  return present({
    platformProductId: item.num_iid,
    name: item.title,
    status: productStatus(item),
    platformStatus: ['sold_out', 'violation_off_shelf'].includes(item.state) ? `${item.approve_status}/${item.state}` : item.approve_status,
    outerId: text(item.outer_id),
    categoryId: String(item.cid),
    description: text(item.desc),
    images: [item.pic_url],
    platformCreatedAt: beijing(item.created),
    platformUpdatedAt: beijing(item.modified),
    priceFen: Math.min(...skus.map(sku => sku.priceFen)),
    stock: skus.reduce((sum, sku) => sum + sku.stock, 0),
    skus
  })
}

function expectedItem (line) {
  return present({
    platformItemId: line.oid,
    platformProductId: line.num_iid,
    platformSkuId: text(line.sku_id) ?? line.num_iid,
    outerSkuId: text(line.outer_sku_id),
    code: text(line.outer_iid),
    name: text(line.title),
    quantity: line.num,
    originPriceFen: fen(line.price),
    sumAmountFen: fen(line.price) * line.num,
    payAmountFen: fen(line.divide_order_fee),
    status: TRADE_STATUS[line.status],
    platformStatus: line.status,
    refundStatus: line.refund_status === 'NO_REFUND' ? undefined : line.refund_status
  })
}

/** Masked texts stand beside one opaque id that the platform's own call turns into all three. */
function expectedReceiver (trade) {
  const field = masked => present({ masked: text(masked), cipher: text(trade.oaid) })
  return present({
    name: field(trade.receiver_name),
    phone: field(trade.receiver_mobile),
    detail: field(trade.receiver_address),
    province: text(trade.receiver_state),
    city: text(trade.receiver_city),
    town: text(trade.receiver_district),
    street: text(trade.receiver_town)
  })
}

/** Lines that travel together bear the same number. */
function expectedPackages (trade) {
  const parcels = new Map(trade.orders.filter(line => line.invoice_no).map(line => [line.invoice_no, line.logistics_company]))
  return [...parcels].map(([trackingNo, company]) => present({ trackingNo, company: text(company), shippedAt: beijing(trade.consign_time) }))
}

function expectedOrder (trade) {
  const amount = fen(trade.total_fee) + fen(trade.post_fee)
  return present({
    platformOrderId: trade.tid,
    status: TRADE_STATUS[trade.status],
    platformStatus: trade.status,
    orderType: text(trade.type),
    orderAmountFen: amount,
    payAmountFen: fen(trade.payment),
    promotionAmountFen: amount - fen(trade.payment),
    postAmountFen: fen(trade.post_fee),
    buyerWords: text(trade.buyer_message),
    sellerWords: text(trade.seller_memo),
    sellerStars: trade.seller_flag,
    buyerOpenId: text(trade.buyer_open_uid),
    receiver: expectedReceiver(trade),
    packages: expectedPackages(trade),
    items: trade.orders.map(expectedItem),
    platformCreatedAt: beijing(trade.created),
    platformUpdatedAt: beijing(trade.modified),
    paidAt: beijing(trade.pay_time),
    shippedAt: beijing(trade.consign_time),
    finishedAt: beijing(trade.end_time),
    payBy: trade.status === 'WAIT_BUYER_PAY' ? beijing(trade.timeout_action_time) : undefined
  })
}

function expectedRefund (refund) {
  return present({
    platformRefundId: refund.refund_id,
    platformOrderId: refund.tid,
    platformItemId: text(refund.oid),
    kind: REFUND_KIND[refund.dispute_type],
    platformKind: refund.dispute_type,
    status: REFUND_STATUS[refund.status],
    platformStatus: refund.status,
    refundAmountFen: fen(refund.refund_fee),
    reason: text(refund.reason),
    buyerWords: text(refund.desc),
    returnTrackingNo: text(refund.sid),
    returnCompany: text(refund.company_name),
    platformCreatedAt: beijing(refund.created),
    platformUpdatedAt: beijing(refund.modified)
  })
}

module.exports = { order: expectedOrder, product: expectedProduct, refund: expectedRefund, unclaimed: { product: ['extraJson', 'skus.extraJson'], refund: ['extra'] } }
