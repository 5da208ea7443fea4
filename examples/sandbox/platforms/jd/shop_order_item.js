'use strict'
// A record of jingdong.shop.order.get, fact sheet 10.5: numeric ids, millisecond times, number prices, states of its own.
// The sheet gives no field names: they are those of a public Go kit (XiBao/jos, JdOrderInfo). It has no time of change,
// no amount but one, and of the buyer only where the order goes.
const { yuanNumber } = require('./money')
const { factsOf } = require('./order_facts')

// By the words beside the states: WAIT_DELIVERY is 等待出库 and WAIT_SHIPMENTS 等待发货, as they stand beside the pop
// family's. None of the states is "on its way"; that a shipped order keeps WAIT_SHIPMENTS is a guess.
const STATES = {
  NOT_PAY: 'NOT_PAY', WAIT_SELLER_STOCK_OUT: 'WAIT_DELIVERY', WAIT_SELLER_DELIVERY: 'WAIT_SHIPMENTS', WAIT_GOODS_RECEIVE_CONFIRM: 'WAIT_SHIPMENTS',
  POP_ORDER_PAUSE: 'SUSPEND', PAUSE: 'SUSPEND', LOCKED: 'LOCK', FINISHED_L: 'FINISH', TRADE_CANCELED: 'CANCEL'
}
const ON_REQUEST = ['orderType'] // only returned when optional_fields names it

function milliseconds (seconds) {
  return seconds ? seconds * 1000 : undefined
}

function skuInfo ({ ware, sku, number }) {
  return { skuId: sku.id, skuName: [ware.title, sku.colour, sku.size].join(' '), number, skuPrice: yuanNumber(sku.price), wareId: ware.id }
}

function shopOrderItem (version, shop, names) {
  const { lines, amounts, buyer: { place }, payType } = factsOf(version, shop)
  const state = version.set?.orderState ?? version.status
  const ended = milliseconds(version.endTime)
  const item = {
    orderId: BigInt(version.id),
    shopId: BigInt(shop.id),
    orderType: 22,
    status: STATES[state] ?? state,
    paymentType: String(payType),
    orderPrice: yuanNumber(amounts.goods), // which of the amounts it is, nothing says
    orderCreated: milliseconds(version.createTime),
    paymentConfirmTime: milliseconds(version.payTime),
    deliveryTime: milliseconds(version.shipTime),
    orderEndTime: state === 'TRADE_CANCELED' ? undefined : ended,
    orderCancelTime: state === 'TRADE_CANCELED' ? ended : undefined,
    province: place.province[1],
    city: place.city[1],
    county: place.county[1],
    skus: lines.map(skuInfo)
  }
  for (const name of ON_REQUEST) if (!names.includes(name)) delete item[name]
  return item
}

module.exports = { shopOrderItem, STATES }
