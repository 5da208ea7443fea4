'use strict'
// Where records and their fields are in each answer, for the faults that spoil them (fault_answer.js).
const { JSON_TEXT } = require('../../fault_answer')
const { rootOf } = require('./sign')

const TRADE = { id: 'tid', price: 'payment', status: 'status', text: 'seller_nick', time: 'modified', optional: ['pay_time', 'consign_time', 'end_time', 'buyer_open_uid', 'seller_memo', 'receiver_town'] }
const ITEM = { id: 'num_iid', price: 'price', status: 'approve_status', text: 'title', time: 'modified', optional: ['outer_id', 'pic_url', 'props', 'seller_cids', 'postage_id'] }
const SKU = { id: 'sku_id', price: 'price', status: 'status', text: 'properties_name', time: 'modified', optional: ['outer_id', 'barcode', 'with_hold_quantity'] }
const REFUND = { id: 'refund_id', price: 'refund_fee', status: 'status', text: 'reason', time: 'modified', optional: ['sid', 'company_name', 'desc', 'buyer_nick', 'good_status'] }
const COUPON = { id: 'coupon_id', price: 'denominations', status: 'creator', text: 'creator', time: 'end_time', optional: ['start_time'] }
const PICTURE = { id: 'picture_id', price: 'sizes', status: 'status', text: 'title', time: 'modified', optional: ['pixel', 'md5'] }

// method → [record, list key, element] of a list, or [record, key] of one record
const RECORDS = {
  'taobao.items.onsale.get': [ITEM, 'items', 'item'],
  'taobao.items.inventory.get': [ITEM, 'items', 'item'],
  'taobao.items.seller.list.get': [ITEM, 'items', 'item'],
  'taobao.items.custom.get': [ITEM, 'items', 'item'],
  'taobao.item.skus.get': [SKU, 'skus', 'sku'],
  'taobao.item.seller.get': [ITEM, 'item'],
  'taobao.trades.sold.get': [TRADE, 'trades', 'trade'],
  'taobao.trades.sold.increment.get': [TRADE, 'trades', 'trade'],
  'taobao.trades.sold.incrementv.get': [TRADE, 'trades', 'trade'],
  'taobao.trade.fullinfo.get': [TRADE, 'trade'],
  'taobao.trade.get': [TRADE, 'trade'],
  'taobao.refunds.receive.get': [REFUND, 'refunds', 'refund'],
  'taobao.refund.get': [REFUND, 'refund'],
  'taobao.promotion.coupons.get': [COUPON, 'coupons', 'coupon'],
  'taobao.picture.get': [PICTURE, 'pictures', 'picture']
}
const TOKENS = ['taobao.top.auth.token.create', 'taobao.top.auth.token.refresh']

function tokenShape (root) {
  const within = [...root, 'token_result', JSON_TEXT]
  return { shop: [...within, 'taobao_user_id'], refresh: [...within, 'refresh_token'], expires: [...within, 'expires_in'] }
}

/** The shape of a success, or null when it has no records. */
function shapeOf (method, simplify) {
  const root = simplify ? [] : [rootOf(method)]
  if (TOKENS.includes(method)) return tokenShape(root)
  const found = RECORDS[method]
  if (!found) return null
  const [record, key, element] = found
  if (!element) return { ...record, record: [...root, key] }
  const list = [...root, key]
  return { ...record, rows: simplify ? list : [...list, element], list, total: [...root, 'total_results'], more: [...root, 'has_next'] }
}

module.exports = { shapeOf }
