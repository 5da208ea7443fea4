// A panic in every export and every background task, planted in an addon that is made for it (scripts/test-panics).
'use strict'
const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { readFileSync, readdirSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { scratch } = require('../support')

const ROOT = join(__dirname, '../..')
const ADDON = join(ROOT, 'target/panics/dianqiao.node')
const { Hub } = require(ADDON)
const KEY = Buffer.from('0123456789abcdefghijklmnopqrstuv')
const VARIABLE = 'DIANQIAO_PANIC'

async function openHub(t) {
  const hub = await Hub.open({ database: join(scratch(t), 'test.db'), masterKey: KEY })
  t.after(() => hub.close())
  return hub
}

/** What `work` comes to with a panic planted at `place`. */
async function withPanic(place, work) {
  process.env[VARIABLE] = place
  try {
    return await work().then((value) => ({ value }), (error) => ({ error }))
  } finally {
    delete process.env[VARIABLE]
  }
}

/** Every operation, found at run time, and how to call it. A getter's arguments are none. */
function operationsOf(hub) {
  const operations = { 'hub.open': (options) => Hub.open(options), 'hub.restore': (options) => Hub.restore(options), 'hub.generateKey': () => Hub.generateKey() }
  for (const [name, { get, value }] of membersOf(Hub.prototype)) {
    operations[`hub.${name}`] = get ? () => get.call(hub) : (...args) => value.apply(hub, args)
    if (!get) continue
    const group = get.call(hub)
    for (const [verb, { value: method }] of membersOf(Object.getPrototypeOf(group))) operations[`${name}.${verb}`] = (...args) => method.apply(group, args)
  }
  return operations
}

function membersOf(object) {
  return Object.entries(Object.getOwnPropertyDescriptors(object)).filter(([name]) => name !== 'constructor')
}

function assertInternal({ error, value }, operation) {
  assert.ok(error, `${operation} gave ${String(value)}`)
  assert.equal(error.name, 'DianqiaoError', error.stack)
  assert.equal(error.code, 'INTERNAL', error.message)
  assert.equal(error.operation, operation)
  assert.ok(error.message.startsWith(operation), error.message)
  assert.doesNotMatch(`${error.message}${error.stack}`, /planted|\.rs/)
}

test('a panic in any export is INTERNAL, names the export and tells nothing else', async (t) => {
  const hub = await openHub(t)
  const operations = Object.entries(operationsOf(hub))
  t.diagnostic(`${operations.length} operations`)
  assert.ok(operations.length > 50)
  for (const [operation, call] of operations) {
    assertInternal(await withPanic(operation, async () => call()), operation)
  }
  const off = hub.on('run.finished', () => {})
  assertInternal(await withPanic('hub.on', async () => off()), 'hub.on')
  await stillWorks(hub)
})

const CAMPAIGN = { name: '秋季', from: '2026-12-01T00:00:00Z', to: '2026-12-02T00:00:00Z', offer: { kind: 'item_prices' } }
const DRAFT = { outerId: 'A', title: 't', categoryId: '3', images: ['https://img.example/1.png'], skus: [{ priceFen: 1, stock: 0 }] }
const CONTENT = { kind: 'promotion_link', title: 't', target: 'x' }
// What gets a call past its arguments; the work panics before it does anything, so nothing more has to be right.
const RIGHT = {
  'hub.open': [{ database: 'x.db', masterKey: KEY }],
  'hub.call': [{ shopId: '1', api: 'x' }],
  'hub.query': ['SELECT 1 AS one'],
  'hub.backup': [{ file: 'x.db' }],
  'hub.rotateKey': [{ newKey: Buffer.from('another-key-of-thirty-two-bytes!') }],
  'hub.restore': [{ from: 'x.db', database: 'y.db', masterKey: KEY }],
  'apps.save': [{ platform: 'doudian', appName: 'n', appKey: 'k', appSecret: 's', kind: 'self_use' }],
  'oauth.begin': [{ appId: '1' }],
  'oauth.complete': [{ query: 'code=1' }],
  'oauth.connect': [{ appId: '1', platformShopId: '2' }],
  'oauth.adopt': [{ id: '1' }],
  'shops.bind': ['1', null],
  'shops.categories': [{ shopId: '1' }],
  'products.rules': [{ shopId: '1', categoryId: '2' }],
  'products.publish': [{ shopId: '1', draft: DRAFT }],
  'products.update': [{ shopId: '1', platformProductId: '2', draft: DRAFT }],
  'jobs.add': [{ kind: 'probe' }],
  'schedules.set': ['orders.sync', { enabled: true }],
  'marketing.campaigns': [{ shopId: '1' }],
  'marketing.createCampaign': [{ shopId: '1', draft: CAMPAIGN }],
  'marketing.coupons': [{ shopId: '1' }],
  'marketing.createLinks': [{ appId: '1', targets: ['x'] }],
  'marketing.searchGoods': [{ appId: '1', keyword: 'x' }],
  'marketing.linkOrders': [{ appId: '1', from: '2026-01-01T00:00:00Z' }],
  'media.add': [{ bytes: Buffer.from('x') }],
  'media.check': [{ id: '1', platform: 'pinduoduo', slot: 'product_image' }],
  'media.fit': [{ id: '1', platform: 'pinduoduo', slot: 'product_image' }],
  'products.fetch': [{ shopId: '1', platformProductId: '2' }],
  'products.setOnline': [{ shopId: '1', platformProductId: '2', online: true }],
  'products.setPrice': [{ shopId: '1', platformProductId: '2', platformSkuId: '3', priceFen: 100 }],
  'products.setStock': [{ shopId: '1', platformProductId: '2', platformSkuId: '3', stock: 5 }],
  'orders.ship': [{ shopId: '1', platformOrderId: '2', companyCode: 'c', trackingNumber: 't' }],
  'orders.decrypt': [{ shopId: '1', platformOrderIds: ['2'] }],
  'changes.resolve': ['1', 'accepted'],
  'notices.receive': [{ platform: 'douyin', headers: {}, body: Buffer.from('{}') }],
  'promotions.draft': [{ shopId: '1', draft: CONTENT }],
  'promotions.edit': [{ id: '1', draft: CONTENT }],
  'promotions.approve': [{ id: '1' }],
  'promotions.reject': [{ id: '1' }],
  'promotions.schedule': [{ id: '1' }],
  'promotions.resolve': [{ id: '1', resolution: 'drop' }],
  'promotions.metrics': [{ id: '1' }],
  'rights.set': [{ subject: 'role:x', right: 'sync', granted: true }],
}

/** Arguments that are right for the operation. */
function rightArguments(operation) {
  if (operation in RIGHT) return RIGHT[operation]
  if (operation.endsWith('.sync')) return [{ shopId: '1' }]
  return operation.endsWith('.list') ? [] : ['1']
}

test('a panic in the work or the last step of any promise is INTERNAL too', async (t) => {
  const hub = await openHub(t)
  let tried = 0
  for (const [operation, call] of Object.entries(operationsOf(hub))) {
    const args = rightArguments(operation)
    if (isSynchronous(operation, call)) continue
    tried += 1
    for (const stage of ['work', 'answer']) {
      if (operation === 'hub.close' && stage === 'answer') continue
      assertInternal(await withPanic(`${operation}:${stage}`, () => call(...args)), operation)
    }
  }
  t.diagnostic(`${tried} promises`)
  assert.ok(tried > 40)
  await stillWorks(hub)
  assertInternal(await withPanic('hub.close:answer', () => hub.close()), 'hub.close')
})

/** Getters, `as`, `on` and `generateKey` answer at once; the others answer a call without arguments with a promise. */
function isSynchronous(operation, call) {
  if (operation === 'hub.close') return false
  try {
    const answer = call()
    if (!(answer instanceof Promise)) return true
    answer.catch(() => {})
    return false
  } catch {
    return true
  }
}

async function stillWorks(hub) {
  await hub.rights.set({ subject: 'role:after', right: 'sync', granted: true })
  assert.ok((await hub.rights.list()).some(({ subject }) => subject === 'role:after'))
  assert.deepEqual(await hub.query('SELECT 1 AS one'), [{ one: 1 }])
  assert.equal(typeof (await hub.health()).version, 'string')
}

const TASKS = ['heartbeat', 'reaper', 'keys', 'duty', 'jobs', 'beats', 'schedules']

test('these are all the background tasks that are watched over', () => {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true }).filter((path) => path.endsWith('.rs') && path !== 'supervisor.rs')
  const named = sources.flatMap((path) => [...readFileSync(join(ROOT, 'src', path), 'utf8').matchAll(/\.watch\("(\w+)"/g)])
  assert.deepEqual(named.map((match) => match[1]).toSorted(), TASKS.toSorted())
})

for (const task of TASKS) {
  test(`health tells within a second of the open that the task ${task} panicked, and the hub works`, (t) => {
    const script = `const { Hub } = require(${JSON.stringify(ADDON)})
      Hub.open({ database: 'task.db', masterKey: Buffer.from(${JSON.stringify(String(KEY))}) }).then(async (hub) => {
        const [start, times] = [performance.now(), []]
        while (times.length < 2) if ((await hub.health()).restartedTasks > times.length) times.push(performance.now() - start)
        // From here on the task lives.
        delete process.env.${VARIABLE}
        await hub.rights.set({ subject: 'role:after', right: 'sync', granted: true })
        console.log(JSON.stringify([times[0], (await hub.rights.list()).length]))
        await hub.close()
      })`
    const env = { ...process.env, [VARIABLE]: task }
    const child = spawnSync(process.execPath, ['-e', script], { cwd: scratch(t), env, encoding: 'utf8', timeout: 30_000 })
    assert.deepEqual([child.status, child.signal], [0, null], child.stderr)
    const [told, rights] = JSON.parse(child.stdout)
    t.diagnostic(`told after ${Math.round(told)} ms`)
    assert.ok(told < 1000, `${told} ms`)
    assert.ok(rights > 0)
  })
}

for (const task of TASKS) {
  test(`a hub whose task ${task} panics at each start is closed at once`, (t) => {
    const script = `const { Hub } = require(${JSON.stringify(ADDON)})
      Hub.open({ database: 'task.db', masterKey: Buffer.from(${JSON.stringify(String(KEY))}) }).then(async (hub) => {
        while ((await hub.health()).restartedTasks === 0) continue
        const start = performance.now()
        await hub.close()
        console.log(performance.now() - start)
      })`
    const env = { ...process.env, [VARIABLE]: task }
    const child = spawnSync(process.execPath, ['-e', script], { cwd: scratch(t), env, encoding: 'utf8', timeout: 60_000 })
    assert.deepEqual([child.status, child.signal], [0, null], child.stderr)
    t.diagnostic(`closed after ${Math.round(Number(child.stdout))} ms`)
    // It waits up to 20 seconds for tasks that do not end.
    assert.ok(Number(child.stdout) < 5000, `${child.stdout} ms`)
  })
}

test('no addon that is shipped has places to plant panics', (t) => {
  const addons = readdirSync(ROOT).filter((name) => name.endsWith('.node'))
  if (addons.length === 0) return t.skip('no addon is built')
  for (const name of addons) assert.ok(!readFileSync(join(ROOT, name)).includes(VARIABLE), name)
  assert.ok(readFileSync(ADDON).includes(VARIABLE))
})
