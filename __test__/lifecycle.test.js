// Opening, closing, worker threads and the end of the process.
'use strict'
const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { join } = require('node:path')
const { test } = require('node:test')
const { Worker } = require('node:worker_threads')
const { Hub } = require('..')
const { failsWith, openHub, scratch } = require('./support')

const MODULE = JSON.stringify(join(__dirname, '..'))
const KEY = JSON.stringify(Hub.generateKey().toString('hex'))

/** Runs a script of its own process; `open` makes a hub in it. */
function runNode(t, body, flags = []) {
  const database = JSON.stringify(join(scratch(t), 'child.db'))
  const script = `const { Hub } = require(${MODULE})
    const open = () => Hub.open({ database: ${database}, masterKey: Buffer.from(${KEY}, 'hex') });
    ${body}`
  return spawnSync(process.execPath, [...flags, '-e', script], { encoding: 'utf8', timeout: 30_000 })
}

test('every export of a closed hub fails with CLOSED', async (t) => {
  const hub = await openHub(t)
  const me = hub.as({ id: 'u', roles: ['operator'] })
  const { shops } = hub
  await hub.close()
  for (const call of [
    () => hub.health(),
    () => hub.platforms.list(),
    () => hub.apps.list(),
    () => hub.shops.list(),
    () => shops.list(),
    () => hub.products.list(),
    () => hub.orders.list(),
    () => hub.runs.list(),
    () => hub.rights.list(),
    () => hub.audit.list(),
    () => hub.oauth.pending(),
    () => hub.call({ shopId: '1', api: 'x' }),
    () => hub.products.sync({ shopId: '1' }),
    () => me.shops.list(),
    () => hub.as({ id: 'v' }).shops.list(),
  ]) {
    await failsWith('CLOSED', call)
  }
})

test('close is idempotent, also concurrently', async (t) => {
  const hub = await openHub(t)
  await Promise.all([hub.close(), hub.close(), hub.close()])
  await hub.close()
})

test('the process ends by itself after close', (t) => {
  const child = runNode(t, 'open().then((hub) => hub.close()).then(() => console.log("closed"))')
  assert.equal(child.stdout, 'closed\n', child.stderr)
  assert.equal(child.status, 0)
})

test('an open hub that nobody waits for does not keep the process', (t) => {
  const child = runNode(t, 'open().then((hub) => { globalThis.hub = hub; console.log("open") })')
  assert.equal(child.stdout, 'open\n', child.stderr)
  assert.equal(child.status, 0)
})

test('an awaited call keeps the process until it is answered', (t) => {
  const child = runNode(t, 'open().then(async (hub) => { console.log((await hub.health()).version); await hub.close() })')
  assert.equal(child.stdout, `${require('../package.json').version}\n`, child.stderr)
})

test('promises that nobody awaits do no harm when they are fulfilled', (t) => {
  const child = runNode(t, 'open().then((hub) => { for (let i = 0; i < 500; i++) hub.health() })')
  assert.equal(child.status, 0, child.stderr)
})

test('a rejection that nobody handles is reported as any other', (t) => {
  const child = runNode(t, 'open().then((hub) => { hub.shops.get(1) })')
  assert.equal(child.status, 1)
  assert.match(child.stderr, /DianqiaoError/)
  assert.match(child.stderr, /shops\.get/)
})

test('process.exit in the middle of calls ends the process', (t) => {
  const child = runNode(t, 'open().then((hub) => { for (let i = 0; i < 100; i++) hub.health(); process.exit(3) })')
  assert.equal(child.status, 3, child.stderr)
  assert.equal(child.signal, null)
})

test('what nobody holds any more is collected', (t) => {
  const body = `(async () => {
    const hub = await open()
    for (let i = 0; i < 2000; i++) await hub.shops.list()
    gc()
    const before = process.memoryUsage()
    for (let i = 0; i < 20000; i++) await hub.shops.list().catch(() => {}), await hub.shops.get('x').catch(() => {})
    gc()
    const after = process.memoryUsage()
    console.log(after.heapUsed - before.heapUsed, after.rss - before.rss)
    await hub.close()
  })()`
  const child = runNode(t, body, ['--expose-gc'])
  const [heap, rss] = child.stdout.trim().split(' ').map(Number)
  assert.ok(heap < 3e6, `heap grew by ${heap}; ${child.stderr}`)
  assert.ok(rss < 60e6, `rss grew by ${rss}`)
})

test('worker threads use the module and end without harm to the main thread', async (t) => {
  const directory = scratch(t)
  const masterKey = Hub.generateKey()
  const open = (name) => Hub.open({ database: join(directory, name), masterKey })
  const main = await open('shared.db')
  const script = `const { parentPort, workerData } = require('node:worker_threads')
    const { Hub } = require(${MODULE})
    Hub.open({ database: workerData.database, masterKey: Buffer.from(workerData.key) }).then(async (hub) => {
      parentPort.postMessage((await hub.health()).version)
      for (;;) await hub.shops.list()
    })`
  const workers = Array.from({ length: 4 }, () => {
    const workerData = { database: join(directory, 'shared.db'), key: [...masterKey] }
    return new Worker(script, { eval: true, workerData })
  })
  await Promise.all(workers.map((worker) => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))))
  // Each is in the middle of a call.
  await Promise.all(workers.map((worker) => worker.terminate()))
  assert.equal(typeof (await main.health()).version, 'string')
  await main.close()
})

test('a module that only a worker thread loaded may go with it', (t) => {
  const script = `const { Hub } = require(${MODULE})
    Hub.open({ database: process.env.DB, masterKey: Buffer.from(${KEY}, 'hex') }).then((hub) => {
      for (let i = 0; i < 50; i++) hub.health()
      process.exit(0)
    })`
  const body = `const { Worker } = require('node:worker_threads')
    let left = 5
    const next = () => left-- ? new Worker(${JSON.stringify(script)}, { eval: true, env: process.env }).on('exit', next) : console.log('done')
    next()`
  const env = { ...process.env, DB: join(scratch(t), 'worker.db') }
  const child = spawnSync(process.execPath, ['-e', body], { encoding: 'utf8', timeout: 30_000, env })
  assert.equal(child.stdout, 'done\n', child.stderr)
  assert.equal(child.status, 0)
})

test('loading the module again gives the same engine', async (t) => {
  const directory = scratch(t)
  const masterKey = Hub.generateKey()
  const options = { database: join(directory, 'again.db'), masterKey }
  const first = await Hub.open(options)
  delete require.cache[require.resolve('..')]
  const again = await require('..').Hub.open(options)
  assert.equal(typeof (await again.health()).version, 'string')
  await again.close()
  await first.close()
})
