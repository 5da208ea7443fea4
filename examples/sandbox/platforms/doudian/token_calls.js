'use strict'
// token.create and token.refresh, fact sheet 2.3.
const { write } = require('../../json')
const { accept } = require('./envelope')
const { Refused } = require('./params')

const PRINCIPAL = ['auth_id', 'auth_subject_type'] // other principals than shops: accepted, without effect

/** The pair with the seconds that remain, never a point in time. */
function pairAnswer (grant, shop, now) {
  return accept(write({
    access_token: grant.accessToken,
    expires_in: Math.max(0, grant.accessUntil - now),
    refresh_token: grant.refreshToken,
    scope: 'SCOPE',
    shop_id: BigInt(shop.id),
    shop_name: shop.name,
    authority_id: '',
    auth_subject_type: ''
  }))
}

function granted ({ grant, refusal }) {
  if (refusal) throw new Refused(refusal.refused)
  return grant
}

function createSelf (app, shopId, world, now) {
  if (!app.selfUse) throw new Refused('grantType', '该应用不是自用型应用')
  if (!shopId) throw new Refused('parameterMissing', '缺少参数 shop_id')
  const bound = world.shopsOf(app).some(shop => shop.id === shopId)
  if (!bound || world.desk.of(app.appKey, shopId)?.revoked) throw new Refused('notAuthorized')
  return world.desk.provide(app.appKey, shopId, now)
}

function createFromCode (app, code, world, now) {
  if (app.selfUse) throw new Refused('grantType', '自用型应用请使用 authorization_self')
  if (!code) throw new Refused('parameterMissing', '缺少参数 code')
  return granted(world.desk.redeem(app.appKey, code, now))
}

function create (call, world, { app, params }) {
  params.only('code', 'grant_type', 'shop_id', 'test_shop', ...PRINCIPAL)
  const now = Math.floor(call.now / 1000)
  const grantType = params.text('grant_type')
  if (grantType !== 'authorization_code' && grantType !== 'authorization_self') throw new Refused('grantType')
  const grant = grantType === 'authorization_self'
    ? createSelf(app, params.integerText('shop_id'), world, now)
    : createFromCode(app, params.text('code'), world, now)
  return pairAnswer(grant, world.shopById(grant.shopId), now)
}

function refresh (call, world, { app, params }) {
  params.only('grant_type', 'refresh_token', ...PRINCIPAL)
  const now = Math.floor(call.now / 1000)
  if (params.text('grant_type') !== 'refresh_token') throw new Refused('grantType')
  const token = params.text('refresh_token')
  if (!token) throw new Refused('parameterMissing', '缺少参数 refresh_token')
  const grant = granted(world.desk.renew(app, token, call.now))
  return pairAnswer(grant, world.shopById(grant.shopId), now)
}

module.exports = { create, refresh }
