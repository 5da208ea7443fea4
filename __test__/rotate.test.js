// hub.rotateKey through the Node face; kills, load and other processes are tested in Rust.
'use strict'
const assert = require('node:assert/strict')
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { inspect } = require('node:util')
const { Hub } = require('..')
const { failsWith, openHub, scratch } = require('./support')

const APP = { platform: 'doudian', appName: '店', appKey: 'key-1', appSecret: 'canary-secret-of-the-app', kind: 'self_use', proxy: 'http://user:canary@127.0.0.1:3128' }

test('the new key opens the database alone, and the old one is refused before anything is written', async (t) => {
  const [database, oldKey, newKey] = [join(scratch(t), 'test.db'), Hub.generateKey(), Hub.generateKey()]
  const hub = await openHub(t, { database, masterKey: oldKey })
  const app = await hub.apps.save(APP)
  const told = []
  const { keyId, superseded, ...counts } = await hub.rotateKey({ newKey, onProgress: (progress) => told.push(progress) })
  assert.match(keyId, /^[0-9a-f]{16}$/)
  assert.deepEqual([superseded.length, counts], [1, { resealed: 2, unreadable: 0 }])
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual(told.at(-1), { looked: 2, total: 2, resealed: 2 })
  assert.equal((await hub.rotateKey({ newKey })).resealed, 0)
  await hub.apps.save({ ...APP, appKey: 'key-2' })
  await hub.close()

  const before = readFileSync(database)
  const error = await failsWith('KEY_WRONG', () => Hub.open({ database, masterKey: oldKey }))
  assert.match(error.message, new RegExp(`superseded by key ${keyId}`))
  assert.deepEqual(readFileSync(database), before)
  const again = await openHub(t, { database, masterKey: newKey })
  assert.deepEqual(await again.apps.get(app.id), app)
  const { items } = await again.audit.list()
  assert.deepEqual(items.filter(({ action }) => action === 'hub.rotateKey').map(({ actor, target, outcome }) => [actor, target, outcome]), [
    ['system', keyId, 'ok'],
    ['system', keyId, 'ok'],
  ])
})

test('what was stopped goes on with both keys', async (t) => {
  const [database, oldKey, newKey] = [join(scratch(t), 'test.db'), Hub.generateKey(), Hub.generateKey()]
  const hub = await openHub(t, { database, masterKey: oldKey })
  await hub.apps.save(APP)
  await failsWith('CANCELLED', () => hub.rotateKey({ newKey, signal: AbortSignal.abort() }))
  await hub.close()
  for (const masterKey of [oldKey, newKey]) await failsWith('KEY_WRONG', () => Hub.open({ database, masterKey }))
  const again = await Hub.open({ database, keys: { write: newKey, read: [oldKey] } })
  assert.equal((await again.rotateKey({ newKey })).resealed, 2)
  await again.close()
  await (await Hub.open({ database, masterKey: newKey })).close()
})

test('the new key is copied, and wiped only when asked and nothing else is wrong', async (t) => {
  const [database, kept, wiped] = [join(scratch(t), 'test.db'), Hub.generateKey(), Hub.generateKey()]
  const hub = await openHub(t, { database })
  const copies = [Buffer.from(kept), Buffer.from(wiped)]
  await hub.rotateKey({ newKey: kept })
  assert.deepEqual(kept, copies[0])
  await failsWith('INVALID_REQUEST', () => hub.rotateKey({ newKey: wiped, wipeKey: true, signal: 1 }))
  await failsWith('INVALID_REQUEST', () => hub.rotateKey({ newKey: wiped, wipeKey: true, onProgress: 1 }))
  assert.deepEqual(wiped, copies[1])
  await hub.rotateKey({ newKey: wiped, wipeKey: true })
  assert.deepEqual(wiped, Buffer.alloc(32))
  await hub.close()
  await (await Hub.open({ database, masterKey: copies[1] })).close()
})

test('it needs the right and a key of 32 random bytes, and tells no key', async (t) => {
  const hub = await openHub(t)
  const newKey = Hub.generateKey()
  await failsWith('FORBIDDEN', () => hub.as({ id: 'u1', roles: ['operator'] }).rotateKey({ newKey }))
  for (const bad of [Buffer.alloc(32), newKey.subarray(1)]) await failsWith('CONFIG_INVALID', () => hub.rotateKey({ newKey: bad }))
  for (const bad of [undefined, null, newKey.toString('hex'), [...newKey]]) await failsWith('INVALID_REQUEST', () => hub.rotateKey({ newKey: bad }))
  await hub.as({ id: 'u2', roles: ['admin'] }).rotateKey({ newKey })
  const error = await failsWith('CONFLICT', async () => {
    await hub.rotateKey({ newKey: Hub.generateKey() })
    await hub.rotateKey({ newKey })
  })
  const shown = inspect([error, (await hub.audit.list()).items], { depth: 9, showHidden: true })
  for (const form of ['hex', 'base64', 'latin1']) assert.ok(!shown.includes(newKey.toString(form)), form)
  assert.deepEqual((await hub.audit.list({ actor: 'u1' })).items.map(({ outcome }) => outcome), ['refused'])
})
