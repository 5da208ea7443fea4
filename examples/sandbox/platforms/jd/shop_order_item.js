'use strict'
// A record of jingdong.shop.order.get, fact sheet 10.5: numeric ids, millisecond times, number prices, states of its own.
// The sheet gives no field names; those of the pop family are taken where the thing is the same.
const { yuanNumber } = require('./money')
const { factsOf, maskName, maskMobile, maskAddress } = require('./order_facts')

// WAIT_SHIPMENTS is read as "to be shipped", WAIT_DELIVERY as "on its way"; the sheet does not say which is which.
const STATES = {
  NOT_PAY: 'NOT_PAY', WAIT_SELLER_STOCK_OUT: 'WAIT_SHIPMENTS', WAIT_SELLER_DELIVERY: 'WAIT_DELIVERY', WAIT_GOODS_RECEIVE_CONFIRM: 'WAIT_DELIVERY',
  POP_ORDER_PAUSE: 'SUSPEND', PAUSE: 'SUSPEND', LOCKED: 'LOCK', FINISHED_L: 'FINISH', TRADE_CANCELED: 'CANCEL'
}

function milliseconds (seconds) {
  return seconds ? seconds * 1000 : null
}

function itemInfo ({ ware, sku, number }) {
  return {
    skuId: BigInt(sku.id), outerSkuId: sku.outerId, skuName: [ware.title, sku.colour, sku.size].join(' '), jdPrice: yuanNumber(sku.price),
    wareId: BigInt(ware.id), itemTotal: number, productNo: ware.itemNum
  }
}

function consignee (buyer) {
  const { place } = buyer
  const mobile = maskMobile(buyer.mobile)
  return { fullname: maskName(buyer.name), mobile, telephone: mobile, fullAddress: maskAddress(buyer), province: place.province[1], city: place.city[1], county: place.county[1] }
}

function shopOrderItem (version, shop) {
  const { lines, amounts, coupons, buyer, parcel, payType, buyerRemark, venderRemark } = factsOf(version, shop)
  const item = {
    orderId: BigInt(version.id),
    venderId: BigInt(shop.id),
    orderType: 22,
    payType,
    orderState: STATES[version.status] ?? version.status,
    orderStartTime: milliseconds(version.createTime),
    orderEndTime: milliseconds(version.endTime),
    paymentConfirmTime: milliseconds(version.payTime),
    modified: milliseconds(version.updateTime),
    orderTotalPrice: yuanNumber(amounts.goods),
    orderSellerPrice: yuanNumber(amounts.goods - amounts.seller),
    shouldPay: yuanNumber(amounts.pay),
    actualPay: yuanNumber(version.payTime ? amounts.pay - amounts.balance : 0),
    freightPrice: yuanNumber(amounts.freight),
    sellerDiscount: yuanNumber(amounts.seller),
    balanceUsed: yuanNumber(amounts.balance),
    orderRemark: buyerRemark,
    venderRemark,
    waybill: parcel?.numbers ?? '',
    logisticsId: parcel ? Number(parcel.carrier) : null,
    consigneeInfo: consignee(buyer),
    itemInfoList: lines.map(itemInfo),
    couponDetailList: coupons.map(({ type, skuId, fen }) => ({ couponType: Number(type), skuId: skuId ? BigInt(skuId) : null, couponPrice: yuanNumber(fen) }))
  }
  const { orderState: edited, ...rest } = version.set ?? {}
  return Object.assign(item, rest, edited === undefined ? {} : { orderState: STATES[edited] ?? edited })
}

module.exports = { shopOrderItem, STATES }
