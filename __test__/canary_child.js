// The OA of canaries.test.js: a process that lives through every fault and prints all it sees. It gets its secrets
// from files, so that none of them is part of a source or of an argument.
'use strict'
const { appendFileSync, readFileSync, unlinkSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { setTimeout: wait } = require('node:timers/promises')
const { inspect } = require('node:util')
const { writeHeapSnapshot } = require('node:v8')
const { Hub } = require('..')
const { forms } = require('./canary')

const PATIENCE_MS = 2500
const GROUPS = ['platforms', 'apps', 'oauth', 'shops', 'products', 'orders', 'changes', 'runs', 'rights', 'audit']
const folder = process.argv[2]
const kept = []
const waiting = new Map()
let asked = 0
let failed = 0

function show(value) {
  return inspect(value, { showHidden: true, depth: Infinity, maxArrayLength: null, maxStringLength: null })
}

function tell(...texts) {
  appendFileSync(join(folder, 'told.txt'), `${texts.join('\n')}\n`)
}

function tellValue(value) {
  kept.push(value)
  tell(show(value), JSON.stringify(value))
}

function tellError(error) {
  kept.push(error)
  for (let one = error; one !== undefined; one = one.cause) {
    const own = Reflect.ownKeys(one).map((key) => `${String(key)}: ${show(one[key])}`)
    tell(String(one), one.message, one.stack, ...own, JSON.stringify(one), show(one))
  }
}

/** Keeps and prints what comes of it; a fault may keep a call longer than this waits. */
async function attempt(work) {
  try {
    const value = await Promise.race([work(), wait(PATIENCE_MS, undefined, { ref: false })])
    if (value !== undefined) tellValue(value)
    return value
  } catch (error) {
    failed++
    tellError(error)
    console.error(error)
    return undefined
  }
}

/** Has the test do something that this process must not see. */
function ask(wish) {
  const number = ++asked
  process.send({ number, ...wish })
  return new Promise((resolve) => waiting.set(number, resolve))
}

process.on('message', ({ number, answer }) => {
  waiting.get(number)(answer)
  waiting.delete(number)
})

/** Text out of a file that goes at once. */
function take(name) {
  const bytes = readFileSync(join(folder, name))
  unlinkSync(join(folder, name))
  return bytes
}

function save(hub, { name, appKey, serviceId, redirectUri, endpoints, proxyHost, kind, asBuffer }) {
  const [secret, password] = [take(`${appKey}.secret`), take(`${appKey}.password`)]
  return hub.apps.save({
    platform: 'doudian',
    appName: name,
    kind,
    appKey,
    appSecret: asBuffer ? secret : secret.toString(),
    serviceId,
    redirectUri,
    endpoints,
    proxy: `http://user:${encodeURIComponent(password.toString())}@${proxyHost}`,
    callsPerSecond: 1000,
  })
}

/** One app under one fault. */
async function live(hub, plan) {
  const app = await save(hub, plan)
  if (plan.on === 'token') {
    await ask({ fault: plan.fault, appKey: plan.appKey })
    await attempt(() => hub.oauth.connect({ appId: app.id, platformShopId: plan.shop }))
    await ask({ clear: plan.fault })
  }
  const shop = await attempt(() => hub.oauth.connect({ appId: app.id, platformShopId: plan.shop }))
  if (shop === undefined) return
  await attempt(() => hub.shops.sync({ shopId: shop.id }))
  await ask({ expire: plan.shop, appKey: plan.appKey })
  if (plan.on !== 'token') await attempt(() => hub.call({ shopId: shop.id, api: 'shop.brandList', params: {} }))
  await ask({ fault: plan.fault, appKey: plan.appKey })
  await suffer(hub, shop.id, plan)
}

async function suffer(hub, shopId, { product, sku, order }) {
  const sold = { shopId, platformProductId: product, platformSkuId: sku }
  await Promise.all([
    attempt(() => hub.call({ shopId, api: 'shop.brandList', params: {} })),
    attempt(() => hub.products.fetch({ shopId, platformProductId: product })),
    attempt(() => hub.products.setPrice({ ...sold, priceFen: 1234 })),
    attempt(() => hub.products.setStock({ ...sold, delta: 1 })),
    attempt(() => hub.products.setOnline({ shopId, platformProductId: product, online: false })),
    attempt(() => hub.orders.ship({ shopId, platformOrderId: order, companyCode: 'shunfeng', trackingNumber: 'SF1' })),
  ])
  await attempt(() => hub.shops.sync({ shopId, full: true }))
  await attempt(() => hub.shops.explain(shopId))
}

/** An authorisation in the merchant's browser, which the test plays; the second use of its code is refused. */
async function authorise(hub, tool) {
  const app = await save(hub, tool)
  const { url } = await hub.oauth.begin({ appId: app.id, session: 'session-of-the-person' })
  const query = await ask({ agree: url })
  const options = { query, session: 'session-of-the-person' }
  await attempt(() => hub.oauth.complete(options))
  await attempt(() => hub.oauth.complete(options))
}

async function look(hub) {
  for (const list of ['apps', 'shops', 'products', 'orders', 'changes', 'runs', 'rights', 'audit', 'platforms']) {
    await attempt(() => hub[list].list())
  }
  await attempt(() => hub.oauth.pending())
  await attempt(() => hub.health())
  await attempt(() => hub.query('SELECT * FROM v_orders'))
  await attempt(() => hub.query('SELECT app_secret FROM ecommerce_platforms'))
  await attempt(() => hub.backup({ file: join(folder, 'backup.db') }))
  for (const value of [hub, Hub, hub.as({ id: 'u1' }), ...GROUPS.map((name) => hub[name])]) tellValue(value)
  console.log(hub, await hub.apps.list(), kept)
}

async function main() {
  const { plans, tool, allowHosts } = JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8'))
  const masterKey = take('key')
  const hub = await Hub.open({ database: join(folder, 'oa.db'), masterKey, wipeKey: true, allowHosts })
  await Promise.all(plans.map((plan) => live(hub, plan)))
  await authorise(hub, tool)
  await look(hub)
  // The plant shows that the snapshot is looked through; its forms are made here.
  kept.push(forms(take('plant')).map(([, bytes]) => bytes.toString()))
  await ask({ copy: true })
  for (let round = 0; round < 3; round++) {
    global.gc()
    await wait(10)
  }
  writeHeapSnapshot(join(folder, 'heap.json'))
  await hub.close()
  await attempt(() => hub.apps.list())
  writeFileSync(join(folder, 'done.json'), JSON.stringify({ failed, kept: kept.length }))
  process.disconnect()
}

main()
