'use strict'
// Answers and the table of refusals, fact sheet 6. A refusal has HTTP status 200 like everything else.
const { write } = require('../../json')
const { wrapperOf } = require('./wrappers')

// name: [error_code, error_msg, sub_code, sub_msg]. Gateway errors repeat their code as sub_code, or have null there; the
// sub_codes of 50001 are not known (20), so those are the sandbox's own.
const REFUSALS = {
  parameterBad: [10000, '参数错误'],
  publicParameter: [10001, '公共参数错误:'],
  clientUnknown: [10016, 'client_id错误或已被禁用'],
  typeUnknown: [10017, 'type错误'],
  tokenExpired: [10019, 'access_token已过期'],
  signatureInvalid: [20004, '签名sign校验失败'],
  ipRefused: [20005, 'ip不在白名单中'],
  notGranted: [20031, '用户没有授权访问此接口'],
  authorizationClosed: [20032, 'access_token或client_id错误'],
  tokenUnknown: [20032, 'access_token或client_id错误'],
  methodOffline: [20034, '接口已下线'],
  wrongGateway: [20035, '接口不属于当前网关'],
  businessParameter: [21001, '业务参数错误'],
  parameterMissing: [21002, '缺少业务参数'],
  noPermission: [30000, '没有调用此target接口权限'],
  serviceError: [52102, '接口暂时不可用'],
  limited: [52101, '当前接口被限流，请稍后重试'],
  tooOften: [70031, '调用过于频繁，请调整调用频率', null],
  bodyTooLarge: [52004, '网关业务服务错误:请求body过大'],
  codeInvalid: [50001, '业务服务错误', '40001101', '授权码无效或已使用'],
  codeExpired: [50001, '业务服务错误', '40001102', '授权码已过期'],
  refreshUnknown: [50001, '业务服务错误', '40001103', 'refresh_token无效'],
  refreshExpired: [50001, '业务服务错误', '40001104', 'refresh_token已过期'],
  notFound: [50001, '业务服务错误', '40002001', '数据不存在'],
  goodsState: [50001, '业务服务错误', '40002101', '商品当前状态不支持该操作'],
  goodsInvalid: [50001, '业务服务错误', '40002102', '商品信息不符合规则'],
  stockNegative: [50001, '业务服务错误', '40002103', '库存不足'],
  stockLocked: [50001, '业务服务错误', '40002104', '活动商品库存只能增加'],
  orderState: [50001, '业务服务错误', '40002201', '订单当前状态不支持该操作'],
  orderShipped: [50001, '业务服务错误', '40002202', '订单已发货'],
  pidUnbound: [50001, '业务服务错误', '40002301', 'pid未备案'],
  videoInvalid: [50001, '业务服务错误', '40002401', '视频不可用'],
  businessError: [50001, '业务服务错误', '40002326', '店铺处于处罚期，不能进行该操作'],
  unknownCode: [47110, '未知错误', 'sandbox-never-documented']
}

/** A refusal by its name; `detail` becomes the sub_msg. */
function refuse (name, detail) {
  const [code, msg, subCode = String(code), subMsg = msg] = REFUSALS[name]
  return { refused: name, code, msg, subCode, subMsg: detail ?? subMsg }
}

/** The parameter's name ends the message of 10001. */
function refusePublic (parameter) {
  const outcome = refuse('publicParameter')
  return { ...outcome, msg: outcome.msg + parameter, subMsg: outcome.msg + parameter }
}

/** A success whose members are in pieces of JSON text or bytes, without the braces around them. */
function acceptMembers (...parts) {
  return { refused: null, parts }
}

/** A success with these members. */
function accept (value) {
  return acceptMembers(write(value).slice(1, -1))
}

function refusalText ({ code, msg, subCode, subMsg }, requestId) {
  return write({ error_response: { error_msg: msg, sub_msg: subMsg, sub_code: subCode, error_code: code, request_id: requestId } })
}

function toBytes (pieces) {
  return Buffer.concat(pieces.map(piece => (typeof piece === 'string' ? Buffer.from(piece) : piece)))
}

/** The answer's bytes; the request_id stands inside the wrapper. */
function render (outcome, method, requestId) {
  if (outcome.refused) return Buffer.from(refusalText(outcome, requestId))
  const wrapper = wrapperOf(method)
  const open = wrapper === null ? '{' : `{"${wrapper}":{`
  const comma = outcome.parts.every(part => part.length === 0) ? '' : ','
  return toBytes([open, ...outcome.parts, `${comma}"request_id":"${requestId}"`, wrapper === null ? '}' : '}}'])
}

module.exports = { REFUSALS, refuse, refusePublic, accept, acceptMembers, render }
