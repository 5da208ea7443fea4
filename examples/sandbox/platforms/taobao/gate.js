'use strict'
// The gateway's checks before a method runs, fact sheet 3.1, 4 and 6, in the order a gateway makes them.
const { parseShanghaiText, shanghaiText } = require('../../clock')
const { METHODS: SIGN_METHODS, sign } = require('./sign')
const { Params, Refused } = require('./params')
const { readRequest } = require('./request')

const MAX_SKEW_MS = 10 * 60 * 1000
const EPOCH_MS = /^\d{13}$/
const COMMON = ['method', 'app_key', 'session', 'timestamp', 'v', 'format', 'sign_method', 'sign', 'simplify', 'partner_id', 'target_app_key']

function timestampMs (text) {
  return EPOCH_MS.test(text) ? Number(text) : parseShanghaiText(text)
}

function checkForm (call, { params, broken, repeated }, methods) {
  if (!params.get('method')) throw new Refused('methodMissing')
  const method = methods.get(call.method)
  if (!method) throw new Refused('methodInvalid')
  if (call.verb !== 'POST' && (call.verb !== 'GET' || method.write)) throw new Refused('verbInvalid')
  if (broken) throw new Refused('uploadFail')
  if (repeated) throw new Refused('parameterInvalid', repeated, `参数 ${repeated} 重复`)
  if (!['json', 'xml'].includes(params.get('format') ?? 'xml')) throw new Refused('formatInvalid')
  if (params.has('simplify') && !['true', 'false'].includes(params.get('simplify'))) throw new Refused('parameterInvalid', 'simplify')
  return method
}

function checkTime (call, params) {
  const text = params.get('timestamp')
  if (!text) throw new Refused('timestampMissing')
  const ms = timestampMs(text)
  if (Number.isNaN(ms) || Math.abs(ms - call.now) > MAX_SKEW_MS) throw new Refused('timestampInvalid')
}

function checkVersion (params) {
  if (!params.get('v')) throw new Refused('versionMissing')
  if (params.get('v') !== '2.0') throw new Refused('versionInvalid')
}

function appOf (params, apps) {
  if (!params.get('app_key')) throw new Refused('appKeyMissing')
  const app = apps.get(params.get('app_key'))
  if (!app) throw new Refused('appUnknown')
  return app
}

function checkSignature (params, app) {
  const given = params.get('sign')
  if (!given) throw new Refused('signatureMissing')
  const method = params.get('sign_method')
  if (!SIGN_METHODS.includes(method)) throw new Refused('parameterInvalid', 'sign_method')
  if (sign(method, app.appSecret, params) !== given) throw new Refused('signatureInvalid')
}

/** Counts a call against a day of Beijing's calendar, and says how many seconds it still has when nothing is left. */
function secondsBanned (daily, key, most, nowMs) {
  if (!most) return 0
  const day = shanghaiText(Math.floor(nowMs / 1000)).slice(0, 10)
  const used = daily.get(key)?.day === day ? daily.get(key).used : 0
  if (used >= most) return Math.ceil((parseShanghaiText(`${day} 23:59:59`) + 1000 - nowMs) / 1000)
  daily.set(key, { day, used: used + 1 })
  return 0
}

function checkQuota (call, app, { quotas, daily }) {
  const seconds = secondsBanned(daily, app.appKey, app.dailyCalls, call.now)
  if (seconds) throw new Refused('limitedToday', undefined, undefined, seconds)
  if (!quotas.take(app.appKey, app.callsPerSecond)) throw new Refused('limited')
}

function checkSession (call, params, app, { tier }, { desk, quotas }) {
  const session = params.get('session')
  if (!session) throw new Refused('sessionMissing')
  const now = Math.floor(call.now / 1000)
  const { grant, refusal } = desk.check(app.appKey, session, now)
  if (refusal) throw new Refused(refusal)
  if (!quotas.take(`${app.appKey}/${grant.shopId}`, app.shopCallsPerSecond ?? app.callsPerSecond)) throw new Refused('limitedMethod')
  if (now >= grant.tiers[tier]) throw new Refused('tierEnded', tier)
  return grant
}

/** Answers `{ app, method, params, grant }` (no grant for calls without a user) or throws Refused. */
function admit (call, world) {
  const request = readRequest(call)
  const { params } = request
  const method = checkForm(call, request, world.methods)
  const app = appOf(params, world.apps)
  checkTime(call, params)
  checkVersion(params)
  checkSignature(params, app)
  if ([...params.values()].some(value => value.trim() === '')) world.stats.count('blankParameters')
  if (app.denied.includes(call.method)) throw new Refused('noPermission')
  checkQuota(call, app, world)
  const grant = method.tier ? checkSession(call, params, app, method, world) : null
  return { app, method, grant, params: new Params([...params].filter(([name]) => !COMMON.includes(name)), request.files) }
}

module.exports = { admit, secondsBanned }
