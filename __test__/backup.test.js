// hub.backup through the Node face; what is in a backup is tested in Rust.
'use strict'
const assert = require('node:assert/strict')
const { existsSync, readFileSync, readdirSync, statSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { Hub } = require('..')
const { failsWith, openHub, scratch } = require('./support')

const APP = { platform: 'doudian', appName: '店', appKey: 'key-1', appSecret: 'canary-secret-of-the-app', kind: 'self_use' }

test('a backup opens with the same key, holds what was saved and no secret', async (t) => {
  const masterKey = Hub.generateKey()
  const hub = await openHub(t, { masterKey })
  const app = await hub.apps.save(APP)
  const file = join(scratch(t), 'backup.db')
  const made = await hub.backup({ file })
  assert.equal(made.file, file)
  assert.equal(made.bytes, statSync(file).size)
  assert.equal(made.keyIds.length, 1)
  assert.ok(Math.abs(Date.parse(made.takenAt) - Date.now()) < 60_000)
  const bytes = readFileSync(file)
  for (const form of ['utf8', 'hex', 'base64', 'utf16le']) {
    const secret = Buffer.from(APP.appSecret)
    const needle = form === 'utf8' ? secret : form === 'utf16le' ? Buffer.from(APP.appSecret, 'utf16le') : Buffer.from(secret.toString(form).replaceAll('=', '').slice(0, -2))
    assert.ok(!bytes.includes(needle), form)
  }
  assert.ok(!bytes.includes(masterKey))
  await failsWith('KEY_WRONG', () => Hub.open({ database: file, masterKey: Hub.generateKey() }))
  const again = await Hub.open({ database: file, masterKey })
  assert.deepEqual(await again.apps.get(app.id), app)
  await again.close()
})

test('a backup needs the right, leaves a line in the audit and replaces nothing', async (t) => {
  const hub = await openHub(t)
  const folder = scratch(t)
  const file = join(folder, 'backup.db')
  await failsWith('FORBIDDEN', () => hub.as({ id: 'u1', roles: ['operator'] }).backup({ file }))
  assert.ok(!existsSync(file))
  writeFileSync(file, 'mine')
  await failsWith('CONFLICT', () => hub.as({ id: 'u2', roles: ['admin'] }).backup({ file }))
  assert.equal(readFileSync(file, 'utf8'), 'mine')
  const { items } = await hub.audit.list()
  assert.deepEqual(items.map(({ actor, action, target, outcome }) => [actor, action, target, outcome]), [
    ['u2', 'hub.backup', 'backup.db', 'CONFLICT'],
    ['u1', 'hub.backup', 'backup.db', 'refused'],
  ])
  await failsWith('CANCELLED', () => hub.backup({ file: join(folder, 'other.db'), signal: AbortSignal.abort() }))
  for (const options of [undefined, {}, { file: 1 }, { file: '' }, { file, other: 1 }]) await failsWith('INVALID_REQUEST', () => hub.backup(options))
  assert.deepEqual(readdirSync(folder), ['backup.db'])
})
