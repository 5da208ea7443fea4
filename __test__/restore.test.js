// Hub.restore through the Node face; what it leaves at each death is tested in Rust.
'use strict'
const assert = require('node:assert/strict')
const { existsSync, readdirSync, statSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { Hub } = require('..')
const { failsWith, scratch } = require('./support')

const APP = { platform: 'doudian', appName: '店', appKey: 'key-1', appSecret: 'canary-secret-of-the-app', kind: 'self_use' }

/** A database with one app more than its backup, closed. */
async function withBackup(t) {
  const folder = scratch(t)
  const [database, from] = [join(folder, 'shop.db'), join(folder, 'backup.db')]
  const masterKey = Hub.generateKey()
  const hub = await Hub.open({ database, masterKey })
  const app = await hub.apps.save(APP)
  const { takenAt } = await hub.backup({ file: from })
  await hub.apps.save({ ...APP, appKey: 'key-2' })
  await hub.close()
  return { folder, database, from, masterKey, app, takenAt }
}

async function appsOf(database, masterKey) {
  const hub = await Hub.open({ database, masterKey })
  const apps = await hub.apps.list()
  const { items } = await hub.audit.list()
  await hub.close()
  return { apps, last: items[0] }
}

test('a backup is restored, and what was there is kept', async (t) => {
  const { folder, database, from, masterKey, app, takenAt } = await withBackup(t)
  const restored = await Hub.restore({ from, database, masterKey, overwrite: true })
  assert.deepEqual({ ...restored, bytes: 0, keptAs: '' }, { database, bytes: 0, takenAt, keptAs: '', heldChanges: 0 })
  assert.equal(restored.bytes, statSync(database).size)
  assert.deepEqual(readdirSync(folder).map((name) => join(folder, name)).toSorted(), [from, database, restored.keptAs].toSorted())
  assert.equal((await appsOf(restored.keptAs, masterKey)).apps.length, 2)
  const { apps, last } = await appsOf(database, masterKey)
  assert.deepEqual(apps, [app])
  assert.deepEqual([last.action, last.actor, last.outcome], ['hub.restore', 'system', 'ok'])
})

test('a backup is restored to a place without a database, with a ring of keys that may be wiped', async (t) => {
  const { folder, from, masterKey, app } = await withBackup(t)
  const database = join(folder, 'other.db')
  const keys = { write: Hub.generateKey(), read: [Buffer.from(masterKey)] }
  const restored = await Hub.restore({ from, database, keys, wipeKey: true })
  assert.equal(restored.keptAs, undefined)
  assert.ok([keys.write, ...keys.read].every((key) => key.every((byte) => byte === 0)))
  assert.deepEqual((await appsOf(database, masterKey)).apps, [app])
})

test('refusals say why and touch nothing', async (t) => {
  const { folder, database, from, masterKey } = await withBackup(t)
  const before = readdirSync(folder)
  const options = { from, database, masterKey, overwrite: true }
  const conflict = await failsWith('CONFLICT', () => Hub.restore({ from, database, masterKey }))
  assert.match(conflict.message, /overwrite/)
  assert.equal(conflict.operation, 'hub.restore')
  await failsWith('KEY_WRONG', () => Hub.restore({ ...options, masterKey: Hub.generateKey() }))
  await failsWith('NOT_FOUND', () => Hub.restore({ ...options, from: join(folder, 'none.db') }))
  await failsWith('CONFIG_INVALID', () => Hub.restore({ ...options, from: database }))
  const hub = await Hub.open({ database, masterKey })
  await failsWith('DATABASE_IN_USE', () => Hub.restore(options))
  // What is open is no backup, whoever made it.
  await failsWith('CONFIG_INVALID', () => Hub.restore({ ...options, from: database, database: join(folder, 'new.db') }))
  await hub.close()
  assert.deepEqual(readdirSync(folder), before)
  writeFileSync(join(folder, 'text'), 'x'.repeat(5000))
  await failsWith('STORAGE', () => Hub.restore({ ...options, from: join(folder, 'text') }))
  assert.ok(!existsSync(join(folder, 'new.db')))
  assert.equal((await appsOf(database, masterKey)).apps.length, 2)
})
