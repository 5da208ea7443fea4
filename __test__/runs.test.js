// Syncs from JS: progress, cancelling, and what callbacks may do wrong.
'use strict'
const assert = require('node:assert/strict')
const { getEventListeners } = require('node:events')
const { test } = require('node:test')
const { failsWith, openHub } = require('./support')
const { hubWithShop } = require('./platform')

const VERBS = [
  ['products', (run) => run],
  ['orders', (run) => run],
  ['shops', (runs) => runs.at(-1)],
]

for (const [group, last] of VERBS) {
  test(`${group}.sync tells how it goes and resolves to the run`, async (t) => {
    const { hub, shopId } = await hubWithShop(t)
    const seen = []
    const run = last(await hub[group].sync({ shopId, full: true, onProgress: (progress) => seen.push(progress) }))
    assert.equal(run.state, 'done')
    assert.equal(typeof run.id, 'string')
    assert.ok(!Number.isNaN(Date.parse(run.startedAt)))
    assert.ok(seen.length > 0)
    for (const { shopId: of, progress } of seen) {
      assert.equal(of, shopId)
      for (const number of Object.values(progress)) assert.ok(Number.isSafeInteger(number))
    }
  })
}

test('a callback that throws or rejects does not touch the run', async (t) => {
  const { hub, shopId } = await hubWithShop(t)
  const unhandled = []
  const note = (reason) => unhandled.push(reason)
  process.on('unhandledRejection', note)
  process.on('uncaughtException', note)
  t.after(() => process.off('unhandledRejection', note).off('uncaughtException', note))
  let calls = 0
  const callbacks = [
    () => {
      calls += 1
      throw new Error('from the callback')
    },
    () => {
      calls += 1
      // oxlint-disable-next-line no-throw-literal
      throw null
    },
    async () => {
      calls += 1
      throw new Error('from the async callback')
    },
    () => ({
      // oxlint-disable-next-line no-thenable
      get then() {
        throw new Error('from a thenable')
      },
    }),
  ]
  for (const onProgress of callbacks) {
    assert.equal((await hub.products.sync({ shopId, full: true, onProgress })).state, 'done')
  }
  await new Promise(setImmediate)
  assert.ok(calls >= 3)
  assert.deepEqual(unhandled, [])
})

test('a signal that is aborted already cancels at once', async (t) => {
  const { hub, shopId } = await hubWithShop(t)
  await failsWith('CANCELLED', () => hub.products.sync({ shopId, full: true, signal: AbortSignal.abort() }))
})

test('a signal that is aborted later cancels the run, and its listener goes', async (t) => {
  const { hub, shopId } = await hubWithShop(t)
  const controller = new AbortController()
  const onProgress = () => controller.abort()
  const error = await failsWith('CANCELLED', () => hub.products.sync({ shopId, full: true, signal: controller.signal, onProgress }))
  assert.equal(error.shopId, shopId)
  assert.equal((await hub.runs.list({ shopId })).items[0].state, 'cancelled')
  assert.deepEqual(getEventListeners(controller.signal, 'abort'), [])
})

test('one signal may serve many runs without gathering listeners', async (t) => {
  const { hub, shopId } = await hubWithShop(t)
  const { signal } = new AbortController()
  for (let i = 0; i < 3; i++) await hub.products.sync({ shopId, signal })
  await failsWith('INVALID_REQUEST', () => hub.products.sync({ shopId: 'x', signal }))
  assert.deepEqual(getEventListeners(signal, 'abort'), [])
})

test('one signal may serve many calls at a time: one listener, no warning, one abort for all', async (t) => {
  const { hub, shopId } = await hubWithShop(t)
  const warnings = []
  const warned = (warning) => warnings.push(warning.name)
  process.on('warning', warned)
  t.after(() => process.off('warning', warned))
  const controller = new AbortController()
  const { signal } = controller
  // Two syncs of which one has to give way, and queries that would never end.
  const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS n FROM n'
  const queries = Array.from({ length: 15 }, () => hub.query(endless, [], { timeoutMs: 60_000, signal }))
  const syncs = [hub.orders.sync({ shopId, signal }), hub.orders.sync({ shopId, signal }), hub.products.sync({ shopId: '404', signal })]
  assert.equal(getEventListeners(signal, 'abort').length, 1)
  const ended = await Promise.allSettled(syncs)
  assert.deepEqual(ended.map(({ status, reason }) => reason?.code ?? status).toSorted(), ['CONFLICT', 'NOT_FOUND', 'fulfilled'])
  assert.equal(getEventListeners(signal, 'abort').length, 1, 'the queries still need it')
  controller.abort()
  await Promise.all(queries.map((query) => failsWith('CANCELLED', () => query)))
  await new Promise(setImmediate)
  assert.deepEqual(getEventListeners(signal, 'abort'), [])
  assert.deepEqual(warnings, [])
  await failsWith('CANCELLED', () => hub.query(endless, [], { signal }))
})

test('each of many signals has its own listener', async (t) => {
  const hub = await openHub(t)
  const controllers = Array.from({ length: 20 }, () => new AbortController())
  const calls = controllers.map(({ signal }) => hub.query('SELECT 1 AS a', [], { signal }))
  for (const { signal } of controllers) assert.equal(getEventListeners(signal, 'abort').length, 1)
  await Promise.all(calls)
  for (const { signal } of controllers) assert.deepEqual(getEventListeners(signal, 'abort'), [])
})

test('onProgress and signal must be what they are called', async (t) => {
  const hub = await openHub(t)
  for (const bad of [1, 'x', {}, [], null]) {
    await failsWith('INVALID_REQUEST', () => hub.orders.sync({ shopId: '1', onProgress: bad }))
    await failsWith('INVALID_REQUEST', () => hub.orders.sync({ shopId: '1', signal: bad }))
  }
  const hostile = {
    get aborted() {
      throw new Error('from a getter')
    },
  }
  await failsWith('INVALID_REQUEST', () => hub.orders.sync({ shopId: '1', signal: hostile }))
})
