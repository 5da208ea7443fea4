'use strict'
// The checks before a method runs, fact sheet 3, 4 and 6.3, in the order a gateway makes them: form, app, time,
// signature, quota, method, business JSON, token, permission.
const { parseShanghaiText, shanghaiText } = require('../../clock')
const { parse } = require('../../json')
const { sign, isBlank } = require('./sign')
const { Params } = require('./params')
const { Refused } = require('./envelope')

const MAX_SKEW_MS = 6 * 60 * 1000 // 3: 10 minutes in newer texts, 6 in older ones; the narrower is played
const TIMESTAMP = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d{3}\+0800)?$/
const SYSTEM = ['method', 'app_key', 'access_token', 'timestamp', 'v', 'sign', 'format', 'sign_method', '360buy_param_json', 'param_json']
const FORM_TYPE = 'application/x-www-form-urlencoded'
const BEIJING_DAY = 10 // characters of a date

/** Query and body parameters as one Map, and what is wrong with them, if anything. GET, POST and the mixed form work (3). */
function readForm (call) {
  const form = new Map()
  let flaw = null
  const type = (call.headers['content-type'] ?? '').split(';')[0].trim().toLowerCase()
  const sources = [call.query]
  if (call.verb === 'POST' && type === FORM_TYPE) sources.push(new URLSearchParams(call.body.toString()))
  else if (call.body.length > 0) flaw = `请求体应为 ${FORM_TYPE}`
  for (const [name, value] of sources.flatMap(source => [...source])) {
    if (form.has(name)) flaw ??= `参数重复 ${name}`
    form.set(name, value)
  }
  return { form, flaw }
}

function isUnion (method) {
  return method.startsWith('jd.union.')
}

function checkForm (call) {
  const { form } = call
  if (call.verb !== 'GET' && call.verb !== 'POST') throw new Refused('forbidden', '只支持 GET 和 POST')
  if (call.flaw) throw new Refused('wrongParameter', call.flaw)
  for (const name of form.keys()) {
    if (!SYSTEM.includes(name)) throw new Refused('wrongParameter', `沙箱不支持系统参数 ${name}`)
  }
  // What the gateway does with a blank parameter that is sent is not established (20): here it counts as missing.
  const missing = name => isBlank(form.get(name) ?? '')
  if (missing('method')) throw new Refused('methodMissing')
  if (missing('app_key')) throw new Refused('appMissing')
  if (missing('timestamp')) throw new Refused('timestampMissing')
  if (missing('v')) throw new Refused('versionMissing')
  if (missing('sign')) throw new Refused('signatureMissing')
  if (form.get('v') !== (isUnion(form.get('method')) ? '1.0' : '2.0')) throw new Refused('versionUnsupported')
  if (form.has('format') && form.get('format') !== 'json') throw new Refused('formatInvalid')
  if (form.has('sign_method') && form.get('sign_method') !== 'md5') throw new Refused('signatureInvalid', 'sign_method 只支持 md5')
}

function checkTime (call) {
  const [, text] = TIMESTAMP.exec(call.form.get('timestamp')) ?? []
  const ms = text === undefined ? NaN : parseShanghaiText(text)
  if (!(Math.abs(ms - call.now) <= MAX_SKEW_MS)) throw new Refused('timestampInvalid')
}

function checkSignature (call, app) {
  if (sign(app.appSecret, Object.fromEntries(call.form)) !== call.form.get('sign')) throw new Refused('signatureInvalid')
}

/** Per second, though no such limit was found, and per Beijing day (18). One code for both. */
function takeQuota (call, app, world) {
  if (!world.quotas.take(app.appKey, app.callsPerSecond)) throw new Refused('limited')
  if (!app.callsPerDay) return
  const key = `${app.appKey}/${shanghaiText(Math.floor(call.now / 1000)).slice(0, BEIJING_DAY)}`
  const used = world.callsToday.get(key) ?? 0
  if (used >= app.callsPerDay) throw new Refused('limited')
  world.callsToday.set(key, used + 1)
}

function readBusiness (form) {
  const text = form.get('360buy_param_json') ?? (isUnion(form.get('method')) ? form.get('param_json') : undefined)
  if (text === undefined || isBlank(text)) throw new Refused('jsonMissing')
  let value
  try {
    value = parse(text)
  } catch {
    throw new Refused('jsonInvalid')
  }
  if (!(value instanceof Map)) throw new Refused('jsonInvalid', '应为 JSON 对象') // PHP's empty set `[]` (1.15)
  return new Params(value)
}

function checkToken (call, app, world) {
  const token = call.form.get('access_token')
  if (isBlank(token ?? '')) throw new Refused('tokenMissing')
  const grant = world.desk.check(app.appKey, token, Math.floor(call.now / 1000))
  if (!grant) throw new Refused('tokenInvalid')
  return grant
}

/** Answers `{ app, params, grant, method }` (no grant for methods without a token) or throws Refused. */
function admit (call, world) {
  checkForm(call)
  const app = world.apps.get(call.form.get('app_key'))
  if (!app) throw new Refused('appUnknown')
  checkTime(call)
  checkSignature(call, app)
  takeQuota(call, app, world)
  const method = world.methods.get(call.method)
  if (!method) throw new Refused('methodUnknown')
  const params = readBusiness(call.form)
  const grant = method.kinds.includes('shop') ? checkToken(call, app, world) : undefined
  if (method.stopped) throw new Refused('methodStopped')
  if (method.denied || app.denied.includes(call.method)) throw new Refused('noPermission')
  if (method.buyerData && !method.buyerData.includes(app.buyerData)) throw new Refused('outsideCloud')
  return { app, params, grant, method }
}

module.exports = { admit, readForm }
