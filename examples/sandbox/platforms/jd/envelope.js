'use strict'
// The gateway's envelope and the table of refusals, fact sheet 6. Success is the string "0" in a wrapper named after
// the method; failures come in the several shapes that 6.2 says to survive.
const { write } = require('../../json')

const NAMED_RESPONSE = ['jingdong.jos.voucher.info.get', 'jingdong.jos.master.key.get'] // 6.1: spelt right there

/** The wrapper's name: dots become underscores, letter case stays, `_responce` is the platform's spelling. */
function wrapperOf (method) {
  return `${method.replaceAll('.', '_')}${NAMED_RESPONSE.includes(method) ? '_response' : '_responce'}`
}

// name: [code, zh_desc, en_desc, shape]; the shape is `text` unless named
const REFUSALS = {
  forbidden: ['3', '禁止访问', 'Forbidden'],
  versionMissing: ['4', '缺少版本参数', 'Missing version'],
  versionUnsupported: ['5', '不支持的版本号', 'Unsupported version'],
  timestampMissing: ['7', '缺少时间戳参数', 'Missing timestamp'],
  timestampInvalid: ['8', '非法的时间戳参数', 'Invalid timestamp'],
  signatureMissing: ['11', '缺少签名参数', 'Missing signature'],
  signatureInvalid: ['12', '无效签名', 'Invalid signature'],
  formatInvalid: ['13', '无效数据格式', 'Invalid format'],
  methodMissing: ['14', '缺少方法名参数', 'Missing method'],
  methodUnknown: ['15', '不存在的方法名', 'Invalid method'],
  tokenMissing: ['18', '缺少access_token参数', 'Missing access_token'],
  tokenInvalid: ['19', '无效access_token', 'Invalid access_token'],
  appMissing: ['20', '缺少app_key参数', 'Missing app_key'],
  appUnknown: ['21', '无效app_key', 'Invalid app_key'],
  methodStopped: ['23', '接口已停用', 'Method stopped'],
  noPermission: ['24', '无权调用该接口', 'No permission for this method', 'wrapper'],
  wrongParameter: ['60', '参数错误', 'Parameter error'],
  wrongValue: ['61', '参数校验失败', 'Parameter check failed'],
  jsonMissing: ['62', '缺少业务参数', 'Missing JSON parameter'],
  jsonInvalid: ['63', '业务参数不是合法的JSON', 'Invalid JSON parameter'],
  outsideCloud: ['73', '该接口涉及用户信息，请在京东云内调用', 'Must be called inside JD cloud'],
  limited: ['2', '超过调用次数限制', 'Call limit exceeded', 'number'],
  serviceError: ['66', '后端服务不可用', 'Backend unavailable', 'bare'],
  tokenExpired: ['19', '无效access_token', 'Invalid access_token'],
  authorizationClosed: ['19', '无效access_token', 'Invalid access_token'],
  businessError: ['70', '订单正在出库，不能进行该操作', 'Order is being shipped'],
  notFound: ['10100001', '数据不存在', 'No such record'],
  unknownCode: ['47110', '未知错误', 'Never documented']
}

/** Carries a refusal out of a check or a handler. */
class Refused extends Error {
  constructor (name, detail) {
    super(detail)
    this.refusal = name
    this.detail = detail
  }
}

function refusalText (name, detail, method, requestId) {
  const [code, words, english, shape = 'text'] = REFUSALS[name]
  const zh = detail ? `${words}：${detail}` : words
  switch (shape) {
    case 'number': return write({ error_response: { code: Number(code), zh_desc: zh, en_desc: english, request_id: requestId } })
    case 'bare': return write({ code, errorMessage: zh, requestId })
    case 'wrapper': return write({ [wrapperOf(method)]: { code, zh_desc: zh, en_desc: english, request_id: requestId } })
    default: return write({ error_response: { code, zh_desc: zh, en_desc: english, request_id: requestId } })
  }
}

/** The bytes of a refusal by its name. */
function renderRefusal (name, detail, method, requestId) {
  return Buffer.from(refusalText(name, detail, method, requestId))
}

/** The bytes of a success; `members` stand in the wrapper beside the code. */
function renderSuccess (method, members, requestId) {
  return Buffer.from(write({ [wrapperOf(method)]: { code: '0', request_id: requestId, ...members } }))
}

function codeOf (name) {
  return REFUSALS[name][0]
}

function wordsOf (name) {
  return REFUSALS[name][1]
}

module.exports = { Refused, wrapperOf, renderRefusal, renderSuccess, codeOf, wordsOf }
