// Errors: one shape, whether a promise rejects or a function throws.
'use strict'
const assert = require('node:assert/strict')
const { cpSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { failsWith, openHub, scratch } = require('./support')

test('a rejection is a DianqiaoError whose stack shows the caller', async (t) => {
  const hub = await openHub(t)
  const error = await failsWith('NOT_FOUND', function theCaller() {
    return hub.shops.get('404')
  })
  assert.equal(Object.getPrototypeOf(error), Error.prototype)
  assert.equal(error.operation, 'shops.get')
  assert.equal(error.retryable, false)
  assert.equal(error.attempts, 0)
  assert.match(error.stack, /theCaller/)
  assert.match(error.stack, /errors\.test\.js/)
  assert.ok(!Object.keys(error).includes('name'))
  for (const absent of ['platform', 'platformCode', 'requestId', 'retryAfterMs']) assert.ok(!(absent in error), absent)
})

test('an error names the shop it concerns', async (t) => {
  const hub = await openHub(t)
  const error = await failsWith('NOT_FOUND', () => hub.shops.get('404'))
  assert.equal(error.shopId, '404')
  assert.match(error.message, /shop 404/)
})

test('a synchronous export throws the same shape', async (t) => {
  const hub = await openHub(t)
  let thrown
  try {
    hub.as({ id: '' })
  } catch (error) {
    thrown = error
  }
  assert.equal(thrown.name, 'DianqiaoError')
  assert.equal(thrown.code, 'INVALID_REQUEST')
  assert.equal(thrown.operation, 'hub.as')
  assert.match(thrown.stack, /errors\.test\.js/)
})

test('a promise is returned even when the arguments are wrong', async (t) => {
  const hub = await openHub(t)
  const promise = hub.shops.get(12)
  assert.ok(promise instanceof Promise)
  await failsWith('INVALID_REQUEST', () => promise)
})

test('no message quotes the value it refuses', async (t) => {
  const hub = await openHub(t)
  const secret = 'canary-5f1c'
  const app = { platform: 'doudian', appName: 'n', appKey: 'k', kind: 'self_use' }
  const wrong = [
    () => hub.apps.save({ ...app, appSecret: [secret] }),
    () => hub.apps.save({ ...app, appSecret: { secret } }),
    () => hub.apps.save({ ...app, kind: secret, appSecret: secret }),
    () => hub.shops.get(secret),
    () => hub.orders.list({ cursor: [secret], updatedFrom: secret }),
    () => hub.oauth.complete({ query: `https://[${secret}` }),
    () => hub.call({ shopId: '1', api: secret, params: { a: Symbol(secret) } }),
  ]
  for (const call of wrong) {
    const error = await failsWith('INVALID_REQUEST', call)
    const shown = require('node:util').inspect(error, { depth: 9, showHidden: true }).replaceAll(__filename, '')
    assert.ok(!shown.includes(secret), shown)
  }
})

test('a loader without a binary says in one sentence what to do', (t) => {
  const directory = scratch(t)
  cpSync(join(__dirname, '..', 'index.js'), join(directory, 'index.js'))
  assert.throws(
    () => require(join(directory, 'index.js')),
    (error) => {
      assert.equal(error.code, 'CONFIG_INVALID')
      assert.match(error.message, /^dianqiao has no native binary that works on \S+ with Node v[\d.]+: install .* or build it with `npm run build`.*\.$/)
      return error.cause instanceof Error
    },
  )
})
