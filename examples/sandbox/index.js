'use strict'
// A hostile sandbox: plays the platforms' APIs on a loopback port, seeded, with faults on request. See README.md.
const { isIP } = require('node:net')
const { systemClock, manualClock } = require('./clock')
const { FAULTS } = require('./faults')
const { FaultPlan } = require('./fault_plan')
const { Stats } = require('./stats')
const { Control } = require('./control')
const { Server } = require('./server')
const creators = require('./platforms')

const DEFAULTS = {
  port: 0,
  host: '127.0.0.1',
  seed: 42,
  products: 2000,
  orders: 20000,
  posts: 60, // of each content account
  shops: 1,
  historyDays: 30,
  callsPerSecond: 500,
  lateMs: 0,
  reviewMs: 200,
  reviewOutcome: 'approve',
  moving: null, // { every, count }: the fault rows_move from the start
  redirectUri: 'http://127.0.0.1:3000/api/ecommerce/oauth/callback',
  apps: null,
  platforms: null, // ids of those to play; all of them
  warm: false,
  clock: null
}

function isLoopback (host) {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function readOptions (given) {
  for (const name of Object.keys(given)) {
    if (!(name in DEFAULTS)) throw new RangeError(`unknown option: ${name}`)
  }
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const options = { ...DEFAULTS, ...known }
  for (const id of options.platforms ?? []) {
    if (!creators[id]) throw new RangeError(`unknown platform: ${id}`)
  }
  // It hands out tokens to anyone who asks: it must not be seen by other machines.
  if (!isLoopback(options.host)) throw new RangeError('the sandbox listens on loopback only')
  return options
}

/** The apps of one platform: the option is a list for 抖店 alone, or a list by platform. */
function appsOf ({ apps }, id) {
  return (Array.isArray(apps) ? { doudian: apps } : apps)?.[id] ?? null
}

/**
 * Starts a sandbox. Answers `{ url, port, control, close() }` and a member per platform when it is listening.
 * Options and the control functions are listed in README.md.
 */
async function start (given = {}) {
  const options = readOptions(given)
  const clock = options.clock ?? systemClock()
  const plan = new FaultPlan(options.seed)
  const stats = new Stats(clock)
  const context = { options, clock, plan, stats }
  const platforms = Object.fromEntries((options.platforms ?? Object.keys(creators)).map(id => [id, creators[id]({ ...context, options: { ...options, apps: appsOf(options, id) } })]))
  if (options.moving) plan.add({ fault: 'rows_move', every: options.moving.every ?? 1, options: { count: options.moving.count ?? 5 } })
  const control = new Control({ platforms, clock, plan, stats })
  const server = new Server({ platforms, control, clock, plan, stats })
  const port = await server.listen(options.port, options.host)
  const url = `http://${options.host === '::1' ? '[::1]' : options.host}:${port}`
  const described = Object.entries(platforms).map(([id, platform]) => [id, platform.describe(url)])
  const close = () => {
    for (const platform of Object.values(platforms)) platform.close()
    return server.close()
  }
  return { url, port, ...Object.fromEntries(described), control, close }
}

module.exports = { start, systemClock, manualClock, FAULTS }
