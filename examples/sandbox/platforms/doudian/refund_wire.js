'use strict'
// What an after-sale case looks like on the wire: texts for ids and `aftersale_…` in the list, integers and
// `after_sale_…` in the detail. Amounts are fen, times unix seconds in both. The refund's amount includes its postage.
const { Random } = require('../../random')
const { viewOf } = require('./order_seed')
const { RETURNED, SENT, EXCHANGED, RETURN, REFUND_ONLY, BEFORE_SHIPPING, EXCHANGE } = require('./refund_seed')

const DEADLINE_S = 2 * 86400
const TYPE_TEXTS = { [RETURN]: '退货退款', [REFUND_ONLY]: '已发货仅退款', [BEFORE_SHIPPING]: '未发货仅退款', [EXCHANGE]: '换货' }
const STATUS_TEXTS = { 6: '待商家处理', 7: '待买家退货', 8: '待商家发货', 11: '待商家收货', 12: '售后成功', 13: '换货待买家收货', 14: '换货成功', 27: '商家拒绝售后', 28: '售后关闭', 29: '商家拒绝退货' }
const REASONS = ['多拍/拍错/不想要', '质量问题', '商品与描述不符', '尺码不合适', '发货太慢', '七天无理由退货', '包裹破损 & "漏液"', '其他']
const ENDED = [12, 14, 28]
const ON_THE_WAY_BACK = [RETURNED, 8, SENT, EXCHANGED]

/** What a case is about and how much: all of the line or half of it, and its postage only as long as nothing was sent. */
function factsOf (version, shop) {
  const { lines, item } = viewOf(version.order, shop)
  const line = item.sku_order_list[0]
  const goods = version.type === EXCHANGE ? 0 : version.half ? Math.floor((line.pay_amount - line.post_amount) / 2) : line.pay_amount - line.post_amount
  const post = version.type === BEFORE_SHIPPING && !version.half ? line.post_amount : 0
  const random = new Random(version.look)
  const reason = random.pick(REASONS)
  const remark = random.chance(0.3) ? '已与买家电话沟通' : ''
  const sentBack = (version.type === RETURN || version.type === EXCHANGE) && (version.status === 12 || ON_THE_WAY_BACK.includes(version.status))
  return {
    line, sku: lines[0].sku, goods, post, total: goods + post, reason, remark,
    reasonCode: 1 + REASONS.indexOf(reason), tracking: sentBack ? `SF${random.digits(12)}` : '',
    deadline: ENDED.includes(version.status) ? 0 : version.updateTime + DEADLINE_S
  }
}

function skuSpec (sku) {
  return [{ name: '颜色', value: sku.colour }, { name: '尺码', value: sku.size }]
}

function exchangeSku (version, { line }) {
  if (version.type !== EXCHANGE) return null
  return { sku_id: String(line.sku_id), code: line.code, num: line.item_num, out_sku_id: String(line.out_sku_id), name: line.product_name, price: String(line.origin_amount), url: '', spec_desc: '', out_warehouse_id: '', supplier_id: '' }
}

function listedInfo (version, facts) {
  const { line } = facts
  const info = {
    aftersale_id: version.id,
    aftersale_order_type: 1,
    aftersale_type: version.type,
    aftersale_status: version.status,
    related_id: line.order_id,
    apply_time: version.createTime,
    create_time: version.createTime,
    update_time: version.updateTime,
    status_deadline: facts.deadline,
    refund_amount: facts.total,
    refund_post_amount: facts.post,
    refund_tax_amount: 0,
    return_promotion_amount: 0,
    aftersale_num: line.item_num,
    part_type: version.half ? 1 : 0,
    aftersale_refund_type: 0,
    refund_type: 0,
    refund_status: version.money,
    arbitrate_status: 0,
    arbitrate_blame: 0,
    left_urge_sms_count: 3,
    return_logistics_code: facts.tracking,
    return_logistics_company_name: facts.tracking ? '顺丰速运' : '',
    exchange_logistics_company_name: version.type === EXCHANGE && [SENT, EXCHANGED].includes(version.status) ? '圆通快递' : '',
    exchange_sku_info: exchangeSku(version, facts),
    got_pkg: version.type === BEFORE_SHIPPING ? 0 : 1,
    remark: facts.remark,
    risk_decision_code: 0,
    risk_decision_reason: '',
    risk_decision_description: '',
    order_logistics: [],
    reason_second_labels: [],
    aftersale_tags: [],
    store_id: 0,
    store_name: ''
  }
  return Object.assign(info, version.set)
}

function relatedOrder (version, { line, sku, goods, post }) {
  return {
    sku_order_id: line.order_id,
    order_status: version.order.status,
    pay_amount: line.pay_amount,
    post_amount: line.post_amount,
    item_num: line.item_num,
    create_time: version.order.createTime,
    tax_amount: 0,
    is_oversea_order: 0,
    product_name: line.product_name,
    product_id: line.product_id,
    product_image: '',
    tags: [],
    sku_spec: skuSpec(sku),
    shop_sku_code: line.code,
    logistics_code: '',
    aftersale_pay_amount: goods,
    aftersale_post_amount: post,
    aftersale_tax_amount: 0,
    aftersale_item_num: line.item_num,
    promotion_pay_amount: line.promotion_amount,
    price: line.origin_amount,
    given_sku_order_ids: []
  }
}

/** An element of items: the case, its order and texts for people. */
function refundItem (version, shop) {
  const facts = factsOf(version, shop)
  return {
    aftersale_info: listedInfo(version, facts),
    order_info: { shop_order_id: version.orderId, related_order_info: [relatedOrder(version, facts)], order_flag: 0 },
    text_part: {
      aftersale_type_text: TYPE_TEXTS[version.type],
      aftersale_status_text: STATUS_TEXTS[version.status] ?? '',
      aftersale_refund_type_text: '订单货款',
      reason_text: facts.reason,
      logistics_text: '',
      return_logistics_text: facts.tracking ? '已发货' : '',
      bad_item_text: '',
      arbitrate_status_text: ''
    },
    seller_logs: []
  }
}

const DETAIL_NAMES = { aftersale_type: 'after_sale_type', aftersale_status: 'after_sale_status', refund_amount: 'refund_total_amount' }

/** What was edited under the list's names, under those of the detail. */
function editedDetail (set) {
  return Object.fromEntries(Object.entries(set ?? {}).map(([name, value]) => [DETAIL_NAMES[name] ?? name, value]))
}

function detailInfo (version, facts) {
  const info = {
    after_sale_id: BigInt(version.id),
    after_sale_order_type: 1,
    after_sale_type: version.type,
    after_sale_type_text: TYPE_TEXTS[version.type],
    after_sale_status: version.status,
    after_sale_status_desc: STATUS_TEXTS[version.status] ?? '',
    refund_type: 0,
    refund_type_text: '',
    refund_status: version.money,
    refund_total_amount: facts.total,
    refund_post_amount: facts.post,
    refund_promotion_amount: 0,
    real_refund_amount: version.money === 3 ? facts.total : 0,
    apply_time: version.createTime,
    update_time: version.updateTime,
    status_deadline: facts.deadline,
    reason: facts.reason,
    reason_code: facts.reasonCode,
    reason_remark: '',
    reason_second_labels: [],
    evidence: [],
    after_sale_apply_count: facts.line.item_num,
    need_return_count: version.type === RETURN ? facts.line.item_num : 0,
    got_pkg: version.type === BEFORE_SHIPPING ? 0 : 1,
    part_type: version.half ? 1 : 0,
    exchange_sku_info: exchangeSku(version, facts),
    aftersale_tags: [],
    store_id: '',
    store_name: ''
  }
  return Object.assign(info, editedDetail(version.set))
}

function detailOrder (version, { line, sku, total }) {
  return {
    shop_order_id: BigInt(version.orderId),
    sku_order_infos: [{
      sku_order_id: BigInt(line.order_id),
      order_status: version.order.status,
      pay_amount: line.pay_amount,
      post_amount: line.post_amount,
      item_quantity: line.item_num,
      create_time: version.order.createTime,
      tax_amount: 0,
      is_oversea_order: 0,
      product_name: line.product_name,
      product_id: line.product_id,
      product_image: '',
      tags: [],
      sku_spec: skuSpec(sku),
      shop_sku_code: line.code,
      sku_id: line.sku_id,
      item_sum_amount: line.sum_amount,
      sku_pay_amount: line.pay_amount,
      promotion_amount: line.promotion_amount,
      pay_type: 1,
      insurance_tags: [],
      after_sale_item_count: total > 0 ? line.item_num : 0,
      given_sku_details: []
    }]
  }
}

/** What afterSale.Detail answers. */
function refundDetail (version, shop) {
  const facts = factsOf(version, shop)
  const back = facts.tracking ? { tracking_no: facts.tracking, company_name: '顺丰速运', company_code: 'shunfeng', logistics_time: version.updateTime } : null
  return {
    process_info: {
      after_sale_info: detailInfo(version, facts),
      arbitrate_info: null,
      after_sale_service_tag: { after_sale_service_tag: [] },
      logistics_info: { return: back, exchange: null, order: [], resend: null },
      after_sale_shop_remarks: facts.remark ? [{ order_id: BigInt(version.orderId), after_sale_id: BigInt(version.id), remark: facts.remark, create_time: version.createTime, operator: '客服01' }] : [],
      price_protection_detail: null,
      record_logs_list: []
    },
    order_info: detailOrder(version, facts)
  }
}

module.exports = { refundItem, refundDetail }
