'use strict'
// What an order looks like on the wire, fact sheet 10, 16 and 17. Money is yuan as a JSON number, times are texts.
const { Random } = require('../../random')
const { shanghaiText } = require('../../clock')
const { buyerOf, buyerFields } = require('./buyer')
const words = require('./words')

// order_status, confirm_status, group_status, risk_control_status. There is no value for unpaid or cancelled, so those
// say 1 like an order that waits for shipment.
const STATES = {
  unpaid: [1, 0, 0, 0], grouping: [1, 0, 0, 0], risk: [1, 1, 1, 1], toShip: [1, 1, 1, 0],
  shipped: [2, 1, 1, 0], signed: [3, 1, 1, 0], cancelled: [1, 2, 2, 0]
}
const CLOSED_REFUNDS = [0, 9, 11, 12, 13]
const REFUNDING = [4, 5]
const REFUNDED = 10

/** Fen as yuan; the quotient's shortest form is the exact decimal. */
function yuan (fen) {
  return fen / 100
}

function timeText (second) {
  return second ? shanghaiText(second) : ''
}

/** 1 none or closed, 2 in process, 3 refunding, 4 refunded. */
function refundStatus ({ afterSales }) {
  if (!afterSales || CLOSED_REFUNDS.includes(afterSales.status)) return 1
  if (REFUNDING.includes(afterSales.status)) return 3
  return afterSales.status === REFUNDED ? 4 : 2
}

function linesOf (shop, random) {
  return Array.from({ length: random.weighted([[1, 92], [2, 8]]) }, () => {
    const goods = random.pick(shop.seededGoods)
    return { goods, sku: random.pick(goods.skus), count: random.weighted([[1, 85], [2, 12], [6, 3]]) }
  })
}

/** goods = price × count − change; discount = platform + seller + group leader; pay = goods − discount + postage. */
function amountsOf (version, lines, random) {
  const sum = lines.reduce((total, { sku, count }) => total + sku.multi * count, 0)
  const change = random.chance(0.05) ? Math.min(100, sum) : 0
  const goods = sum - change
  const postage = random.chance(0.1) ? random.pick([600, 800]) : 0
  const platform = random.chance(0.3) ? Math.floor(goods * random.pick([0.03, 0.07])) : 0
  const wished = (random.chance(0.3) ? Math.floor(goods * 0.05) : 0) + version.extraDiscount
  const seller = Math.min(wished, goods - platform)
  return { change, goods, postage, platform, seller, discount: platform + seller, pay: goods - platform - seller + postage }
}

/** Everything about a version that its looks decide. */
function viewOf (version, shop) {
  const random = new Random(version.look)
  const lines = linesOf(shop, random)
  return { lines, amounts: amountsOf(version, lines, random), buyer: buyerOf(random), random }
}

function itemOf ({ goods, sku, count }, idOf) {
  return {
    goods_id: idOf(goods.id),
    goods_name: goods.name,
    goods_img: `https://img.pddpic.example.invalid/g/${goods.id}.jpeg`,
    goods_price: yuan(sku.multi),
    goods_count: count,
    goods_spec: sku.specs.map(spec => spec.name).join(','),
    sku_id: idOf(sku.id),
    outer_id: sku.outerId,
    outer_goods_id: goods.outerId
  }
}

function moneyFields ({ goods, discount, pay, postage, seller, platform, change }) {
  return {
    goods_amount: yuan(goods), discount_amount: yuan(discount), pay_amount: yuan(pay), postage: yuan(postage),
    seller_discount: yuan(seller), platform_discount: yuan(platform), order_change_amount: yuan(change)
  }
}

function timeFields (version) {
  return {
    created_time: timeText(version.createdAt), pay_time: timeText(version.payTime), confirm_time: timeText(version.confirmTime),
    shipping_time: timeText(version.shipTime), receive_time: timeText(version.signTime), updated_at: timeText(version.updateTime)
  }
}

function stateFields (version) {
  const [order, confirm, group, risk] = STATES[version.state]
  return {
    order_status: order, confirm_status: confirm, group_status: group, risk_control_status: risk,
    refund_status: refundStatus(version), after_sales_status: version.afterSales?.status ?? 0, trade_type: 0, step_trade_status: 0, is_lucky_flag: 1
  }
}

function shipmentOf (version, random) {
  const [id] = random.pick(words.companies.filter(company => company[3] === 1))
  const number = `7${random.digits(14)}`
  if (!version.shipTime) return { logistics_id: 0, tracking_number: '' }
  return { logistics_id: version.shipment?.companyId ?? id, tracking_number: version.shipment?.tracking ?? number }
}

/** Without anything of the buyer: what pdd.order.basic.list.get shows. */
function basicFields (version, { lines, amounts, random }, idOf) {
  const buyerMemo = random.pick(words.buyerMemos)
  const remark = random.pick(words.remarks)
  const shipment = shipmentOf(version, random)
  return {
    order_sn: version.id, ...stateFields(version), ...moneyFields(amounts), ...timeFields(version), buyer_memo: buyerMemo,
    remark: version.remark ?? remark, remark_tag: version.tag?.tag ?? 0, remark_tag_name: version.tag?.name ?? '', ...shipment,
    item_list: lines.map(line => itemOf(line, idOf))
  }
}

/** An order of the increment list and of the detail: ids are numbers. */
function orderItem (version, shop) {
  const view = viewOf(version, shop)
  return Object.assign(basicFields(version, view, BigInt), buyerFields(version, view.buyer), version.set)
}

/** The same order in pdd.order.list.get, where the ids of items are texts. */
function listedOrder (version, shop) {
  const view = viewOf(version, shop)
  return Object.assign(basicFields(version, view, String), buyerFields(version, view.buyer), version.set)
}

function basicOrder (version, shop) {
  return Object.assign(basicFields(version, viewOf(version, shop), BigInt), version.set)
}

/** Numeric order_status and whether the order is under review, for filters. */
function statusOf (version) {
  return STATES[version.state][0]
}

module.exports = { orderItem, listedOrder, basicOrder, viewOf, statusOf, refundStatus, yuan, timeText }
