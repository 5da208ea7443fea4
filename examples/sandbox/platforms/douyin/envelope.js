'use strict'
// Answers in three generations and the table of refusals, fact sheet 1.5 and 1.11. Every answer has HTTP status 200.
const { Literal, write } = require('../../json')

// name: [code of OAuth, code of business calls, code of newer business calls, words]
const REFUSALS = {
  parameterMissing: [10002, 2100005, 28001007, '参数缺失'],
  parameterInvalid: [10005, 2100005, 28001007, '参数不合法'],
  clientUnknown: [10003, 2190016, 28001016, 'client_key 错误'],
  signatureInvalid: [10013, 10013, 10013, 'client_secret 错误'],
  codeInvalid: [10007, 10007, 10007, '授权码过期'],
  refreshInvalid: [10010, 10010, 10010, 'refresh_token 过期'],
  renewedTooOften: [10020, 10020, 10020, 'refresh_token 刷新次数超出上限'],
  clientTokenTooOften: [10020, 10020, 10020, '获取 client_token 过于频繁'],
  clientMismatch: [10014, 10014, 10014, 'client_key 不匹配'],
  tokenUnknown: [10008, 2190002, 28001003, 'access_token 无效'],
  tokenExpired: [10008, 2190008, 28001008, 'access_token 过期，请刷新或重新授权'],
  authorizationClosed: [10008, 2190003, 28001012, '用户未授权该 api'],
  openIdMismatch: [10005, 2190015, 28001015, 'access_token 与 open_id 不匹配'],
  noPermission: [10004, 2190004, 28004020, '应用未获得该能力'],
  tooFrequent: [2119003, 2119003, 28003018, '请求太频繁'],
  limited: [2190001, 2190001, 28003017, 'quota 已用完'],
  publishLimit: [2114007, 2114007, 2114007, '当前用户今日发布次数已达上限'],
  mayNotPost: [2114005, 2114005, 2114005, '当前用户暂时不能发布视频'],
  userBanned: [2100009, 2100009, 28001046, '用户被封禁'],
  sensitiveText: [2111001, 2111001, 2111001, '文本包含敏感词'],
  materialRejected: [2113001, 2113001, 2113001, '素材不符合要求'],
  fileTooLarge: [2190005, 2190005, 2190005, '视频文件太大了'],
  videoTooLong: [2190006, 2190006, 2190006, '视频时长不能超过15分钟'],
  notFound: [2190007, 2190007, 2190007, '无效的视频id'],
  businessError: [28001052, 28001052, 28001052, '触发风控，请稍后再试'],
  serviceError: [2100004, 2100004, 28001005, '系统繁忙，此时请开发者稍候再试'],
  unknownCode: [47110, 47110, 47110, '未知错误']
}
const GENERATIONS = ['oauth', 'v1', 'new']

/** A refusal by its name; `detail` becomes the text. */
function refuse (name, detail) {
  return { refused: name, detail: detail ?? REFUSALS[name][3] }
}

function accept (value) {
  return { refused: null, value }
}

function codeOf (outcome, generation) {
  return outcome.refused ? REFUSALS[outcome.refused][GENERATIONS.indexOf(generation)] : 0
}

const NUMBERS = ['expires_in', 'refresh_expires_in', 'error_code']

function loosened (data) {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, NUMBERS.includes(name) ? String(value) : value]))
}

/** The first generation. `empty` are members that a refusal has too; with `newTop` the top is the third one's (1.3). */
function oauth (outcome, code, { logId, empty = {}, newTop, stringNumbers }) {
  const words = outcome.refused ? outcome.detail : ''
  const data = { ...(outcome.refused ? empty : outcome.value), error_code: code, description: words, captcha: '', desc_url: '', log_id: logId }
  const top = newTop ? { err_no: code, err_msg: words } : { message: outcome.refused ? 'error' : 'success' }
  return { data: stringNumbers ? loosened(data) : data, ...top }
}

/** The second one tells its code in one of three places, or in two of them. */
function v1 (outcome, code, { logId, now, errorIn }) {
  const words = outcome.refused ? outcome.detail : ''
  const tell = (...places) => (places.includes(errorIn) || !outcome.refused ? { code, words } : { code: 0, words: '' })
  const [data, extra, sub] = [tell('both', 'data'), tell('both', 'extra'), tell('sub')]
  return {
    data: { ...outcome.value, error_code: data.code, description: data.words },
    extra: { error_code: extra.code, description: extra.words, sub_error_code: sub.code, sub_description: sub.words, logid: logId, now }
  }
}

function newest (outcome, code, { logId }) {
  return { err_no: code, err_msg: outcome.refused ? outcome.detail : '', log_id: logId, data: outcome.value ?? {} }
}

const RENDER = { oauth, v1, new: newest }

/** The answer's bytes. `how` is `{ generation, logId, now, errorIn, empty, newTop, stringNumbers }`. */
function render (outcome, how) {
  return Buffer.from(write(RENDER[how.generation](outcome, codeOf(outcome, how.generation), how)))
}

/** What the fault lost_code answers in place of a success. */
function unknownCode (generation, logId) {
  const code = new Literal(String(REFUSALS.unknownCode[0]))
  const outcome = refuse('unknownCode')
  return RENDER[generation](outcome, code, { logId, now: 0, errorIn: 'both' })
}

module.exports = { refuse, accept, codeOf, render, unknownCode }
