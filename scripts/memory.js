#!/usr/bin/env node
// Whether calls leave memory behind: `scripts/torture memory [calls]`. After a warm-up, which fills caches and the
// allocator's pools, the resident memory after garbage collections is fitted with a line; fails at 1 MB for all calls.
'use strict'
const { mkdtempSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { Hub } = require('..')

const CALLS = Number(process.env.DIANQIAO_ROUNDS ?? 100_000)
const WARM_UP = Math.max(50_000, 2 * CALLS)
const POINTS = 20
const LIMIT = 1e6

// No signals: an AbortSignal alone, without us, makes Node's resident memory swing by 10 MB.
/** Reads, refusals, getters, listeners and callbacks in turn. */
async function call(hub, i) {
  switch (i % 8) {
    case 0: return hub.shops.list()
    case 1: return hub.orders.list({ limit: 5, updatedFrom: '2026-01-01T00:00:00Z' })
    case 2: return hub.shops.get('404').catch((error) => error.code)
    case 3: return hub.products.list({ nonsense: i }).catch((error) => error.code)
    case 4: return hub.as({ id: 'u', roles: ['x'] }).health()
    case 5: return hub.on('run.finished', () => {})()
    case 6: return hub.query('SELECT ? AS one', ['店'])
    // Refused before it is written down: a row of the audit for each call would fill SQLite's page cache.
    default: return hub.orders.sync({ shopId: 'x', onProgress: () => {} }).catch((error) => error.code)
  }
}

async function resident() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc()
    await new Promise(setImmediate)
  }
  return process.memoryUsage().rss
}

/** How much the fitted line rises over all points. */
function rise(values) {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value) / values.length
  const over = values.reduce((sum, value, i) => sum + (i - middle) * (value - mean), 0)
  return (over / values.reduce((sum, _, i) => sum + (i - middle) ** 2, 0)) * (values.length - 1)
}

async function main() {
  const directory = mkdtempSync(join(tmpdir(), 'dianqiao-memory-'))
  const hub = await Hub.open({ database: join(directory, 'memory.db'), masterKey: Hub.generateKey() })
  for (let i = 0; i < WARM_UP; i++) await call(hub, i)
  const values = [await resident()]
  for (let point = 1; point < POINTS; point++) {
    for (let i = 0; i < CALLS / (POINTS - 1); i++) await call(hub, i)
    values.push(await resident())
  }
  await hub.close()
  rmSync(directory, { recursive: true })
  const grown = rise(values)
  console.log(`${CALLS} calls after ${WARM_UP}: ${(grown / 1e6).toFixed(2)} MB by the fitted line; MB at each point: ${values.map((value) => (value / 1e6).toFixed(1)).join(' ')}`)
  if (grown >= LIMIT) process.exitCode = 1
}

main()
