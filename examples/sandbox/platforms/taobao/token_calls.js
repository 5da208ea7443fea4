'use strict'
// The two ways to a token, fact sheet 2.2 to 2.4: POST /token with an answer of its own kind, and two signed calls whose
// answer is JSON in a text.
const { write } = require('../../json')
const { refuse } = require('./envelope')
const { readRequest } = require('./request')
const { TIERS } = require('./token')

const JSON_TYPE = { 'content-type': 'application/json;charset=UTF-8' }
const FORM_TYPE = /^application\/x-www-form-urlencoded\b/i

/** The token document; `nick` percent-encoded as UTF-8, ids as texts, seconds to each end. */
function tokenDocument (grant, shop, app, now) {
  const left = until => Math.max(0, until - now)
  return {
    access_token: grant.accessToken,
    token_type: 'Bearer',
    expires_in: left(grant.accessUntil),
    refresh_token: grant.refreshToken,
    re_expires_in: app.refreshSeconds === 0 ? 0 : left(grant.refreshUntil),
    ...Object.fromEntries(TIERS.map(tier => [`${tier}_expires_in`, left(grant.tiers[tier])])),
    taobao_user_id: shop.id,
    taobao_user_nick: encodeURIComponent(shop.nick),
    expire_time: grant.accessUntil * 1000,
    refresh_token_valid_time: grant.refreshUntil * 1000
  }
}

function oauthError (error, description) {
  return { error, error_description: description }
}

/** The token document or an OAuth error, for a form that is otherwise in order. */
function exchange (world, app, grantType, form, now) {
  const need = grantType === 'authorization_code' ? 'code' : 'refresh_token'
  const value = form.get(need)
  if (!value) return oauthError('invalid_request', `${need} is missing`)
  const grant = need === 'code' ? world.desk.redeem(app, value, now) : world.desk.renew(app, value, now)
  // The sheet names invalid_client for codes; for refresh tokens it names nothing.
  if (!grant) return need === 'code' ? oauthError('invalid_client', 'code is invalid, used or expired') : oauthError('invalid_grant', 'refresh_token is invalid or expired')
  return tokenDocument(grant, world.shopById(grant.shopId), app, now)
}

function clientOf (world, form) {
  const app = world.apps.get(form.get('client_id'))
  return app && app.appSecret === form.get('client_secret') ? app : null
}

function directDocument (call, world) {
  const now = Math.floor(call.now / 1000)
  const { params: form, broken } = readRequest(call)
  if (call.verb !== 'POST' || broken || !FORM_TYPE.test(call.headers['content-type'] ?? '')) return oauthError('invalid_request', 'POST a form')
  if (call.query.size > 0) return oauthError('invalid_request', 'parameters belong into the body')
  const app = clientOf(world, form)
  if (!app) return oauthError('invalid_client', 'client_id or client_secret is wrong')
  const struck = world.gateFault(call, null)
  if (struck) return oauthError(struck.refused === 'signatureInvalid' ? 'invalid_client' : 'server_error', `${struck.code} ${struck.subCode ?? ''} ${struck.subMsg ?? ''}`)
  if (!world.quotas.take(app.appKey, app.callsPerSecond)) return oauthError('server_error', refuse('limited').subMsg)
  const grantType = form.get('grant_type')
  if (grantType !== 'authorization_code' && grantType !== 'refresh_token') return oauthError('unsupported_grant_type', 'grant_type')
  // The same as the callback that is registered, as the browser step demands (2.1).
  if (grantType === 'authorization_code' && form.get('redirect_uri') !== app.redirectUri) return oauthError('invalid_client', 'redirect_uri cannot match the callback')
  return exchange(world, app, grantType, form, now)
}

/** POST /token: no signature, HTTP 400 for errors, another envelope than the gateway's. */
function direct (call, world) {
  world.stats.count('tokenCalls')
  const document = directDocument(call, world)
  if (document.error) world.stats.refusal(document.error)
  return {
    status: document.error ? 400 : 200,
    headers: { ...JSON_TYPE, 'cache-control': 'no-store' },
    body: Buffer.from(write(document)),
    shape: document.error ? null : { shop: ['taobao_user_id'], refresh: ['refresh_token'], expires: ['expires_in'] }
  }
}

/** The signed calls. A code or token that does not work is an OAuth error inside of token_result: the sheet only says that the text holds what /token answers. */
function signed (grantType, name) {
  return (call, world, { app, params }) => {
    params.only(name, 'uuid')
    world.stats.count('tokenCalls')
    const document = exchange(world, app, grantType, new Map([[name, params.required(name)]]), Math.floor(call.now / 1000))
    if (document.error) world.stats.refusal(document.error)
    return { token_result: write(document) }
  }
}

/** The shop a token call is about, as far as the request tells. */
function shopOfTokenCall (call, desk) {
  const { params } = readRequest(call)
  return desk.refresh.get(params.get('refresh_token'))?.grant.shopId ?? desk.codes.get(params.get('code'))?.shopId
}

module.exports = { direct, create: signed('authorization_code', 'code'), refresh: signed('refresh_token', 'refresh_token'), shopOfTokenCall }
