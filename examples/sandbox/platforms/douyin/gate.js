'use strict'
// The checks before a business call runs, fact sheet 1.5: token, whose it is, scope, quota. Nothing is signed.
const { shanghaiText } = require('../../clock')
const { Refused, fromPairs, BODIES } = require('./params')

function tokenOf (call) {
  const token = call.headers['access-token']
  if (!token) throw new Refused('tokenUnknown', '缺少请求头 access-token')
  return token
}

/** Of calls in a user's name; everything but the token is still to be proved. */
function userOf (call, world, query) {
  const { grant, refused } = world.desk.check(tokenOf(call), call.second)
  if (refused) throw new Refused(refused)
  const account = world.shopById(grant.shopId)
  if (query.text('open_id') !== account.openIdFor(grant.appKey)) throw new Refused('openIdMismatch')
  if (account.banned) throw new Refused('userBanned')
  return { app: world.apps.get(grant.appKey), grant, account }
}

function clientOf (call, world) {
  const { appKey, refused } = world.clientTokens.check(tokenOf(call), call.second)
  if (refused) throw new Refused(refused)
  return { app: world.apps.get(appKey) }
}

function checkScope ({ scope }, { app, grant }) {
  if (!app.scopes.includes(scope) || (grant && !grant.scopes.includes(scope))) throw new Refused('noPermission', `缺少 scope ${scope}`)
}

/** 1.13: by application and scope. */
function checkQuota (call, world, app, scope) {
  if (!world.quotas.take(`${app.appKey}/${scope}`, app.callsPerSecond)) throw new Refused('tooFrequent')
  if (app.callsPerDay === null) return
  const key = `${app.appKey}/${scope}/${shanghaiText(call.second).slice(0, 10)}`
  const made = (world.callsToday.get(key) ?? 0) + 1
  if (made > app.callsPerDay) throw new Refused('limited')
  world.callsToday.set(key, made)
}

/** Answers `{ query, params, app, grant, account }`, as much as the method has of these, or throws Refused. */
function admit (call, world, method) {
  const query = fromPairs(call.query)
  if (method.of === 'none') {
    query.only()
    return { query, params: BODIES[method.body](call) }
  }
  const caller = method.of === 'user' ? userOf(call, world, query) : clientOf(call, world)
  checkScope(method, caller)
  checkQuota(call, world, caller.app, method.scope)
  return { ...caller, query, params: BODIES[method.body](call) }
}

module.exports = { admit }
