// Runs every program against the same platform, checks what each left, and prints medians and ratios of this run.
// `run.js ADDON RESULTS [--quick] [--only dianqiao,floor] [--rounds 3] [--latencies 0,20] [--order-every 4]`
// `--order-every` is the time between two orders in seconds: how long a history the same number of them makes.
'use strict'
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs')
const { cpus, tmpdir } = require('node:os')
const { join } = require('node:path')
const { parseArgs } = require('node:util')
const { floor, floorBeside, host, load, platform } = require('./processes')
const report = require('./report')
const verify = require('./verify')

const { values: flags, positionals: [addon, results] } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' }, only: { type: 'string' }, rounds: { type: 'string' }, latencies: { type: 'string' }, 'order-every': { type: 'string' } },
})
process.env.DIANQIAO_BENCH_ADDON = addon
const ROWS = flags.quick ? 5_000 : 50_000
const ROUNDS = Number(flags.rounds ?? (flags.quick ? 1 : 3))
// One upsert at a time, each on the disk: minutes for what the others do in seconds, so it gets fewer rows.
const PLAN_ROWS = 1_000
const ORDER_EVERY = flags['order-every']
const LATENCIES = (flags.latencies ?? '0,20').split(",").map(Number)

const scratch = mkdtempSync(join(process.env.DIANQIAO_BENCH_DIR ?? tmpdir(), 'dianqiao-bench-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))
let databases = 0
const options = ({ port, firstOrder }) => ({ database: join(scratch, `${databases++}.db`), port, firstOrder })
const log = text => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`)

const truths = new Map()

/** Every program must leave the same rows. */
function check (name, server, { database }) {
  const found = JSON.stringify(verify(database))
  const truth = truths.get(server) ?? found
  truths.set(server, truth)
  if (found !== truth) throw new Error(`${name} left other rows than the first program:\n${found}\n${truth}`)
  rmSync(database, { force: true })
}

async function runFloor (server, latency) {
  const given = options(server)
  await server.configure(`latency_ms=${latency}`)
  const stages = floor(given)
  check('the floor', server, given)
  return { stages }
}

/** CPU and speed are taken without requests, since Express's own work would count; loop and route with them. */
async function runHosted (name, server, latency) {
  const { stages, memory } = await runOnce(name, server, latency, false)
  if (latency > 0) return { stages, memory }
  const { stages: loaded, ping } = await runOnce(name, server, latency, true)
  for (const stage of Object.keys(stages)) stages[stage].delay = loaded[stage].delay
  return { stages, memory, ping }
}

async function runOnce (name, server, latency, isLoaded) {
  const given = options(server)
  await server.configure(`latency_ms=${latency}`)
  const process = await host(name, given)
  const requests = isLoaded ? load(process.url) : undefined
  const stages = {}
  for (const stage of name === 'dianqiao' ? ['products', 'skus', 'orders'] : ['products', 'orders']) {
    stages[stage] = await process.ask('stage', { name: stage, isWatched: isLoaded })
  }
  const ping = await requests?.stop()
  const memory = await process.ask('memory')
  await process.ask('close')
  process.stop()
  check(name, server, given)
  return { stages, ping, memory }
}

/** The same Express process doing nothing, while another process keeps the machine busy. */
async function runControl (server) {
  await server.configure('latency_ms=0')
  const process = await host('idle', {})
  const requests = load(process.url)
  const beside = floorBeside(options(server))
  const stages = { idle: await process.ask('idle', ROWS / 25) }
  await beside
  const ping = await requests.stop()
  process.stop()
  return { stages, ping }
}

async function rounds (programs, keep) {
  const [server, small] = [await platform(ROWS, ROWS, ORDER_EVERY), await platform(PLAN_ROWS, PLAN_ROWS, ORDER_EVERY)]
  for (let round = 0; round < ROUNDS; round++) {
    for (const latency of LATENCIES) {
      for (const name of programs) {
        if (name === 'control' && latency > 0) continue
        if (name === 'floor') keep(name, latency, await runFloor(server, latency))
        else if (name === 'control') keep(name, latency, await runControl(server))
        else keep(name, latency, await runHosted(name, name === 'plan' ? small : server, latency))
        log(`round ${round + 1} of ${ROUNDS}: ${name} at ${latency} ms`)
      }
    }
  }
  server.stop()
  small.stop()
}

async function main () {
  const programs = flags.only?.split(',') ?? ['floor', 'control', 'dianqiao', 'worker', 'tuned', 'plan']
  const found = []
  const machine = `${cpus().length} × ${cpus()[0].model}, Node ${process.version}, ${ROWS} products, ${ROWS} orders (plan: ${PLAN_ROWS}), medians of ${ROUNDS}`
  await rounds(programs, (name, latency, result) => {
    found.push({ name, latency, ...result })
    // After each: a long run that is cut off leaves what it found.
    writeFileSync(results, JSON.stringify({ machine, found }, null, 1))
  })
  console.log(report(machine, found))
}

main().catch(error => { console.error(error); process.exit(1) })
