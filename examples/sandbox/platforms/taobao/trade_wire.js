'use strict'
// What a version of a trade looks like on the wire (fact sheet 5.6 and 5.7).
const { Random, deriveSeed } = require('../../random')
const { shanghaiText } = require('../../clock')
const { lineId, amountsOf } = require('./trade_money')
const { yuan } = require('./item_wire')
const words = require('./words')

const CIPHER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const UNPAID_LIFE_S = 1800

function time (second) {
  return second ? shanghaiText(second) : undefined
}

/** Who bought, in clear: only the decrypt call tells (5.7). */
function buyer (trade) {
  const random = new Random(deriveSeed(trade.look, 'buyer'))
  const [state, city, district, town] = random.pick(words.places)
  return {
    name: random.pick(words.surnames) + random.pick(words.givenNames),
    mobile: `1${random.pick(['38', '59', '86', '77'])}${random.digits(8)}`,
    phone: '',
    address: `${random.pick(words.streets)}${random.between(1, 999)}号${random.between(1, 30)}幢${random.between(101, 2805)}室`,
    state, city, district, town,
    oaid: `1${random.text(CIPHER, 60)}==`
  }
}

function masked (text, keep) {
  return text.slice(0, keep) + '*'.repeat(Math.max(3, text.length - keep))
}

/** Masked with stars; state, city, district and town are clear. */
function receiver (trade) {
  const { name, mobile, address, state, city, district, town, oaid } = buyer(trade)
  return {
    receiver_name: masked(name, 1),
    receiver_mobile: `${mobile.slice(0, 3)}******${mobile.slice(-2)}`,
    receiver_phone: '',
    receiver_address: masked(address, 3),
    receiver_state: state,
    receiver_city: city,
    receiver_district: district,
    receiver_town: town,
    receiver_zip: '000000',
    receiver_country: '',
    oaid
  }
}

function refundStatus (line) {
  return line.refund?.status ?? 'NO_REFUND'
}

function orderWire (trade, line, amounts) {
  const { item, sku, place } = line
  const money = amounts.lines[place]
  const shipment = trade.shipments.find(one => one.places.includes(place))
  return {
    oid: BigInt(lineId(trade, line)),
    num_iid: BigInt(item.id),
    sku_id: sku?.id,
    sku_properties_name: sku ? `颜色分类:${sku.colour[1]};尺码:${sku.size[1]}` : undefined,
    outer_iid: item.outerId,
    outer_sku_id: sku ? `${item.outerId}-${sku.position}` : undefined,
    title: item.title,
    pic_path: `https://img.example.invalid/${item.id}.jpg`,
    price: yuan(money.price),
    num: line.num,
    total_fee: yuan(money.total),
    payment: yuan(money.payment),
    discount_fee: yuan(money.discount),
    adjust_fee: yuan(money.adjust),
    divide_order_fee: yuan(money.divided),
    part_mjz_discount: yuan(money.promotion),
    status: trade.status === 'SELLER_CONSIGNED_PART' ? (line.shipped ? 'WAIT_BUYER_CONFIRM_GOODS' : 'WAIT_SELLER_SEND_GOODS') : trade.status,
    refund_status: refundStatus(line),
    refund_id: line.refund?.id,
    cid: item.leaf.cid,
    logistics_company: line.shipped ? shipment?.company ?? '圆通速递' : undefined,
    invoice_no: line.shipped ? shipment?.sid ?? `YT${String(trade.look).padStart(13, '0')}` : undefined,
    store_code: ''
  }
}

/** On a trade with one line, the item's fields are on the trade too; with several, `num` and they are not there. */
function loneLine (trade, order) {
  if (trade.lines.length > 1) return {}
  const { num_iid: numIid, num, price, title, pic_path: picture } = order
  return { num_iid: numIid, num, price, title, pic_path: picture }
}

function promotionDetails (trade, amounts) {
  if (amounts.promotion === 0) return []
  return [{ id: BigInt(trade.id), promotion_name: '满减', discount_fee: yuan(amounts.promotion), promotion_id: `mjs-${trade.look % 1000}`, promotion_desc: '满减优惠' }]
}

/** All fields of a trade; callers get those they list in `fields`, and lists leave some out. */
function tradeWire (trade, shop) {
  const amounts = amountsOf(trade)
  const orders = trade.lines.map(line => orderWire(trade, line, amounts))
  const wire = {
    tid: BigInt(trade.id),
    tid_str: trade.id,
    status: trade.status,
    type: trade.type,
    step_trade_status: trade.stepStatus ?? undefined,
    step_paid_fee: trade.stepStatus ? yuan(trade.stepStatus === 'FRONT_PAID_FINAL_PAID' ? amounts.payment : trade.stepStatus === 'FRONT_PAID_FINAL_NOPAID' ? Math.floor(amounts.payment / 10) : 0) : undefined,
    created: time(trade.createTime),
    modified: time(trade.updateTime),
    async_modified: time(trade.updateTime),
    pay_time: time(trade.payTime),
    consign_time: time(trade.shipTime),
    end_time: time(trade.endTime),
    timeout_action_time: trade.payTime ? undefined : time(trade.createTime + UNPAID_LIFE_S),
    payment: yuan(amounts.payment),
    total_fee: yuan(amounts.gross),
    discount_fee: yuan(amounts.discount),
    adjust_fee: yuan(amounts.adjust),
    post_fee: yuan(trade.post),
    received_payment: yuan(trade.status === 'TRADE_FINISHED' ? amounts.payment : 0),
    ...loneLine(trade, orders[0]),
    seller_nick: shop.nick,
    buyer_nick: '',
    buyer_open_uid: shop.buyerOf(trade),
    buyer_open_id: shop.buyerOf(trade),
    buyer_message: trade.message || undefined,
    seller_memo: trade.memo || undefined,
    seller_flag: trade.flag,
    shipping_type: trade.type === 'auto_delivery' ? 'virtual' : 'express',
    trade_from: trade.look % 3 === 0 ? 'WAP,WAP' : 'TAOBAO',
    ...receiver(trade),
    orders: orders.map(order => ({ ...order, oid_str: String(order.oid) })),
    promotion_details: promotionDetails(trade, amounts)
  }
  return Object.assign(wire, trade.set)
}

module.exports = { tradeWire, orderWire, buyer }
