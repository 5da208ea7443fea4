'use strict'
// The checks before a method runs, fact sheet 2.4 and 2.5, in the order a gateway makes them: form, time, signature,
// quota of the app, token, quota of the app with this shop.
const { parseShanghaiText } = require('../../clock')
const { parse } = require('../../json')
const { canonicalOf } = require('./canonical')
const { METHODS, sign } = require('./sign')
const { Params, Refused } = require('./params')

const MAX_SKEW_MS = 10 * 60 * 1000 // 2.4
const UNIX_SECONDS = /^\d{10}$/
const DATE_TEXT = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/
const KNOWN_QUERY = ['method', 'app_key', 'access_token', 'timestamp', 'v', 'sign', 'sign_method']

/** Token calls carry no access_token (2.3). */
function isTokenCall (method) {
  return method === 'token.create' || method === 'token.refresh'
}

function checkForm (call) {
  if (call.verb !== 'POST') throw new Refused('parameterInvalid', '只支持 POST')
  const names = [...call.query.keys()]
  for (const name of names) {
    if (!KNOWN_QUERY.includes(name)) throw new Refused('parameterInvalid', `query 中不支持 ${name}`)
  }
  if (new Set(names).size !== names.length) throw new Refused('parameterInvalid', 'query 参数重复')
  for (const name of ['method', 'app_key', 'timestamp', 'v']) {
    if (!call.query.get(name)) throw new Refused('parameterMissing', `缺少参数 ${name}`)
  }
  if (call.query.get('method') !== call.method) throw new Refused('parameterInvalid', 'method 与请求路径不一致')
  if (call.query.get('v') !== '2') throw new Refused('parameterInvalid', 'v 只支持 2')
  if (call.headers['access-token'] || call.headers.authorization) throw new Refused('parameterInvalid', 'access_token 应放在 query 中')
  const type = call.headers['content-type'] ?? ''
  if (type.split(';')[0].trim().toLowerCase() !== 'application/json') throw new Refused('parameterFormat', 'Content-Type 应为 application/json')
}

function timestampMs (text) {
  if (UNIX_SECONDS.test(text)) return Number(text) * 1000
  if (DATE_TEXT.test(text)) return parseShanghaiText(text)
  return NaN
}

function checkTime (call) {
  const ms = timestampMs(call.query.get('timestamp'))
  if (Number.isNaN(ms)) throw new Refused('timestampFormat')
  if (Math.abs(ms - call.now) > MAX_SKEW_MS) throw new Refused('timestampSkew')
}

function checkSignature (call, app) {
  const given = call.query.get('sign')
  if (!given) throw new Refused('signatureMissing')
  const signMethod = call.query.get('sign_method') ?? 'md5' // 2.4: none means md5
  if (!METHODS.includes(signMethod)) throw new Refused('parameterInvalid', 'sign_method 只支持 hmac-sha256 和 md5')
  const fields = { appKey: app.appKey, method: call.method, timestamp: call.query.get('timestamp'), v: call.query.get('v') }
  if (sign(signMethod, app.appSecret, fields, call.body) !== given) throw new Refused('signatureInvalid')
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The body's parameters. Bytes that are signed but not canonical are let pass and counted (2.6, last but one point). */
function readBody (call, stats) {
  if (call.body.length === 0) throw new Refused('parameterMissing', '缺少 param_json')
  let value
  try {
    const text = utf8.decode(call.body)
    value = parse(text)
    if (value instanceof Map && canonicalOf(value) !== text) stats.count('nonCanonicalBodies')
  } catch {
    throw new Refused('parameterFormat', 'param_json 不是合法的 JSON')
  }
  if (!(value instanceof Map)) throw new Refused('parameterFormat', 'param_json 应为 JSON 对象')
  return new Params(value)
}

function checkToken (call, app, desk) {
  const token = call.query.get('access_token')
  if (!token) throw new Refused('parameterMissing', '缺少参数 access_token')
  const { grant, refusal } = desk.check(app.appKey, token, Math.floor(call.now / 1000))
  if (refusal) throw new Refused(refusal.refused)
  return grant
}

/** Answers `{ app, params, grant }` (no grant for token calls) or throws Refused. */
function admit (call, { apps, desk, quotas, stats, methods }) {
  if (!methods.has(call.method)) throw new Refused('parameterInvalid', 'method 不存在')
  checkForm(call)
  const app = apps.get(call.query.get('app_key'))
  if (!app) throw new Refused('appUnknown')
  checkTime(call)
  checkSignature(call, app)
  if (!quotas.take(app.appKey, app.callsPerSecond)) throw new Refused('limited')
  const params = readBody(call, stats)
  if (isTokenCall(call.method)) {
    if (call.query.has('access_token')) throw new Refused('parameterInvalid', '获取 token 时不能带 access_token')
    return { app, params }
  }
  const grant = checkToken(call, app, desk)
  if (!quotas.take(`${app.appKey}/${grant.shopId}`, app.shopCallsPerSecond ?? app.callsPerSecond)) throw new Refused('limited')
  return { app, params, grant }
}

module.exports = { admit, isTokenCall }
