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
