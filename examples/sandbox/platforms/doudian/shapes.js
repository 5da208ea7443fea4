'use strict'
// Where records and their fields are in each answer, for the faults that spoil them (fault_answer.js).

const PRODUCT_OPTIONAL = ['img', 'description', 'outer_product_id', 'extra', 'category_detail', 'spec_id']
const ORDER_OPTIONAL = ['buyer_words', 'seller_words', 'pay_time', 'ship_time', 'logistics_info', 'mask_post_receiver', 'post_addr']
const PRODUCT = { id: 'product_id', price: 'discount_price', status: 'status', text: 'name', time: 'update_time', optional: PRODUCT_OPTIONAL }
const ORDER = { id: 'order_id', price: 'pay_amount', status: 'order_status', text: 'buyer_words', time: 'update_time', optional: ORDER_OPTIONAL }
const REFUND_OPTIONAL = ['remark', 'return_logistics_code', 'return_logistics_company_name', 'exchange_sku_info', 'got_pkg', 'refund_post_amount']
const REFUND = { id: 'aftersale_id', price: 'refund_amount', status: 'aftersale_status', text: 'remark', time: 'update_time', optional: REFUND_OPTIONAL, within: 'aftersale_info' }
const REFUND_DETAIL = { id: 'after_sale_id', price: 'refund_total_amount', status: 'after_sale_status', text: 'reason', time: 'update_time', optional: ['reason', 'refund_post_amount', 'got_pkg'] }
const TOKEN = { shop: ['data', 'shop_id'], refresh: ['data', 'refresh_token'], expires: ['data', 'expires_in'] }

const SHAPES = {
  'token.create': TOKEN,
  'token.refresh': TOKEN,
  'product.listV2': { ...PRODUCT, rows: ['data', 'data'], total: ['data', 'total'] },
  'product.detail': { ...PRODUCT, record: ['data'] },
  'product.auditList': { id: 'product_id', price: 'publish_time', status: 'publish_status', text: 'title', time: 'audit_time', optional: ['img_url', 'audit_reason'], rows: ['data', 'records'], total: ['data', 'total'] },
  'material.queryMaterialDetail': { id: 'material_id', price: 'size', status: 'audit_status', text: 'materil_name', time: 'update_time', optional: ['photo_info', 'audit_reject_desc'], record: ['data', 'material_info'] },
  'sku.list': { id: 'id', price: 'price', status: 'sku_type', text: 'spec_detail_name1', time: 'create_time', optional: ['code', 'outer_sku_id', 'sell_properties'], rows: ['data'] },
  'order.searchList': { ...ORDER, rows: ['data', 'shop_order_list'], total: ['data', 'total'] },
  'order.orderDetail': { ...ORDER, record: ['data', 'shop_order_detail'] },
  'order.batchDecrypt': { id: 'auth_id', price: 'expire_time', status: 'err_no', text: 'decrypt_text', time: 'expire_time', optional: ['phone_no_a', 'phone_no_b', 'data_type'], rows: ['data', 'decrypt_infos'] },
  'afterSale.List': { ...REFUND, rows: ['data', 'items'], total: ['data', 'total'], more: ['data', 'has_more'] },
  'afterSale.Detail': { ...REFUND_DETAIL, record: ['data', 'process_info', 'after_sale_info'] }
}

module.exports = { SHAPES }
