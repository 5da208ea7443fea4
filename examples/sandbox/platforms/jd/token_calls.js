'use strict'
// oauth2/access_token and oauth2/refresh_token, fact sheet 5.2 and 5.3: GET or form POST, no signature, and flat answers
// with HTTP 200 whose `code` is a number.
const { write } = require('../../json')
const { deriveSeed } = require('../../random')
const { codeOf, wordsOf } = require('./envelope')
const { OAUTH_REFUSALS } = require('./token')

const FIELDS = {
  'oauth2.access_token': ['app_key', 'app_secret', 'grant_type', 'code'],
  'oauth2.refresh_token': ['app_key', 'app_secret', 'grant_type', 'refresh_token']
}
const GRANT_TYPES = { 'oauth2.access_token': 'authorization_code', 'oauth2.refresh_token': 'refresh_token' }

/** The user who signed in: never the shop (1.10). */
function userOf (grant) {
  const number = deriveSeed('jd', 'user', grant.shopId)
  return { uid: `40${String(number).padStart(10, '0')}`, xid: `o*${number.toString(36)}SandboxXid`, open_id: `oid${deriveSeed(grant.appKey, grant.shopId).toString(16)}` }
}

/** `code` is absent from some samples (5.2): here from the answer of a refresh. */
function pairAnswer (grant, method) {
  return {
    access_token: grant.accessToken,
    expires_in: grant.accessUntil - grant.issuedAt,
    refresh_token: grant.refreshToken,
    scope: 'snsapi_base',
    ...userOf(grant),
    time: grant.issuedAt * 1000,
    token_type: 'bearer',
    code: method === 'oauth2.access_token' ? 0 : undefined
  }
}

/** A gate fault in the words of these calls: what is a bad signature at the gateway is a bad secret here. */
function ofGate (struck) {
  return struck?.name === 'signatureInvalid' ? { refusal: 'client' } : struck
}

/** What the form asks for: `{ grant }`, an OAuth `{ refusal, detail }`, or the `{ name }` of a refusal at the gateway. */
function decide (call, world) {
  const { form } = call
  const odd = [...form.keys()].find(name => !FIELDS[call.method].includes(name))
  if (odd !== undefined || call.flaw) return { refusal: 'badGrant', detail: call.flaw ?? `沙箱不支持参数 ${odd}` }
  const app = world.apps.get(form.get('app_key'))
  if (!app || app.appSecret !== form.get('app_secret')) return { refusal: 'client' }
  if (form.get('grant_type') !== GRANT_TYPES[call.method]) return { refusal: 'badGrant' }
  if (!world.quotas.take(app.appKey, app.callsPerSecond)) return { name: 'limited' }
  const now = Math.floor(call.now / 1000)
  if (call.method === 'oauth2.access_token') return world.desk.redeem(app, form.get('code'), now)
  return world.desk.renew(app, form.get('refresh_token'), now)
}

/** The code and the bytes of what `decide` refused, or of a gate fault, whose gateway code stands here as a number. */
function renderRefusal ({ refusal, name, detail }, requestId) {
  const [code, msg] = refusal ? OAUTH_REFUSALS[refusal] : [Number(codeOf(name)), wordsOf(name)]
  return { code, body: Buffer.from(write({ code, msg: detail ? `${msg}：${detail}` : msg, requestId })) }
}

function renderPair (grant, method) {
  return Buffer.from(write(pairAnswer(grant, method)))
}

function isTokenCall (method) {
  return method in FIELDS
}

module.exports = { decide, ofGate, isTokenCall, renderPair, renderRefusal }
