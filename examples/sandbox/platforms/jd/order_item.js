'use strict'
// `orderInfo` of the pop family, fact sheet 10.3: every scalar is text but one. The `en` form masks buyers and adds
// ciphertext twins.
const { shanghaiText } = require('../../clock')
const { yuanText } = require('./money')
const { encrypterOf } = require('./tde')
const { factsOf, maskName, maskMobile, maskAddress } = require('./order_facts')

const UNSET_TIMES = ['0001-01-01 00:00:00', '1970-01-01 00:00:00'] // both were seen
const PAYMENT_KEPT_UNTIL = Date.UTC(2024, 8, 30, 16) / 1000 // orderPayment is "no longer maintained since 2024-10"
const STATE_REMARKS = {
  NOT_PAY: '等待付款', WAIT_SELLER_STOCK_OUT: '等待出库', WAIT_GOODS_RECEIVE_CONFIRM: '等待确认收货', FINISHED_L: '完成',
  TRADE_CANCELED: '取消', LOCKED: '已锁定', POP_ORDER_PAUSE: '暂停'
}

function timeText (seconds, version) {
  return seconds ? shanghaiText(seconds) : UNSET_TIMES[version.look % 2]
}

function plainConsignee ({ name, mobile, address, place }) {
  return {
    fullname: name, telephone: mobile, mobile, fullAddress: address, province: place.province[1], city: place.city[1], county: place.county[1],
    provinceId: place.province[0], cityId: place.city[0], countyId: place.county[0]
  }
}

function maskedConsignee (buyer, encrypt) {
  const plain = plainConsignee(buyer)
  const mobile = maskMobile(buyer.mobile)
  return {
    ...plain, fullname: maskName(buyer.name), telephone: mobile, mobile, fullAddress: maskAddress(buyer),
    encrypt_fullname: encrypt(buyer.name), encrypt_telephone: encrypt(buyer.mobile), encrypt_mobile: encrypt(buyer.mobile), encrypt_fullAddress: encrypt(buyer.address)
  }
}

function itemInfo ({ ware, sku, number }) {
  return {
    skuId: sku.id, outerSkuId: sku.outerId, skuName: [ware.title, sku.colour, sku.size].join(' '), jdPrice: yuanText(sku.price), wareId: ware.id,
    itemTotal: String(number), productNo: ware.itemNum, giftPoint: '0', newStoreId: '0'
  }
}

function couponDetail (version, { type, skuId, fen }) {
  return { orderId: version.id, skuId, couponType: type, couponPrice: yuanText(fen) }
}

function amountFields (version, { goods, seller, freight, pay, balance }) {
  return {
    orderTotalPrice: yuanText(goods),
    orderSellerPrice: yuanText(goods - seller),
    orderPayment: version.createTime < PAYMENT_KEPT_UNTIL ? yuanText(pay) : '0.00',
    shouldPay: yuanText(pay),
    actualPay: yuanText(version.payTime ? pay - balance : 0),
    freightPrice: yuanText(freight),
    sellerDiscount: yuanText(seller),
    balanceUsed: yuanText(balance)
  }
}

function timeFields (version) {
  return {
    orderStartTime: timeText(version.createTime, version),
    orderEndTime: timeText(version.endTime, version),
    paymentConfirmTime: timeText(version.payTime, version),
    modified: timeText(version.updateTime, version)
  }
}

function orderInfo (version, shop, facts, consigneeInfo) {
  const { lines, amounts, coupons, buyer, parcel } = facts
  const item = {
    orderId: version.id,
    venderId: shop.id,
    orderType: '22',
    payType: String(facts.payType),
    orderState: version.status,
    orderStateRemark: STATE_REMARKS[version.status] ?? '',
    ...amountFields(version, amounts),
    ...timeFields(version),
    orderRemark: facts.buyerRemark,
    venderRemark: facts.venderRemark,
    waybill: parcel?.numbers ?? '',
    logisticsId: parcel?.carrier ?? '',
    parentOrderId: '0',
    directParentOrderId: '0',
    returnOrder: '0',
    storeOrder: '',
    idSopShipmenttype: 68,
    invoiceEasyInfo: { invoiceType: '不需要开具发票' },
    vatInfo: {},
    consigneeInfo,
    itemInfoList: lines.map(itemInfo),
    couponDetailList: coupons.map(coupon => couponDetail(version, coupon)),
    open_id_buyer: buyer.openId,
    xid_buyer: buyer.xid
  }
  return Object.assign(item, version.set)
}

/** Renders plain orders of a shop. */
function plainOrders (shop) {
  return function plainOrder (version) {
    const facts = factsOf(version, shop)
    return orderInfo(version, shop, facts, plainConsignee(facts.buyer))
  }
}

/** Renders orders of a shop with masked and encrypted buyers. */
function maskedOrders (shop) {
  return function maskedOrder (version) {
    const facts = factsOf(version, shop)
    return orderInfo(version, shop, facts, maskedConsignee(facts.buyer, encrypterOf(shop, version.look)))
  }
}

module.exports = { plainOrders, maskedOrders }
