'use strict'
// The checks before a method runs, fact sheet 4 to 7, in the order a gateway makes them: form, method, application,
// time, signature, quota of the application, address, token, scope, limits of the method.
const { refusePublic } = require('./envelope')
const { Params, Refused } = require('./params')
const { sign } = require('./sign')

const MAX_SKEW_S = 10 * 60
const MAX_BODY_BYTES = 8 * 1024 * 1024
const PART = 'pdd.live.video.mall.upload.part'
const MAX_PART_BODY_BYTES = 22 * 1024 * 1024 // a part and what is around it
const PUBLIC = ['type', 'client_id', 'access_token', 'timestamp', 'data_type', 'version', 'sign', 'target_client_id', 'partner_id']

function publicText (params, name) {
  const text = params.get(name)
  if (!text) throw new Refused(refusePublic(name))
  return text
}

function checkForm ({ method, body, sink, request }) {
  if (request.problem) throw new Refused('parameterBad', request.problem)
  if ((sink?.size ?? body.length) > (method === PART ? MAX_PART_BODY_BYTES : MAX_BODY_BYTES)) throw new Refused('bodyTooLarge')
  const { params } = request
  publicText(params, 'type')
  // Answers in XML are documented, and not played.
  if ((params.get('data_type') ?? 'JSON') !== 'JSON') throw new Refused(refusePublic('data_type'))
  if ((params.get('version') ?? 'V1') !== 'V1') throw new Refused(refusePublic('version'))
}

function methodOf (call, methods) {
  const method = methods.get(call.method)
  if (!method) throw new Refused('typeUnknown')
  if (call.path !== (method.file ? '/api/upload' : '/api/router')) throw new Refused('wrongGateway')
  return method
}

function checkTime (call) {
  const text = publicText(call.request.params, 'timestamp')
  if (!/^\d{10}$/.test(text) || Math.abs(Number(text) - call.now / 1000) > MAX_SKEW_S) throw new Refused(refusePublic('timestamp'))
}

function checkSignature ({ request: { params } }, app) {
  const given = publicText(params, 'sign')
  if (sign(app.appSecret, params) !== given) throw new Refused('signatureInvalid')
}

function checkToken (call, app, desk) {
  const { grant, refused } = desk.check(app.appKey, publicText(call.request.params, 'access_token'), Math.floor(call.now / 1000))
  if (refused) throw new Refused(refused)
  if (app.scope && !app.scope.includes(call.method)) throw new Refused('notGranted')
  return grant
}

function appOf (call, apps) {
  const app = apps.get(publicText(call.request.params, 'client_id'))
  if (!app) throw new Refused('clientUnknown')
  return app
}

function businessParams (texts) {
  return new Params(new Map([...texts].filter(([name]) => !PUBLIC.includes(name))))
}

/** No rate at all switches every limit off, those of single methods too. */
function checkLimits (call, { quotas, methodLimits }, app, grant) {
  if (!app.callsPerSecond) return
  const shop = grant && `${app.appKey}/${grant.shopId}`
  if (shop && !quotas.take(shop, app.shopCallsPerSecond ?? app.callsPerSecond)) throw new Refused('tooOften')
  if (!methodLimits.admit(call.method, app.appKey, grant?.shopId)) throw new Refused('limited')
}

/** Answers `{ app, method, params, grant }`, the last only where the method needs a token, or throws Refused. */
function admit (call, world) {
  checkForm(call)
  const method = methodOf(call, world.methods)
  const app = appOf(call, world.apps)
  checkTime(call)
  checkSignature(call, app)
  if (!world.quotas.take(app.appKey, app.callsPerSecond)) throw new Refused('tooOften')
  if (!app.ipAllowed) throw new Refused('ipRefused')
  if (method.of !== 'any' && (method.of === 'promoter') !== app.promoter) throw new Refused('noPermission')
  const grant = method.of === 'shop' ? checkToken(call, app, world.desk) : undefined
  checkLimits(call, world, app, grant)
  if (method.offline) throw new Refused('methodOffline')
  return { app, method, grant, params: businessParams(call.request.params) }
}

module.exports = { admit }
