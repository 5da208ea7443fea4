// Nothing that JS can print shows a secret or the inside of the hub.
'use strict'
const assert = require('node:assert/strict')
const { join } = require('node:path')
const { test } = require('node:test')
const { inspect } = require('node:util')
const { Hub } = require('..')
const { openHub, scratch } = require('./support')

const GROUPS = ['platforms', 'apps', 'oauth', 'shops', 'products', 'orders', 'runs', 'rights', 'audit']

test('a hub and its groups show nothing of their inside', async (t) => {
  const hub = await openHub(t)
  assert.equal(inspect(hub), 'Hub {}')
  assert.equal(JSON.stringify(hub), '{}')
  assert.deepEqual(Reflect.ownKeys(hub), [])
  for (const group of GROUPS) {
    assert.deepEqual(Reflect.ownKeys(hub[group]), [], group)
    assert.equal(JSON.stringify(hub[group]), '{}')
  }
})

test('an app comes back without its secret and without the password of its proxy', async (t) => {
  const hub = await openHub(t)
  const app = await hub.apps.save({
    platform: 'doudian',
    appName: '店',
    appKey: 'key-1',
    appSecret: Buffer.from('canary-secret'),
    kind: 'self_use',
    proxy: 'http://user:canary-password@127.0.0.1:3128',
  })
  const shown = inspect([app, await hub.apps.list()], { depth: 9, showHidden: true })
  assert.ok(!shown.includes('canary'), shown)
  assert.ok(!('appSecret' in app))
  assert.equal(app.enabled, true)
})

test('a key is made of 32 random bytes', () => {
  const key = Hub.generateKey()
  assert.ok(Buffer.isBuffer(key))
  assert.equal(key.length, 32)
  assert.notDeepEqual(key, Hub.generateKey())
})

test('the key is left alone unless wipeKey says otherwise', async (t) => {
  const kept = Hub.generateKey()
  const copy = Buffer.from(kept)
  await openHub(t, { masterKey: kept })
  assert.deepEqual(kept, copy)

  const wiped = Hub.generateKey()
  await openHub(t, { masterKey: wiped, wipeKey: true })
  assert.deepEqual(wiped, Buffer.alloc(32))

  const plain = new Uint8Array(Hub.generateKey())
  await openHub(t, { masterKey: plain, wipeKey: true })
  assert.deepEqual(plain, new Uint8Array(32))

  const keys = { write: Hub.generateKey(), read: [Hub.generateKey(), Hub.generateKey()] }
  const hub = await Hub.open({ database: join(scratch(t), 'ring.db'), keys, wipeKey: true })
  await hub.close()
  for (const key of [keys.write, ...keys.read]) assert.deepEqual(key, Buffer.alloc(32))
})

test('the key is copied: changing the Buffer at once changes nothing', async (t) => {
  const database = join(scratch(t), 'copy.db')
  const masterKey = Hub.generateKey()
  const copy = Buffer.from(masterKey)
  const opening = Hub.open({ database, masterKey })
  masterKey.fill(9)
  await (await opening).close()
  await (await Hub.open({ database, masterKey: copy })).close()
})
