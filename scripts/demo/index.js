#!/usr/bin/env node
'use strict'
// `npm run demo`: a shop with orders and products on a simulated platform, synced into an OA, changed, synced again,
// and compared field by field with what is really there.
const { readFlags, HELP } = require('./flags')
const { build } = require('./build')
const { startSandbox } = require('./sandbox')
const { listen, openOa } = require('./oa')
const { Client } = require('./client')
const { saveApp, connectShop } = require('./connect')
const { sync } = require('./follow')
const { readBack } = require('./readBack')
const { printSummary } = require('./summary')
const { compare } = require('./compare')
const { count, seconds, tally } = require('./format')

const CALLS_PER_SECOND = 500
const CHANGED = { orders: 300, products: 50 }
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
  const sandbox = await startSandbox({ ...flags, callsPerSecond: CALLS_PER_SECOND, redirectUri: `${place.url}/api/ecommerce/oauth/callback` })
  closers.add(() => sandbox.stop())
  const oa = await openOa(place, new URL(sandbox.url).host)
  closers.add(oa.close)
  return { sandbox, client: new Client(place.url) }
}

async function syncAll (client, shop) {
  for (const kind of ['products', 'orders']) await sync(client, shop.id, kind)
}

async function printCalls (sandbox) {
  const { calls, methods, rateLimited } = await sandbox.stats()
  console.log(`  platform calls: ${count(calls)} (${tally(methods)}), ${rateLimited === 0 ? 'none' : count(rateLimited)} refused as too fast`)
  return calls
}

/** Reads everything back, says what it is and compares it; answers the number of differences. */
async function check (sandbox, client, shop) {
  const stored = await readBack(client, shop.id)
  printSummary(stored)
  const began = performance.now()
  const { records, fields, found, total } = await compare(sandbox, shop.platformShopId, stored)
  console.log(`  compared  ${count(records)} records, ${count(fields)} fields with the platform's truth in ${seconds(performance.now() - began)}: ${total === 0 ? 'no difference' : `${count(total)} DIFFERENCES`}`)
  for (const { kind, id, path, ...values } of found) console.log(`    ${kind} ${id} ${path}: expected ${JSON.stringify(values.expected)}, found ${JSON.stringify(values.found)}`)
  return total
}

/** The least number of calls that can bring the changes: their list pages, and the SKUs of each changed product. */
function leastCalls (changed) {
  return Math.ceil(changed.orders / PAGE_SIZE) + Math.ceil(changed.products / PAGE_SIZE) + changed.products
}

async function changeAndSync (sandbox, client, shop, flags) {
  const changed = { orders: Math.min(CHANGED.orders, flags.orders), products: Math.min(CHANGED.products, flags.products) }
  heading(`The platform changes ${count(changed.orders)} orders and ${count(changed.products)} products; second sync`)
  await sandbox.change(changed)
  await sandbox.resetStats()
  await syncAll(client, shop)
  const calls = await printCalls(sandbox)
  const most = Math.floor(leastCalls(changed) * ALLOWANCE) + SPARE_CALLS
  if (calls > most) throw new Error(`the second sync made ${calls} calls; ${most} would have been enough`)
}

async function run (flags, closers) {
  await build()
  heading(`A platform with ${count(flags.products)} products and ${count(flags.orders)} orders, and an OA`)
  const { sandbox, client } = await open(flags, closers)
  const app = await saveApp(client, sandbox.doudian, CALLS_PER_SECOND)
  const shop = await connectShop(client, app)
  console.log(`  connected ${shop.name} (${shop.platformShopId}) by OAuth`)
  heading('First sync')
  await sandbox.resetStats()
  await syncAll(client, shop)
  await printCalls(sandbox)
  let differences = await check(sandbox, client, shop)
  await changeAndSync(sandbox, client, shop, flags)
  differences += await check(sandbox, client, shop)
  if (differences > 0) throw new Error(`${count(differences)} differences`)
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
