'use strict'
// What a refund looks like on the wire, fact sheet 11: yuan texts in the list; fen, milliseconds and other numbers for the
// same kinds in the detail. The names of the id and the times are not in the sheet.
const { Random } = require('../../random')
const { viewOf, timeText } = require('./order_wire')
const words = require('./words')

const EXPIRES_S = 3 * 86400

/** The list counts one more than the detail: its 1 is "all". */
function listedType (type) {
  return type + 1
}

function yuanText (fen) {
  return (fen / 100).toFixed(2)
}

function amountsOf (version, shop) {
  const { amounts, lines } = viewOf(version.order, shop)
  return { order: amounts.pay, refund: Math.floor((amounts.pay * version.share) / 100), discount: amounts.discount, line: lines[0] }
}

/** An element of refund_list. */
function refundItem (version, shop) {
  const { order, refund, discount, line } = amountsOf(version, shop)
  const random = new Random(version.look)
  const item = {
    id: Number(version.id),
    order_sn: version.orderSn,
    after_sales_type: listedType(version.type),
    after_sales_status: version.status,
    after_sale_reason: random.pick(words.refundReasons),
    goods_id: BigInt(line.goods.id),
    goods_name: line.goods.name,
    goods_number: line.count,
    sku_id: BigInt(line.sku.id),
    outer_id: line.sku.outerId,
    outer_goods_id: line.goods.outerId,
    order_amount: yuanText(order),
    refund_amount: yuanText(refund),
    discount_amount: yuanText(discount),
    tracking_number: version.type === 2 && version.status === 10 ? `9${random.digits(12)}` : '',
    created_time: timeText(version.createTime),
    updated_time: timeText(version.updateTime)
  }
  return Object.assign(item, version.set)
}

/** pdd.refund.information.get. */
function refundDetail (version, shop) {
  const { order, refund, line } = amountsOf(version, shop)
  return {
    id: Number(version.id),
    order_sn: version.orderSn,
    after_sales_type: version.type,
    after_sales_status: version.status,
    after_sales_reason: new Random(version.look).pick(words.refundReasons),
    goods_id: BigInt(line.goods.id),
    goods_name: line.goods.name,
    goods_number: String(line.count),
    goods_price: line.sku.multi,
    sku_id: BigInt(line.sku.id),
    order_amount: order,
    refund_amount: refund,
    confirm_time: version.createTime * 1000,
    expire_time: (version.updateTime + EXPIRES_S) * 1000,
    recreated_at: version.createTime * 1000
  }
}

module.exports = { refundItem, refundDetail, listedType }
