// What an operator is told of a shop, and reading a stretch of the past.
'use strict'
const assert = require('node:assert/strict')
const { test } = require('node:test')
const { failsWith } = require('./support')
const { hubWithShop } = require('./platform')

test('shops.explain names the next action and holds no secret', async (t) => {
  const { hub, shopId } = await hubWithShop(t)
  assert.equal((await hub.shops.explain(shopId)).nextAction, 'sync')
  await hub.shops.sync({ shopId })
  const known = await hub.shops.explain(shopId)
  assert.equal(known.nextAction, 'none', known.advice)
  assert.equal(known.shop.id, shopId)
  assert.ok(Date.parse(known.nextRefreshAt) > Date.now())
  assert.match(known.lastGoodCall.api, /^[a-z]+\.[A-Za-z0-9]+$/)
  assert.deepEqual(known.syncs.map((sync) => [sync.kind, sync.openWindows]), [['products', 0], ['orders', 0], ['refunds', 0]])
  for (const { lagMs } of known.syncs) assert.ok(lagMs >= 0 && lagMs < 3_600_000)
  assert.ok(known.limits.every((limit) => limit.perSecond === limit.quota && !limit.isLowered))
  for (const { permits, quota } of known.limits) assert.ok(Number.isInteger(permits) && permits >= 0 && permits <= Math.max(1, quota / 5))
  assert.deepEqual(known.openChanges, [])
  assert.doesNotMatch(JSON.stringify(known), /token"|secret/i)
  await hub.shops.disable(shopId)
  assert.equal((await hub.shops.explain(shopId)).nextAction, 'enable_shop')
  await failsWith('NOT_FOUND', () => hub.shops.explain('999'))
  await failsWith('FORBIDDEN', () => hub.as({ id: 'u1', roles: ['nobody'] }).shops.explain(shopId))
})

test('the last error of the platform is told with its code and request id', async (t) => {
  const { hub, shopId } = await hubWithShop(t)
  const params = { page: 0, size: 1, pge: 2 }
  const error = await failsWith('INVALID_REQUEST', () => hub.call({ shopId, api: 'order.searchList', params }))
  // Noted beside the call, never in its way.
  let lastError
  for (const end = Date.now() + 5000; lastError === undefined && Date.now() < end; ) {
    ;({ lastError } = await hub.shops.explain(shopId))
  }
  assert.equal(lastError.api, 'order.searchList')
  assert.equal(lastError.code, 'INVALID_REQUEST')
  assert.equal(lastError.platformCode, error.platformCode)
  assert.equal(lastError.requestId, error.requestId)
})

test('a backfill reads its stretch and leaves the first sync to come', async (t) => {
  const { hub, shopId } = await hubWithShop(t)
  const [since, until] = [3, 1].map((days) => new Date(Date.now() - days * 86_400_000).toISOString())
  const run = await hub.orders.sync({ shopId, since, until })
  assert.deepEqual([run.mode, run.state, run.since, run.until], ['backfill', 'done', since, until])
  assert.equal((await hub.shops.explain(shopId)).syncs[1].frontier, undefined)
  assert.equal((await hub.orders.sync({ shopId })).mode, 'full')
  for (const bad of [{ until }, { since: until, until: since }, { since, until: '2999-01-01T00:00:00Z' }, { since, until, full: true }]) {
    await failsWith('INVALID_REQUEST', () => hub.orders.sync({ shopId, ...bad }))
  }
})
