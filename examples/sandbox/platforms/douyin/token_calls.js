'use strict'
// The OAuth endpoints, fact sheet 1.3. Lifetimes are the seconds that are left.
const { accept } = require('./envelope')
const { Refused } = require('./params')

/** What a refused token call still has, empty. */
const EMPTY_PAIR = { access_token: '', expires_in: 0, refresh_token: '', refresh_expires_in: 0, open_id: '', scope: '' }

function appOf (params, world) {
  const app = world.apps.get(params.text('client_key'))
  if (!app) throw new Refused('clientUnknown')
  return app
}

function withSecret (params, world) {
  const app = appOf(params, world)
  if (params.text('client_secret') !== app.appSecret) throw new Refused('signatureInvalid')
  return app
}

function grantType (params, wanted) {
  if (params.text('grant_type') !== wanted) throw new Refused('parameterInvalid', `grant_type 应为 ${wanted}`)
}

function granted ({ grant, refused }) {
  if (refused) throw new Refused(refused)
  return grant
}

function pair (grant, world, now) {
  const account = world.shopById(grant.shopId)
  return accept({
    access_token: grant.accessToken,
    expires_in: grant.accessUntil - now,
    refresh_token: grant.refreshToken,
    refresh_expires_in: grant.refreshUntil - now,
    open_id: account.openIdFor(grant.appKey),
    union_id: account.unionId,
    scope: grant.scopes.join(',')
  })
}

function accessToken (call, world, { params }) {
  params.only('client_key', 'client_secret', 'code', 'grant_type')
  grantType(params, 'authorization_code')
  const app = withSecret(params, world)
  return pair(granted(world.desk.redeem(app.appKey, params.text('code'), call.second)), world, call.second)
}

/** Without the secret: whoever has the token may refresh it. */
function refreshToken (call, world, { params }) {
  params.only('client_key', 'grant_type', 'refresh_token')
  grantType(params, 'refresh_token')
  const app = appOf(params, world)
  return pair(granted(world.desk.extend(app.appKey, params.text('refresh_token'), call.second)), world, call.second)
}

function renewRefreshToken (call, world, { params }) {
  params.only('client_key', 'refresh_token')
  const app = appOf(params, world)
  const grant = granted(world.desk.renew(app.appKey, params.text('refresh_token'), call.second))
  return accept({ refresh_token: grant.refreshToken, expires_in: grant.refreshUntil - call.second })
}

function ofClient (take) {
  return (call, world, { params }) => {
    params.only('client_key', 'client_secret', 'grant_type')
    grantType(params, 'client_credential')
    const app = withSecret(params, world)
    const { entry, refused } = take(world.clientTokens, app, call.second)
    if (refused) throw new Refused(refused)
    return accept({ access_token: entry.token, expires_in: entry.until - call.second })
  }
}

const clientToken = ofClient((tokens, app, now) => tokens.issue(app, now))
const stableClientToken = ofClient((tokens, app, now) => tokens.stable(app, now))

function userInfo (call, world, { params }) {
  params.only('access_token', 'open_id')
  const grant = granted(world.desk.check(params.text('access_token'), call.second))
  const account = world.shopById(grant.shopId)
  if (params.text('open_id') !== account.openIdFor(grant.appKey)) throw new Refused('openIdMismatch')
  if (!grant.scopes.includes('user_info')) throw new Refused('noPermission')
  return accept({ ...account.info(grant.appKey), client_key: grant.appKey })
}

module.exports = { accessToken, refreshToken, renewRefreshToken, clientToken, stableClientToken, userInfo, EMPTY_PAIR }
