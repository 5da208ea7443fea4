// Work in the background from JS: queued, done, put aside, and queued by the clock.
'use strict'
const assert = require('node:assert/strict')
const { mkdirSync, readdirSync, statSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { setTimeout: later } = require('node:timers/promises')
const { Hub } = require('..')
const { hubWithShop } = require('./platform')
const { failsWith, openHub, scratch } = require('./support')

async function until(hub, id, state) {
  for (let left = 500; left; left--) {
    const job = await hub.jobs.get(id)
    if (job.state === state) return job
    await later(20)
  }
  assert.fail(`job ${id} is not ${state}`)
}

test('a job syncs a shop in the background, and twice is once', async (t) => {
  const { hub, shopId } = await hubWithShop(t, { products: 5, orders: 30 })
  const job = await hub.jobs.add({ kind: 'orders.sync', shopId })
  const done = await until(hub, job.id, 'done')
  assert.deepEqual([done.kind, done.shopId, done.lane, done.attempt, done.actor], ['orders.sync', shopId, 'interactive', 1, 'system'])
  assert.equal((await hub.orders.list({ shopId, limit: 500 })).items.length, 30)
  const dueAt = new Date(Date.now() + 3_600_000).toISOString()
  const [one, two] = [await hub.jobs.add({ kind: 'products.sync', shopId, dueAt }), await hub.jobs.add({ kind: 'products.sync', shopId, dueAt })]
  assert.equal(one.id, two.id)
  assert.equal((await hub.jobs.pause(one.id)).state, 'paused')
  await failsWith('CONFLICT', () => hub.jobs.pause(one.id))
  assert.equal((await hub.jobs.resume(one.id)).state, 'waiting')
  assert.equal((await hub.jobs.cancel(one.id)).state, 'cancelled')
  await failsWith('CONFLICT', () => hub.jobs.cancel(one.id))
  await hub.jobs.retry(one.id)
  await until(hub, one.id, 'done')
  assert.deepEqual((await hub.jobs.list({ shopId, state: 'done' })).items.map(({ id }) => id), [one.id, job.id])
})

test('what a kind of job wants is asked for, and rights are needed', async (t) => {
  const hub = await openHub(t)
  await failsWith('INVALID_REQUEST', () => hub.jobs.add({ kind: 'orders.sync' }))
  await failsWith('INVALID_REQUEST', () => hub.jobs.add({ kind: 'probe', shopId: '1' }))
  await failsWith('NOT_FOUND', () => hub.jobs.add({ kind: 'orders.sync', shopId: '404' }))
  const viewer = hub.as({ id: 'v', roles: ['viewer'] })
  await failsWith('FORBIDDEN', () => viewer.jobs.add({ kind: 'probe' }))
  await failsWith('FORBIDDEN', () => viewer.schedules.set('orders.sync', { enabled: true }))
})

test('schedules are off until switched on, and say when they are due', async (t) => {
  const hub = await openHub(t)
  const syncs = (await hub.schedules.list()).filter(({ name }) => name.endsWith('.sync'))
  assert.deepEqual(syncs.map(({ name, enabled }) => [name, enabled]), [['orders.sync', false], ['products.sync', false], ['refunds.sync', false]])
  await hub.schedules.set('orders.sync', { enabled: true, cron: '30 8 * * MON-FRI', zone: 'Asia/Shanghai', catchUp: 'each', spreadMs: 0 })
  let due
  for (let left = 200; !due && left; left--) {
    await later(20)
    due = (await hub.schedules.list()).find(({ name }) => name === 'orders.sync').nextAt
  }
  assert.match(due, /T00:30:00/)
  for (const bad of [{ cron: '* * * *' }, { cron: '99 * * * *' }, { zone: 'Mars/Base' }, { spreadMs: -1 }, { catchUp: 'never' }, { enabled: 'yes' }]) {
    await failsWith('INVALID_REQUEST', () => hub.schedules.set('orders.sync', bad))
  }
  await failsWith('NOT_FOUND', () => hub.schedules.set('tea', { enabled: true }))
  await failsWith('INVALID_REQUEST', () => hub.schedules.set(7, { enabled: true }))
})

test('the schedule of backups needs a directory, and its job makes one that can be restored', async (t) => {
  const bare = await openHub(t)
  for (const asked of [() => bare.schedules.set('database.backup', { enabled: true }), () => bare.jobs.add({ kind: 'database.backup' })]) {
    assert.match((await failsWith('CONFIG_INVALID', asked)).message, /backups/)
  }
  const dir = scratch(t)
  const options = { database: join(dir, 'oa.db'), masterKey: Hub.generateKey() }
  assert.match((await failsWith('CONFIG_INVALID', () => Hub.open({ ...options, backups: { dir: join(dir, 'none') } }))).message, /backups\.dir/)
  const kept = join(dir, 'kept')
  mkdirSync(kept)
  for (const day of [24, 25, 26]) writeFileSync(join(kept, `oa-202511${day}T192000Z.db`), '')
  writeFileSync(join(kept, 'notes.txt'), '')
  const hub = await openHub(t, { ...options, backups: { dir: kept, keep: 2 } })
  const operator = hub.as({ id: 'o', roles: ['operator'] })
  await failsWith('FORBIDDEN', () => operator.schedules.set('database.backup', { enabled: false }))
  assert.equal((await hub.schedules.set('database.backup', { enabled: true })).enabled, true)
  const { id } = await hub.jobs.add({ kind: 'database.backup' })
  const { progress } = await until(hub, id, 'done')
  const left = readdirSync(kept).sort()
  assert.deepEqual([left.length, ...left.slice(0, 2)], [3, 'notes.txt', 'oa-20251126T192000Z.db'])
  assert.match(left[2], /^oa-\d{8}T\d{6}Z\.db$/)
  assert.match(progress, new RegExp(`^${left[2]}, \\d+ bytes, 2 older removed$`))
  assert.equal(statSync(join(kept, left[2])).mode & 0o777, 0o600)
  const restored = { database: join(dir, 'again.db'), masterKey: options.masterKey }
  await Hub.restore({ from: join(kept, left[2]), ...restored })
  const again = await openHub(t, restored)
  assert.equal((await again.jobs.get(id)).kind, 'database.backup')
})
