'use strict'
// Answers and refusals: fact sheet 3.2 to 3.4 and 6. Trees are built in the simplified form, lists as plain arrays, and
// rendered as the caller asked.
const { write } = require('../../json')
const { rootOf } = require('./sign')
const { renderXml } = require('./xml')

// name: [code, msg, sub_code, sub_msg]. Where the sheet leaves a choice, this table is the sandbox's (README).
const REFUSALS = {
  methodMissing: [21, 'Missing Method'],
  methodInvalid: [22, 'Invalid Method'],
  formatInvalid: [23, 'Invalid Format'],
  signatureMissing: [24, 'Missing Signature'],
  signatureInvalid: [25, 'Invalid Signature'], // plain, without a sub_code
  sessionMissing: [26, 'Missing Session', 'session-is-blank', 'session 为空'],
  tokenExpired: [27, 'Invalid Session', 'invalid-sessionkey', 'SessionKey非法'],
  authorizationClosed: [27, 'Invalid Session', 'invalid-sessionkey', 'SessionKey非法'], // 2.6: it does not tell which
  tokenUnknown: [27, 'Invalid Session', 'session-not-exist', 'session 不存在'],
  tokenOfOtherApp: [27, 'Invalid Session', 'sessionkey-not-generated-by-server', 'session 与应用不匹配'],
  tierEnded: [53, 'Remote security authorize error', 'isv.*-security-authorize-invalid', '授权等级已过期，请重新授权'],
  appKeyMissing: [28, 'Missing App Key'],
  appUnknown: [29, 'Invalid App Key'],
  timestampMissing: [30, 'Missing Timestamp'],
  timestampInvalid: [31, 'Invalid Timestamp'],
  versionMissing: [32, 'Missing Version'],
  versionInvalid: [33, 'Invalid Version'],
  verbInvalid: [9, 'Http Action Not Allowed'],
  uploadFail: [3, 'Upload Fail'],
  parameterMissing: [40, 'Missing Required Arguments', 'isv.missing-parameter:*', '缺少必选参数'],
  parameterInvalid: [41, 'Invalid Arguments', 'isv.invalid-parameter:*', '非法的参数'],
  parameterMismatch: [15, 'Remote service error', 'isv.parameters-mismatch', '参数之间不匹配'],
  oaidFields: [15, 'Remote service error', 'isv.oaid-field-miss', '查询 oaid 需要的字段不全'],
  noPermission: [11, 'Insufficient isv permissions', 'isv.permission-api-package-limit', '应用没有该接口的权限'],
  tradeNotExist: [15, 'Remote service error', 'isv.trade-not-exist:*', '交易不存在'],
  itemNotExist: [15, 'Remote service error', 'isv.item-not-exist:*', '商品不存在'],
  itemDeleted: [15, 'Remote service error', 'isv.item-is-delete:*', '商品已删除'],
  refundNotExist: [15, 'Remote service error', 'isv.refund-not-exist:*', '退款不存在'],
  skuNotExist: [15, 'Remote service error', 'isv.sku-not-exist:*', 'SKU不存在'],
  recordNotExist: [15, 'Remote service error', 'isv.record-not-exist:*', '数据不存在'],
  notFound: [15, 'Remote service error', 'isv.record-not-exist:sandbox', '数据不存在'],
  itemRejected: [15, 'Remote service error', 'isv.item-update-service-error:*', '商品信息不符合要求'],
  foodSecurity: [15, 'Remote service error', 'isv.error-food-security-required', '食品类商品必须填写食品安全信息'],
  closeTooFast: [15, 'Remote service error', 'CLOSE_TRADE_TOO_FAST', '交易创建10秒内不能关闭'],
  tradeState: [15, 'Remote service error', 'isv.trade-status-invalid', '交易当前状态不支持该操作'],
  refundState: [15, 'Remote service error', 'isv.refund-status-invalid', '退款当前状态不支持该操作'],
  refundVersion: [15, 'Remote service error', 'isv.refund-version-invalid', '退款已更新，请刷新后重试'],
  waybillInvalid: [15, 'Remote service error', 'isv.waybill-format-invalid', '运单号不符合该物流公司的规则'],
  businessError: [15, 'Remote service error', 'isv.parameters-mismatch:sandbox', '参数之间不匹配'],
  serviceError: [15, 'Remote service error', 'isp.service-unavailable', '服务暂不可用'],
  // Without isv. or isp. in front: those would say whose side it is on.
  unknownCode: [47110, 'Unknown Error', 'sandbox.never-documented', '未知错误'],
  limited: [7, 'App Call Limited', 'accesscontrol.limited-by-api-access-count'],
  limitedToday: [7, 'App Call Limited', 'accesscontrol.limited-by-app-access-count'],
  limitedMethod: [7, 'App Call Limited', 'accesscontrol.limited-by-app-api-access-count']
}

/** A refusal by its name. `suffix` fills the place of the star in the sub_code, `seconds` is how long a ban lasts. */
function refuse (name, { suffix = 'sandbox', detail, seconds = 1 } = {}) {
  const [code, msg, subCode, subMsg] = REFUSALS[name]
  const ban = code === 7 ? `This ban will last for ${seconds} more seconds` : undefined
  return { refused: name, code, msg, subCode: subCode?.replace('*', suffix), subMsg: detail ?? ban ?? subMsg }
}

// What one element of a list is called in the full form (3.3). The lower part is not in the sheet's list of names;
// where methods differ, the list says it itself with `named`.
const ELEMENTS = {
  trades: 'trade', orders: 'order', promotion_details: 'promotion_detail', items: 'item', skus: 'sku', item_imgs: 'item_img',
  prop_imgs: 'prop_img', refunds: 'refund', messages: 'tmc_message', receiver_list: 'receiver', coupons: 'coupon',
  pictures: 'picture', promotion_range_list: 'promotion_range', logistics_companies: 'logistics_company',
  item_cats: 'item_cat', seller_cats: 'seller_cat', mjs_promotion_list: 'mjs_promotion', item_promotion_list: 'item_promotion',
  trace_list: 'transit_step_info', results: 'result', result_list: 'map_data'
}

function named (element, list) {
  return Object.assign(list, { element })
}

function fullList (name, list) {
  if (list.length === 0) return {}
  const element = typeof list[0] === 'string' ? 'string' : list.element ?? ELEMENTS[name]
  if (!element) throw new Error(`no element name for the list ${name}`)
  return { [element]: list.map(full) }
}

/** The full form of a value: every list one level deeper. An empty list within a record is an object without members. */
function full (value) {
  if (value === null || typeof value !== 'object' || !isPlain(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, Array.isArray(member) ? fullList(name, member) : full(member)]))
}

function isPlain (value) {
  return Object.getPrototypeOf(value) === Object.prototype
}

/** A page without rows has no key for them (3.3). */
function withoutEmptyLists (tree) {
  return Object.fromEntries(Object.entries(tree).filter(([, member]) => !(Array.isArray(member) && member.length === 0)))
}

function errorTree ({ code, msg, subCode, subMsg }, requestId) {
  return { error_response: { code, msg, sub_code: subCode, sub_msg: subMsg, request_id: requestId } }
}

/** What goes over the wire: `{ type, text }`. `tree` is an answer in the simplified form or a refusal. */
function render (tree, { method, format, simplify, requestId }) {
  const simple = simplify && format === 'json' && !tree.refused
  const named = tree.refused
    ? errorTree(tree, requestId)
    : simple
      ? { ...withoutEmptyLists(tree), request_id: requestId }
      : { [rootOf(method)]: full({ ...withoutEmptyLists(tree), request_id: requestId }) }
  if (format === 'json') return { type: 'text/javascript;charset=UTF-8', text: write(named) }
  return { type: 'text/xml;charset=UTF-8', text: renderXml(named) }
}

module.exports = { REFUSALS, refuse, render, named }
