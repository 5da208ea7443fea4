'use strict'
// Under which key a method's answer stands, fact sheet 6, 12, 13 and 15: a rule, and the methods that do not follow it.

// null: the answer has no wrapper at all
const EXCEPTIONS = {
  'pdd.order.information.get': 'order_info_get_response',
  'pdd.order.number.list.increment.get': 'order_sn_increment_get_response',
  'pdd.refund.list.increment.get': 'refund_increment_get_response',
  'pdd.goods.authorization.cats': 'goods_auth_cats_get_response',
  'pdd.goods.cat.rule.get': 'cat_rule_get_response',
  'pdd.goods.commit.detail.get': 'goods_commit_detail_response',
  'pdd.goods.information.get': 'goods_info_get_response',
  'pdd.goods.information.update': 'goods_update_response',
  'pdd.goods.edit.goods.commit': 'goods_update_response',
  'pdd.goods.submit.goods.commit': 'goods_update_response',
  'pdd.goods.sku.price.update': 'goods_update_sku_price_response',
  'pdd.goods.skus.get': 'goods_sku_get_response',
  'pdd.goods.file.info.get': 'goods_file_info_response',
  'pdd.goods.cat.template.get': 'open_api_response',
  'pdd.logistics.ordertrace.get': 'logistics_ordertrace_get_resposne',
  'pdd.promotion.goods.coupon.list.get': 'goods_coupon_batch_list_response',
  'pdd.promotion.merchant.coupon.list.get': 'merchant_coupon_batch_list_response',
  'pdd.promotion.goods.coupon.create': 'goods_coupon_batch_create_response',
  'pdd.promotion.home.coupon.create': 'home_coupon_batch_create_response',
  'pdd.ddk.member.authority.query': 'authority_query_response',
  'pdd.ddk.goods.pid.generate': 'p_id_generate_response',
  'pdd.ddk.order.list.increment.get': 'order_list_get_response',
  'pdd.ddk.order.list.range.get': 'order_list_get_response',
  'pdd.pmc.user.cancel': 'tmc_user_cancel_response',
  'pdd.pmc.accrue.query': 'pmc_user_get_response',
  'pdd.order.note.update': 'response',
  'pdd.refund.information.get': null
}

const FAMILIES = [
  [/^pdd\.delete\./, 'open_api_response'],
  [/^pdd\.live\.(video|img)\.mall\./, 'response'],
  [/^pdd\.promotion\.limited\./, null],
  [/^pdd\.goods\.cps\.(mall\.)?unit\./, null],
  [/^pdd\.goods\.material\./, null]
]

/** The key, or null when the answer's members stand at the top. */
function wrapperOf (method) {
  if (method in EXCEPTIONS) return EXCEPTIONS[method]
  const family = FAMILIES.find(([pattern]) => pattern.test(method))
  if (family) return family[1]
  return `${method.replace(/^pdd\.(ddk\.)?/, '').replaceAll('.', '_')}_response`
}

module.exports = { wrapperOf, EXCEPTIONS }
