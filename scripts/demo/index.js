#!/usr/bin/env node
'use strict'
// `npm run demo`: a shop on each simulated platform, all synced at once into an OA, changed, synced again, and
// compared field by field with what is really there; then one platform gets into trouble beside the others, and
// content of each kind is published.
const { readFlags, HELP } = require('./flags')
const { build } = require('./build')
const { startSandbox } = require('./sandbox')
const { listen, openOa } = require('./oa')
const { Client } = require('./client')
const { PLATFORMS, kindsOf, hasRefunds } = require('./platforms')
const { saveApp, connectShop } = require('./connect')
const { syncTogether, printRuns } = require('./follow')
const { readBack } = require('./readBack')
const { printSummary } = require('./summary')
const { compare } = require('./compare')
const { showIsolation } = require('./isolation')
const { showContent } = require('./content')
const { count, seconds, tally } = require('./format')

// Each app's grant, in the sandbox and in the hub. 拼多多 reads 30 minutes of changes a call: its careful default of
// a few calls a second would make a first sync a matter of minutes.
const CALLS_PER_SECOND = 500
// The sandbox's records changed in this time, and the first sync asks for no more of orders and refunds: of the 90
// days that it would ask for, 拼多多 alone takes 4,320 calls of 30 minutes for each kind.
const HISTORY_DAYS = 1
const DAY_MS = 86_400_000
const SPARE_MS = 600_000 // more than it takes from the sandbox's start to the sync's
const CHANGED = { orders: 300, products: 50, refunds: 20 }
// Of 抖店, whose list brings whole orders: what its second sync may cost.
const PAGE_SIZE = 100 // the most the platform gives at once
const ALLOWANCE = 1.5 // how many times the least number of calls the second sync may make,
const SPARE_CALLS = 10 // and how many more: it overlaps the first, and looks twice at a second in which many records changed

/** What has to be closed at the end, last opened first. */
class Closers {
  constructor () {
    this.all = []
  }

  add (close) {
    this.all.push(close)
  }

  async close () {
    while (this.all.length > 0) await this.all.pop()()
  }
}

function heading (text) {
  console.log(`\n${text}`)
}

async function open (flags, closers) {
  const place = await listen(flags.port)
  closers.add(async () => {
    place.server.closeAllConnections()
    place.server.close()
  })
  const sandbox = await startSandbox({ ...flags, historyDays: HISTORY_DAYS, callsPerSecond: CALLS_PER_SECOND, redirectUri: `${place.url}/api/ecommerce/oauth/callback` })
  closers.add(() => sandbox.stop())
  const oa = await openOa(place, new URL(sandbox.url).host)
  closers.add(oa.close)
  return { sandbox, client: new Client(place.url) }
}

/** Connects one shop of each platform; answers `{ platform, shop }` of each. */
async function connectAll (client, sandbox) {
  const shops = []
  for (const platform of PLATFORMS) {
    const app = await saveApp(client, platform.id, sandbox.platforms[platform.id], CALLS_PER_SECOND)
    const shop = await connectShop(client, app)
    console.log(`  connected ${platform.id} ${shop.name} (${shop.platformShopId}) by OAuth`)
    shops.push({ platform, shop })
  }
  return shops
}

/** Syncs everything of every shop, all at once. */
async function syncAll (client, shops, since) {
  const jobs = shops.flatMap(({ platform, shop }) => kindsOf(platform).map(kind => ({ shopId: shop.id, kind, since: kind === 'products' ? undefined : since })))
  const began = performance.now()
  const ends = await syncTogether(client, jobs)
  for (const { platform, shop } of shops) printRuns(platform.id, ends.filter(({ run }) => run.shopId === shop.id))
  console.log(`  all ${jobs.length} syncs together in ${seconds(performance.now() - began)}`)
}

/** How often each method of a platform was called. */
function callsOf (platform, { methods }) {
  return Object.fromEntries(Object.entries(methods).filter(([method]) => platform.methods.test(method)))
}

async function printCalls (sandbox) {
  const stats = await sandbox.stats()
  for (const platform of PLATFORMS) console.log(`  calls     ${platform.id}: ${tally(callsOf(platform, stats))}`)
  console.log(`  calls     ${count(stats.calls)} in all, ${stats.rateLimited === 0 ? 'none' : count(stats.rateLimited)} refused as too fast`)
}

/** Reads everything back, says what it is and compares it; answers the number of differences. */
async function check (sandbox, client, shops) {
  let differences = 0
  for (const { platform, shop } of shops) {
    const stored = await readBack(client, shop.id)
    printSummary(platform.id, stored)
    const began = performance.now()
    const { records, fields, found, total } = await compare(sandbox, platform, shop, stored)
    console.log(`    compared  ${count(records)} records, ${count(fields)} fields with the platform's truth in ${seconds(performance.now() - began)}: ${total === 0 ? 'no difference' : `${count(total)} DIFFERENCES`}`)
    for (const { kind, id, path, ...values } of found) console.log(`      ${kind} ${id} ${path}: expected ${JSON.stringify(values.expected)}, found ${JSON.stringify(values.found)}`)
    differences += total
  }
  return differences
}

/** The least number of calls that can bring the changes: their list pages, and the SKUs of each changed product. */
function leastCalls (changed) {
  return Math.ceil(changed.orders / PAGE_SIZE) + Math.ceil(changed.products / PAGE_SIZE) + changed.products
}

async function changeAndSync (sandbox, client, shops, flags) {
  const changed = { orders: Math.min(CHANGED.orders, flags.orders), products: Math.min(CHANGED.products, flags.products) }
  heading(`Each platform changes ${count(changed.orders)} orders and ${count(changed.products)} products; second sync`)
  for (const { platform } of shops) {
    const refunds = hasRefunds(platform) ? { refunds: CHANGED.refunds } : {}
    await sandbox.change({ platform: platform.id, ...changed, ...refunds })
  }
  await sandbox.resetStats()
  await syncAll(client, shops)
  await printCalls(sandbox)
  const [doudian] = PLATFORMS
  const calls = Object.values(callsOf(doudian, await sandbox.stats())).reduce((sum, number) => sum + number, 0)
  const most = Math.floor(leastCalls(changed) * ALLOWANCE) + SPARE_CALLS
  if (calls > most) throw new Error(`the second sync of doudian made ${calls} calls; ${most} would have been enough`)
}

async function run (flags, closers) {
  await build()
  heading(`Four platforms with ${count(flags.products)} products and ${count(flags.orders)} orders each, and an OA`)
  const { sandbox, client } = await open(flags, closers)
  const since = new Date(Date.now() - HISTORY_DAYS * DAY_MS - SPARE_MS).toISOString()
  const shops = await connectAll(client, sandbox)
  heading('First sync, all shops at once')
  await sandbox.resetStats()
  await syncAll(client, shops, since)
  await printCalls(sandbox)
  let differences = await check(sandbox, client, shops)
  await changeAndSync(sandbox, client, shops, flags)
  differences += await check(sandbox, client, shops)
  if (differences > 0) throw new Error(`${count(differences)} differences`)
  heading('One platform in trouble: how long the others take for their orders, medians')
  await showIsolation(client, sandbox, shops, since)
  heading('Content: one promotion of each kind, drafted, approved by somebody else, published once')
  await showContent(client, sandbox, shops, CALLS_PER_SECOND)
  return client.url
}

/** Ends the demo once: what is open is closed, then the process leaves with `code`. A second wish is obeyed at once. */
class Ending {
  constructor (closers) {
    this.closers = closers
    this.begun = null
  }

  with (code) {
    this.begun ??= this.closers.close().catch(error => console.error(error)).then(() => process.exit(code))
    return this.begun
  }

  signalled () {
    if (this.begun) process.exit(130)
    void this.with(process.exitCode ?? 130)
  }
}

async function main () {
  const flags = readFlags(process.argv.slice(2))
  if (flags.help) return console.log(HELP)
  const closers = new Closers()
  const ending = new Ending(closers)
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => ending.signalled())
  try {
    const url = await run(flags, closers)
    console.log('\nEverything agrees.')
    if (flags.once) return await ending.with(0)
    process.exitCode = 0
    console.log(`The OA is at ${url} — Ctrl-C ends it.`)
  } catch (error) {
    if (!ending.begun) console.error(`\nThe demo failed: ${error.message}`)
    await ending.with(1)
  }
}

main().catch(error => {
  console.error(error.message)
  process.exitCode = 2
})
