'use strict'
const test = require('node:test')
const assert = require('node:assert/strict')
const { serve, ok, saveApp, connect, events, until } = require('./support')

const ended = run => run.state !== 'running'

/** A server with a connected shop whose product sync waits for ever at its first SKUs, its list being stored. */
async function serveHeld (t, options) {
  const served = await serve(t, options)
  const shop = await connect(served)
  served.sandbox.control.fault({ fault: 'hang', method: 'sku.list' })
  const sync = (body = { kind: 'products' }, headers = {}) => served.post(`/shops/${shop.id}/sync`, body, headers)
  return { ...served, shop, sync }
}

test('a sync is answered as soon as it is under way', async t => {
  const { sync, shop, sandbox, hub } = await serveHeld(t)
  sandbox.control.fault({ fault: 'hang', method: 'product.listV2' })
  const answer = await sync({ kind: 'products', full: true })
  const run = await answer.json()
  assert.equal(answer.status, 202)
  assert.deepEqual([run.shopId, run.kind, run.mode, run.state, run.actor], [shop.id, 'products', 'full', 'running', 'u1'])
  assert.equal((await hub.runs.get(run.id)).state, 'running')
})

test('a sync reads what changed since the first, unless asked for everything', async t => {
  const { sync, sandbox, get } = await serveHeld(t)
  sandbox.control.clearFaults()
  for (const [full, mode] of [[undefined, 'full'], [undefined, 'incremental'], [true, 'full']]) {
    const stream = events(await get('/progress'))
    const run = await ok(sync({ kind: 'products', full }))
    assert.equal(run.mode, mode)
    assert.equal((await until(stream, ended)).state, 'done')
  }
})

test('a second sync of the same kind is a conflict of its request', async t => {
  const { sync, logged } = await serveHeld(t)
  await ok(sync())
  const answer = await sync()
  assert.equal(answer.status, 409)
  assert.equal((await answer.json()).error.code, 'CONFLICT')
  assert.equal((await sync({ kind: 'orders' })).status, 202)
  assert.deepEqual(logged, [])
})

test('only products, orders and refunds can be synced', async t => {
  const { sync, get } = await serveHeld(t)
  assert.equal((await sync({ kind: 'constructor' })).status, 400)
  assert.equal((await sync({ kind: 'products', full: 'yes' })).status, 400)
  assert.equal((await sync({ kind: 'orders', since: 5 })).status, 400)
  assert.deepEqual((await ok(get('/runs'))).items, [])
})

test('those who watch see a run from its first number to its end, which is told once', async t => {
  const { sync, sandbox, hub, get, stop } = await serveHeld(t)
  sandbox.control.clearFaults()
  const stream = events(await get('/progress'))
  const { id } = await ok(sync())
  const seen = []
  do seen.push(await until(stream, run => run.id === id))
  while (!ended(seen.at(-1)))
  assert.equal(seen[0].state, 'running')
  assert.equal(seen[0].progress.listed, 0)
  assert.deepEqual(seen.at(-1), await hub.runs.get(id))
  assert.deepEqual([seen.at(-1).progress.listed, seen.at(-1).state], [20, 'done'])
  await stop()
  assert.equal((await stream.next()).done, true)
})

test('those who come later see the runs that are under way', async t => {
  const { sync, get } = await serveHeld(t)
  const first = events(await get('/progress'))
  const { id } = await ok(sync())
  await until(first, run => run.stage === 'detail') // its last news: it is held there
  const later = events(await get('/progress'))
  assert.deepEqual((await later.next()).value.id, id)
})

test('a run that fails later is shown as its row says', async t => {
  const { sync, sandbox, hub, get, stop, logged } = await serveHeld(t)
  sandbox.control.clearFaults()
  sandbox.control.fault({ fault: 'no_permission', method: 'sku.list' })
  const stream = events(await get('/progress'))
  const { id } = await ok(sync())
  const run = await until(stream, ended)
  assert.deepEqual([run.id, run.state, run.errorCode], [id, 'failed', 'PLATFORM_CONFIG'])
  assert.deepEqual(run, await hub.runs.get(id))
  await stop()
  assert.deepEqual(logged.map(error => error.code), ['PLATFORM_CONFIG'])
})

test('those who may not see a shop do not see its runs', async t => {
  const served = await serve(t, { sandbox: { shops: 2 } })
  const appId = await saveApp(served)
  const shops = [await connect(served, { appId }), await connect(served, { appId, shop: 1 })]
  for (const [i, shop] of shops.entries()) {
    await served.hub.rights.set({ subject: `user:u${i + 1}`, right: 'shops.read', shopId: shop.id, granted: true })
  }
  const [mine, theirs] = await Promise.all(['u1', 'u2'].map(async user => events(await served.get('/progress', { 'x-user': user, 'x-roles': '' }))))
  const { id } = await ok(served.post(`/shops/${shops[0].id}/sync`, { kind: 'products' }))
  const run = await until(mine, ended)
  assert.deepEqual([run.id, run.shopId, run.state], [id, shops[0].id, 'done'])
  await served.stop()
  assert.equal((await theirs.next()).done, true)
})

test('a run is cancelled by whoever may sync its shop, and by nobody else', async t => {
  const { sandbox, get, post, sync, logged } = await serveHeld(t, { sandbox: { products: 400 } })
  // Slow enough that the request to cancel arrives in the middle; it is seen at the next answer.
  sandbox.control.clearFaults()
  sandbox.control.fault({ fault: 'latency', method: 'sku.list', options: { ms: 20 } })
  const stream = events(await get('/progress'))
  const { id } = await ok(sync())
  await until(stream, run => run.progress.listed > 0)
  assert.equal((await post(`/runs/${id}/cancel`, {}, { 'x-user': 'u2', 'x-roles': 'viewer' })).status, 403)
  assert.equal((await post(`/runs/${id}/cancel`, {})).status, 200)
  assert.equal((await until(stream, ended)).state, 'cancelled')
  assert.equal((await post(`/runs/${id}/cancel`, {})).status, 409)
  assert.deepEqual(logged, [])
})

test('stopping the server ends its runs', async t => {
  const { sync, hub, get, stop, logged } = await serveHeld(t)
  const stream = events(await get('/progress'))
  const { id } = await ok(sync())
  await until(stream, run => run.progress.listed === 20)
  await stop()
  const { state, progress } = await hub.runs.get(id)
  assert.deepEqual([state, progress.listed], ['cancelled', 20])
  assert.equal((await until(stream, ended)).state, 'cancelled')
  assert.equal((await stream.next()).done, true)
  assert.deepEqual(logged, [])
})
