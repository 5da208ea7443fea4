// Ends of threads and processes at the worst moments. DIANQIAO_ROUNDS and DIANQIAO_SEED make it a long run.
'use strict'
const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { join } = require('node:path')
const { test } = require('node:test')
const { Hub } = require('..')
const { hubWithShop } = require('./platform')
const { scratch } = require('./support')

const MODULE = JSON.stringify(join(__dirname, '..'))
const ROUNDS = Number(process.env.DIANQIAO_ROUNDS ?? 20)
const SEED = Number(process.env.DIANQIAO_SEED ?? Date.now() % 2 ** 31)

/** Numbers from 0 to 1, the same for the same seed. */
function numbers(seed) {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

test('a worker thread may be terminated at any moment of its calls', async (t) => {
  t.diagnostic(`seed ${SEED}, ${ROUNDS} rounds; replay: DIANQIAO_SEED=${SEED} DIANQIAO_ROUNDS=${ROUNDS} node --test ${__filename}`)
  const random = numbers(SEED)
  const delays = Array.from({ length: ROUNDS }, () => Math.floor(random() * 120))
  const key = JSON.stringify(Hub.generateKey().toString('hex'))
  // In a process of its own: what is looked for is one that ends by a signal.
  const worker = `const { Hub } = require(${MODULE})
    Hub.open({ database: process.env.DB, masterKey: Buffer.from(${key}, 'hex') }).then(async (hub) => {
      hub.on('run.finished', () => {})
      for (;;) {
        hub.shops.get('404').catch(() => {})
        hub.rights.set({ subject: 'role:w', right: 'sync', granted: true }).catch(() => {})
        await hub.health()
      }
    })`
  const body = `const { Worker } = require('node:worker_threads')
    const delays = ${JSON.stringify(delays)}
    const next = () => {
      const delay = delays.pop()
      if (delay === undefined) return console.log('done')
      const worker = new Worker(${JSON.stringify(worker)}, { eval: true, env: process.env })
      worker.on('error', (error) => { console.error(error); process.exit(7) }).on('exit', next)
      worker.on('online', () => setTimeout(() => worker.terminate(), delay))
    }
    next()`
  const env = { ...process.env, DB: join(scratch(t), 'worker.db') }
  const child = spawnSync(process.execPath, ['-e', body], { encoding: 'utf8', timeout: 600_000, env })
  assert.equal(child.stdout, 'done\n', child.stderr)
  assert.deepEqual([child.status, child.signal], [0, null])
})

test('close lets the process end with a run under way, a listener on and a call that nobody awaits', async (t) => {
  const { hub, sandbox, shopId } = await hubWithShop(t, { orders: 3000 })
  assert.equal(typeof shopId, 'string')
  await hub.close()
  const { api, authorize, selfUse, shops } = sandbox.doudian
  const setting = { database: join(scratch(t), 'busy.db'), host: `127.0.0.1:${sandbox.port}`, shop: shops[0].shopId }
  const app = { platform: 'doudian', appName: 'n', kind: 'self_use', appKey: selfUse.appKey, appSecret: selfUse.appSecret, endpoints: { api, authorize }, callsPerSecond: 1000 }
  const { lasted, state, code } = await inProcess(setting, app)
  assert.equal(code, 0)
  assert.equal(state, 'CANCELLED')
  t.diagnostic(`ended ${lasted} ms after close`)
  assert.ok(lasted < 1000, `${lasted} ms`)
})

/** Closes a busy hub in a process of its own; gives how long that process lived on. */
function inProcess(setting, app) {
  const { spawn } = require('node:child_process')
  const script = `const { Hub } = require(${MODULE})
    const setting = ${JSON.stringify(setting)}
    Hub.open({ database: setting.database, masterKey: Hub.generateKey(), allowHosts: [setting.host] }).then(async (hub) => {
      const app = await hub.apps.save(${JSON.stringify(app)})
      const shop = await hub.oauth.connect({ appId: app.id, platformShopId: setting.shop })
      hub.on('run.finished', () => {})
      const begun = new Promise((resolve) => hub.on('run.progress', resolve))
      const run = hub.orders.sync({ shopId: shop.id }).then((run) => run.state, (error) => error.code)
      await begun
      hub.call({ shopId: shop.id, api: 'shop.brandList', params: {} }).catch(() => {})
      process.stdout.write('closing\\n')
      await hub.close()
      process.stdout.write(await run)
    })`
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'], timeout: 60_000 })
    let [out, at] = ['', 0]
    child.stdout.on('data', (data) => {
      out += data
      at ||= out.includes('closing') ? performance.now() : 0
    })
    child.on('close', (code) => resolve({ code, state: out.split('\n')[1], lasted: Math.round(performance.now() - at) }))
  })
}

test('a module registry of its own finds the same engine', async (t) => {
  const options = { database: join(scratch(t), 'registry.db'), masterKey: Hub.generateKey() }
  const first = await Hub.open(options)
  await first.rights.set({ subject: 'role:registry', right: 'sync', granted: true })
  // As a test runner does between files: another registry of modules and another realm.
  const { createRequire } = require('node:module')
  const path = require.resolve('..')
  const kept = require.cache[path]
  delete require.cache[path]
  t.after(() => (require.cache[path] = kept))
  const again = require('node:vm').runInNewContext('(require, path) => require(path)')(createRequire(__filename), path)
  const second = await again.Hub.open(options)
  await first.close()
  assert.ok((await second.rights.list()).some((entry) => entry.subject === 'role:registry'))
  await second.close()
})

for (const ending of ['process.exit', 'SIGTERM']) {
  test(`${ending} in the middle of writes loses no write that was acknowledged`, async (t) => {
    const [database, key] = [join(scratch(t), 'ended.db'), Hub.generateKey()]
    for (let round = 0; round < ROUNDS / 20; round++) {
      const acknowledged = await endAfter(100 + (round % 10) * 10, ending, { database, key, prefix: `role:${ending}-${round}-` })
      const hub = await Hub.open({ database, masterKey: key })
      const kept = new Set((await hub.rights.list()).map(({ subject }) => subject))
      await hub.close()
      assert.ok(acknowledged.length >= 100)
      assert.deepEqual(acknowledged.filter((subject) => !kept.has(subject)), [])
    }
  })
}

/** Ends a writing process once so many writes were acknowledged, with more of them under way; gives those it told. */
function endAfter(count, ending, { database, key, prefix }) {
  const { spawn } = require('node:child_process')
  const script = `const { Hub } = require(${MODULE})
    const { writeSync } = require('node:fs')
    Hub.open({ database: ${JSON.stringify(database)}, masterKey: Buffer.from('${key.toString('hex')}', 'hex') }).then((hub) => {
      let [next, told] = [0, 0]
      const write = async () => {
        const subject = ${JSON.stringify(prefix)} + next++
        await hub.rights.set({ subject, right: 'sync', granted: true })
        // Told before anything else runs: what is on the pipe was acknowledged.
        writeSync(1, subject + '\\n')
        if (++told === ${count} && ${ending === 'process.exit'}) process.exit(0)
        return write()
      }
      for (let i = 0; i < 16; i++) write()
    })`
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'], timeout: 60_000 })
    let out = ''
    child.stdout.on('data', (data) => {
      out += data
      if (ending !== 'process.exit' && out.split('\n').length > count) child.kill(ending)
    })
    child.on('error', reject).on('close', (code, signal) => {
      const ended = ending === 'process.exit' ? code === 0 : signal === ending
      // A last line that is not whole was not told.
      if (ended) resolve(out.split('\n').slice(0, -1))
      else reject(new Error(`ended with ${code} ${signal}: ${out.slice(-200)}`))
    })
  })
}
