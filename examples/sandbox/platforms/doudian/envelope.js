'use strict'
// The answer's envelope and the table of refusals, fact sheet 2.7 and 2.8. The sheet groups sub_codes under several
// codes; where it leaves a choice, this table is the sandbox's choice (README, "Decisions").
const { write } = require('../../json')

// name: [code, sub_code, msg, legacy err_no]
const REFUSALS = {
  parameterMissing: [40001, 'isv.parameter-missing', '缺少必选参数', 3],
  parameterFormat: [40002, 'isv.parameter-format-invalid', '参数格式错误', 4],
  parameterInvalid: [40003, 'isv.parameter-invalid', '非法的参数', 5],
  signatureMissing: [40001, 'isv.signature-missing', '缺少签名参数', 3],
  signatureInvalid: [40003, 'isv.signature-invalid', '签名校验失败', 11],
  timestampFormat: [40003, 'isv.timestamp-format-error', '时间戳格式错误', 5],
  timestampSkew: [40003, 'isv.timestamp-invalid', '时间戳超出允许范围', 5],
  appUnknown: [40003, 'isv.app-id-invalid', '应用不存在', 12],
  tokenExpired: [40003, 'isv.access-token-expired', 'access_token已过期', 30002],
  tokenUnknown: [40003, 'isv.access-token-no-existed', 'access_token不存在', 30005],
  tokenOfOtherApp: [40003, 'isv.access-token-invalid', 'access_token与应用不匹配', 30007],
  authorizationClosed: [30001, 'dop.authorization-closed', '店铺授权已关闭', 30006],
  noPermission: [30001, 'isv.app-permissions-insufficient', '应用没有该接口的权限', 30004],
  codeInvalid: [50002, 'dop.token-generate-failed:code-invalid', '授权码无效', 7],
  codeExpired: [50002, 'dop.token-generate-failed:code-expired', '授权码已过期', 7],
  refreshInvalid: [50002, 'dop.token-generate-failed:token-invalid', 'refresh_token已失效', 7],
  refreshExpired: [50002, 'dop.token-generate-failed:token-expired', 'refresh_token已过期', 7],
  refreshUnknown: [50002, 'isv.business-failed:31009', 'refresh_token不存在', 7],
  grantType: [50001, 'dop.token-generate-failed:grant-type-invalid', '授权类型不支持', 7],
  notAuthorized: [50001, 'dop.token-generate-failed:no-authorization', '店铺未授权该应用', 30003],
  limited: [60000, 'isv.traffic-limited', '访问过于频繁', 9],
  notFound: [50002, 'isv.business-failed:2010001', '数据不存在', 7],
  productState: [50002, 'isv.business-failed:2010402', '商品当前状态不支持该操作', 7],
  productInvalid: [50002, 'isv.business-failed:2010401', '商品信息不符合要求', 7],
  stockNegative: [50002, 'isv.business-failed:2010403', '库存不足', 7],
  orderShipped: [50002, 'isv.business-failed:2010404', '订单已发货', 7],
  orderState: [50002, 'isv.business-failed:2010405', '订单当前状态不支持该操作', 7],
  decryptQuota: [50002, 'isv.business-failed:300008', '已达到解密上限', 7],
  idempotentUsed: [40004, 'isv.idempotent-id-existed', '幂等ID已存在', 5],
  businessError: [50002, 'isv.business-failed:2010326', '店铺处于违规处罚期，不能进行该操作', 7],
  serviceError: [20000, 'dop.service-error', '系统繁忙，请稍后重试', 8],
  unknownCode: [47110, 'isv.sandbox-never-documented', '未知错误', 7]
}

/** A refusal by its name; `detail` becomes the sub_msg. */
function refuse (name, detail) {
  const [code, subCode, msg, errNo] = REFUSALS[name]
  return { refused: name, code, subCode, msg, errNo, subMsg: detail ?? msg }
}

/** A success. `parts` are pieces of JSON text or bytes that together are the value of `data`. */
function accept (...parts) {
  return { refused: null, parts }
}

/** A success with a small value. */
function acceptValue (value) {
  return accept(write(value))
}

function head (outcome, logId) {
  if (!outcome.refused) return `{"code":10000,"msg":"success","sub_code":"","sub_msg":"","log_id":"${logId}"`
  const { code, msg, subCode, subMsg } = outcome
  return `{"code":${code},"msg":${write(msg)},"sub_code":${write(subCode)},"sub_msg":${write(subMsg)},"log_id":"${logId}"`
}

/** The answer's bytes. `legacy` adds err_no and message, which x-open-no-old-err-code: 1 suppresses (2.4). */
function render (outcome, logId, legacy) {
  const old = legacy ? `,"err_no":${outcome.errNo ?? 0},"message":${write(outcome.msg ?? 'success')}` : ''
  const data = outcome.refused ? ['null'] : outcome.parts
  const pieces = [head(outcome, logId), old, ',"data":', ...data, '}']
  return Buffer.concat(pieces.map(piece => (typeof piece === 'string' ? Buffer.from(piece) : piece)))
}

module.exports = { REFUSALS, refuse, accept, acceptValue, render }
