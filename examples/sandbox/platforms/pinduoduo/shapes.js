'use strict'
// Where records and their fields are in each answer, for the faults that spoil them (fault_answer.js).
const { wrapperOf } = require('./wrappers')

const GOODS = { id: 'goods_id', price: 'goods_quantity', status: 'is_onsale', text: 'goods_name', time: 'created_at', optional: ['image_url', 'thumb_url', 'goods_reserve_quantity', 'is_more_sku'] }
const ORDER = { id: 'order_sn', price: 'pay_amount', status: 'order_status', text: 'buyer_memo', time: 'updated_at', optional: ['buyer_memo', 'remark', 'pay_time', 'shipping_time', 'tracking_number', 'receiver_name_mask', 'receiver_name'] }
const REFUND = { id: 'id', price: 'refund_amount', status: 'after_sales_status', text: 'after_sale_reason', time: 'updated_time', optional: ['tracking_number', 'goods_name', 'outer_id', 'discount_amount'] }
const PROMOTED = { id: 'order_sn', price: 'order_amount', status: 'order_status', text: 'goods_name', time: 'order_modify_at', optional: ['custom_parameters', 'order_receive_time', 'goods_thumbnail_url'] }
const FOUND = { id: 'goods_sign', price: 'min_group_price', status: 'has_coupon', text: 'goods_name', time: 'coupon_end_time', optional: ['goods_desc', 'coupon_discount', 'search_id'] }
const VIDEO = { id: 'video_id', price: 'video_id', status: 'audit_status', text: 'reject_reason', time: 'audit_status', optional: ['reject_reason'] }
const TOKEN = { shop: 'owner_id', refresh: 'refresh_token', expires: 'expires_in' }

// method → [the record, its path, more paths], below the wrapper
const TABLE = {
  'pdd.goods.list.get': [GOODS, { rows: ['goods_list'], total: ['total_count'] }],
  'pdd.goods.detail.get': [{ ...GOODS, price: 'market_price', status: 'status', time: 'created_at', optional: ['video_gallery', 'outer_goods_id', 'goods_desc'] }, { record: [] }],
  'pdd.order.list.get': [ORDER, { rows: ['order_list'], total: ['total_count'], more: ['has_next'] }],
  'pdd.order.basic.list.get': [ORDER, { rows: ['order_list'], total: ['total_count'], more: ['has_next'] }],
  'pdd.order.number.list.increment.get': [ORDER, { rows: ['order_sn_list'], total: ['total_count'], more: ['has_next'] }],
  'pdd.order.information.get': [ORDER, { record: ['order_info'] }],
  'pdd.refund.list.increment.get': [REFUND, { rows: ['refund_list'], total: ['total_count'] }],
  'pdd.refund.information.get': [{ ...REFUND, text: 'after_sales_reason', time: 'expire_time' }, { record: [] }],
  'pdd.ddk.order.list.increment.get': [PROMOTED, { rows: ['order_list'], total: ['total_count'] }],
  'pdd.ddk.order.list.range.get': [PROMOTED, { rows: ['order_list'] }],
  'pdd.live.video.mall.querymallvideoauditstatus': [VIDEO, { record: ['result'] }],
  'pdd.ddk.goods.search': [FOUND, { rows: ['goods_list'], total: ['total_count'] }]
}

/** Paths from the top of the answer. */
function shapeOf (method) {
  const base = wrapperOf(method) === null ? [] : [wrapperOf(method)]
  const below = paths => Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, [...base, ...(Array.isArray(path) ? path : [path])]]))
  if (method.startsWith('pdd.pop.auth.token.')) return below(TOKEN)
  if (!TABLE[method]) return undefined
  const [record, paths] = TABLE[method]
  return { ...record, ...below(paths) }
}

module.exports = { shapeOf }
