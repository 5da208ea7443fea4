'use strict'
const test = require('node:test')
const assert = require('node:assert/strict')
const { once, EventEmitter } = require('node:events')
const { serve, events } = require('./support')
const { fault } = require('./fake_hub')

/** Starts a sync and waits until the hub has been asked for it. */
async function begin (served, kind = 'orders') {
  const arrived = new EventEmitter()
  const before = served.hub.syncs.length
  const push = served.hub.syncs.push.bind(served.hub.syncs)
  served.hub.syncs.push = sync => { push(sync); arrived.emit('sync') }
  const answer = served.post('/shops/3/sync', { kind, full: true })
  await once(arrived, 'sync')
  return { answer, sync: served.hub.syncs[before] }
}

test('a sync is answered as soon as it is under way', async t => {
  const served = await serve(t)
  const { answer, sync } = await begin(served)
  assert.deepEqual([sync.options.shopId, sync.options.full], ['3', true])
  sync.progress({ listed: 100 })
  const { status, body } = await answer.then(async got => ({ status: got.status, body: await got.json() }))
  assert.equal(status, 202)
  assert.equal(body.progress.listed, 100)
  sync.end()
})

test('a sync that cannot begin is an error of its request', async t => {
  const served = await serve(t)
  const { answer, sync } = await begin(served)
  sync.fail(fault('CONFLICT'))
  assert.equal((await answer).status, 409)
})

test('only products and orders can be synced', async t => {
  const { post } = await serve(t)
  assert.equal((await post('/shops/3/sync', { kind: 'constructor' })).status, 400)
})

test('those who watch see a run from its first number to its end', async t => {
  const served = await serve(t)
  served.hub.shopsOf.u1 = [{ id: '3' }]
  const stream = events(await served.get('/progress'))
  const { answer, sync } = await begin(served)
  sync.progress({ listed: 100 })
  await answer
  assert.equal((await stream.next()).value.progress.listed, 100)
  sync.end()
  assert.equal((await stream.next()).value.state, 'done')
})

test('a run that fails later is shown as its row says', async t => {
  const served = await serve(t)
  served.hub.shopsOf.u1 = [{ id: '3' }]
  served.hub.answers['runs.get'] = { id: '1', shopId: '3', state: 'failed', errorCode: 'TRANSIENT' }
  const stream = events(await served.get('/progress'))
  const { answer, sync } = await begin(served)
  sync.progress({ listed: 100 })
  await answer
  await stream.next()
  sync.fail(fault('TRANSIENT'))
  assert.equal((await stream.next()).value.errorCode, 'TRANSIENT')
  assert.equal(served.logged[0].code, 'TRANSIENT')
})

test('those who may not see a shop do not see its runs', async t => {
  const served = await serve(t)
  served.hub.shopsOf = { u1: [{ id: '3' }], u2: [{ id: '4' }] }
  const mine = events(await served.get('/progress', { 'x-user': 'u1' }))
  const theirs = events(await served.get('/progress', { 'x-user': 'u2' }))
  const { answer, sync } = await begin(served)
  sync.progress({ listed: 1 })
  await answer
  assert.equal((await mine.next()).value.shopId, '3')
  await served.stop()
  assert.equal((await theirs.next()).done, true)
})

test('stopping the server ends its runs', async t => {
  const served = await serve(t)
  served.hub.answers['runs.get'] = { id: '1', shopId: '3', state: 'cancelled' }
  const { answer, sync } = await begin(served)
  sync.progress({ listed: 1 })
  await answer
  await served.stop()
  assert.equal(sync.options.signal.aborted, true)
  assert.deepEqual(served.logged, [])
})
