'use strict'
// pdd.pop.auth.token.create and .refresh, fact sheet 3.2.
const { accept } = require('./envelope')
const { Refused } = require('./params')

const LEVELS = ['r1', 'r2', 'w1', 'w2']

/** Per-level ends. The documentation's sample has a point in time in w1_expires_in; so has this (3.2). */
function levels (grant, now) {
  const left = Math.max(0, grant.accessUntil - now)
  const pairs = LEVELS.flatMap(level => [[`${level}_expires_in`, level === 'w1' ? grant.accessUntil : left], [`${level}_expires_at`, grant.accessUntil]])
  return Object.fromEntries(pairs)
}

function pairAnswer (grant, world, now, ownerId) {
  const shop = world.shopById(grant.shopId)
  return accept({
    scope: world.apps.get(grant.appKey).scope ?? world.shopMethods,
    access_token: grant.accessToken,
    expires_in: Math.max(0, grant.accessUntil - now),
    expires_at: grant.accessUntil,
    refresh_token: grant.refreshToken,
    refresh_token_expires_in: Math.max(0, grant.refreshUntil - now),
    refresh_token_expires_at: grant.refreshUntil,
    owner_id: ownerId,
    owner_name: `pdd${shop.id}`,
    ...levels(grant, now)
  })
}

function granted ({ grant, refused }) {
  if (refused) throw new Refused(refused)
  return grant
}

function create (call, world, { app, params }) {
  params.only('code')
  const now = Math.floor(call.now / 1000)
  const grant = granted(world.desk.redeem(app.appKey, params.required('code'), now))
  return pairAnswer(grant, world, now, grant.shopId)
}

/** Here owner_id is a number: sources saw both forms (3.2). */
function refresh (call, world, { app, params }) {
  params.only('refresh_token')
  const grant = granted(world.desk.renew(app, params.required('refresh_token'), call.now))
  return pairAnswer(grant, world, Math.floor(call.now / 1000), Number(grant.shopId))
}

module.exports = { create, refresh }
