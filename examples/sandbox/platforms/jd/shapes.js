'use strict'
// Where records and their fields are in each answer, for the faults that spoil them (fault_answer.js).
const { wrapperOf } = require('./envelope')

const TOKEN = { shop: ['uid'], refresh: ['refresh_token'], expires: ['expires_in'] }
const WARE = { id: 'wareId', price: 'jdPrice', status: 'wareStatus', text: 'title', time: 'modified', optional: ['outerId', 'itemNum', 'barCode', 'images', 'brandId', 'logo'] }
const SKU = { id: 'skuId', price: 'jdPrice', status: 'status', text: 'skuName', time: 'modified', optional: ['outerId', 'barCode', 'saleAttrs', 'logo'] }
const ORDER = {
  id: 'orderId', price: 'orderTotalPrice', status: 'orderState', text: 'orderRemark', time: 'modified',
  optional: ['orderRemark', 'venderRemark', 'paymentConfirmTime', 'waybill', 'logisticsId', 'consigneeInfo', 'couponDetailList']
}
const SHOP_ORDER = { id: 'orderId', price: 'orderPrice', status: 'status', text: 'province', time: 'orderCreated', optional: ['paymentConfirmTime', 'deliveryTime', 'orderEndTime', 'county'] }
const REFUND = { id: 'id', price: 'applyRefundSum', status: 'status', text: 'reason', time: 'modified', optional: ['checkTime', 'checkUserName', 'reason'] }
const SERVICE = { id: 'serviceId', price: 'skuId', status: 'serviceStatus', text: 'wareName', time: 'updateTime', optional: ['customerExpectName', 'wareName', 'applyReason'] }
const PROMOTION = { id: 'promo_id', price: 'favor_mode', status: 'promo_status', text: 'promo_name', time: 'modified', optional: ['slogan', 'comment', 'member'] }
const COUPON = { id: 'couponId', price: 'discount', status: 'type', text: 'name', time: 'created', optional: ['quota', 'grantType'] }
const SHOP = { id: 'vender_id', price: 'category_main', status: 'col_type', text: 'shop_name', time: 'open_time', optional: ['shop_name', 'category_main', 'brief'] }

// method without its prefix: [what a record is, path of the rows or the record, path of the total, whether no rows means no list]
const LISTS = {
  'ware.read.searchWare4Valid': [WARE, ['page', 'data'], ['page', 'totalItem']],
  'sku.read.searchSkuList': [SKU, ['page', 'data'], ['page', 'totalItem']],
  'pop.order.search': [ORDER, ['searchorderinfo_result', 'orderInfoList'], ['searchorderinfo_result', 'orderTotal'], true],
  'pop.order.enSearch': [ORDER, ['searchorderinfo_result', 'orderInfoList'], ['searchorderinfo_result', 'orderTotal'], true],
  'shop.order.get': [SHOP_ORDER, ['orderDetailResult', 'orders']],
  'pop.afs.soa.refundapply.queryPageList': [REFUND, ['queryResult', 'result'], ['queryResult', 'totalCount'], true],
  'asc.query.list': [SERVICE, ['pageResult', 'data'], ['pageResult', 'totalCount']],
  'seller.promotion.v2.list': [PROMOTION, ['promotion_list']],
  'seller.coupon.read.getCouponList': [COUPON, ['couponList']]
}
const RECORDS = {
  'seller.vender.info.get': [SHOP, ['vender_info_result']],
  'vender.shop.query': [SHOP, ['shop_jos_result']],
  'ware.read.findWareById': [WARE, ['ware']],
  'sku.read.findSkuById': [SKU, ['sku']],
  'pop.order.get': [ORDER, ['orderDetailInfo', 'orderInfo']],
  'pop.order.enGet': [ORDER, ['orderDetailInfo', 'orderInfo']],
  'seller.promotion.v2.get': [PROMOTION, ['jos_promotion']]
}

function listShape (method, [record, rows, total, absent]) {
  const wrapper = wrapperOf(method)
  const path = [wrapper, ...rows]
  return { ...record, rows: path, total: total && [wrapper, ...total], list: absent ? path : undefined }
}

const SHAPES = {
  'oauth2.access_token': TOKEN,
  'oauth2.refresh_token': TOKEN,
  ...Object.fromEntries(Object.entries(LISTS).map(([name, list]) => [`jingdong.${name}`, listShape(`jingdong.${name}`, list)])),
  ...Object.fromEntries(Object.entries(RECORDS).map(([name, [record, path]]) => [`jingdong.${name}`, { ...record, record: [wrapperOf(`jingdong.${name}`), ...path] }]))
}

module.exports = { SHAPES }
