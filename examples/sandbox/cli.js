#!/usr/bin/env node
'use strict'
// Starts a sandbox, prints one line of JSON that says where it is, and serves until it is told to stop.
const { parseArgs } = require('node:util')
const { start, systemClock } = require('.')
const platforms = require('./platforms')

const FLAGS = {
  port: 'number', host: 'string', seed: 'number', products: 'number', orders: 'number', posts: 'number', shops: 'number',
  'history-days': 'number', 'calls-per-second': 'number', 'late-ms': 'number', 'review-ms': 'number', 'review-outcome': 'string', 'redirect-uri': 'string',
  'start-at-ms': 'number', platforms: 'string', 'moving-every': 'number', warm: 'boolean', 'exit-with-stdin': 'boolean'
}

function readFlags () {
  const options = Object.fromEntries(Object.entries(FLAGS).map(([name, type]) => [name, { type: type === 'boolean' ? 'boolean' : 'string' }]))
  const { values } = parseArgs({ options })
  for (const [name, text] of Object.entries(values)) {
    if (FLAGS[name] !== 'number') continue
    values[name] = Number(text)
    if (!Number.isFinite(values[name])) throw new RangeError(`--${name} needs a number`)
  }
  return values
}

function startOptions (flags) {
  const { 'start-at-ms': startAt, 'moving-every': movingEvery } = flags
  return {
    port: flags.port,
    host: flags.host,
    seed: flags.seed,
    products: flags.products,
    orders: flags.orders,
    posts: flags.posts,
    shops: flags.shops,
    historyDays: flags['history-days'],
    callsPerSecond: flags['calls-per-second'],
    lateMs: flags['late-ms'],
    reviewMs: flags['review-ms'],
    reviewOutcome: flags['review-outcome'],
    redirectUri: flags['redirect-uri'],
    platforms: flags.platforms?.split(','),
    warm: flags.warm,
    moving: movingEvery ? { every: movingEvery } : undefined,
    clock: startAt === undefined ? undefined : systemClock(startAt - Date.now())
  }
}

async function main () {
  const flags = readFlags()
  const sandbox = await start(startOptions(flags))
  const described = Object.fromEntries(Object.keys(platforms).map(id => [id, sandbox[id]]))
  process.stdout.write(`${JSON.stringify({ url: sandbox.url, ...described, control: `${sandbox.url}/__control` })}\n`)
  const stop = () => sandbox.close().then(() => process.exit(0))
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  // A sandbox whose test died must die too: the test holds the other end of stdin.
  if (flags['exit-with-stdin']) process.stdin.on('end', stop).on('error', stop).resume()
}

main().catch(error => {
  process.stderr.write(`${error.message}\n`)
  process.exit(2)
})
