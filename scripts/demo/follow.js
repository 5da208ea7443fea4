'use strict'
// Starts a sync over the OA's API and follows it to its end, as the page does.
const { ProgressLine, rowsOf } = require('./progressLine')
const { count, seconds, rate } = require('./format')

async function endOf (runs, id, line) {
  for await (const run of runs) {
    if (run.id !== id) continue
    line.show(run)
    if (run.state !== 'running') return run
  }
  throw new Error('the progress stream ended before the run did')
}

/** Syncs one kind of a shop and answers its run. */
async function sync (client, shopId, kind) {
  const abort = new AbortController()
  const line = new ProgressLine()
  try {
    const runs = await client.watch(abort.signal)
    const started = await client.post(`/shops/${shopId}/sync`, { kind })
    const run = await endOf(runs, started.id, line)
    const ms = line.end()
    if (run.state !== 'done') throw new Error(`the sync of ${kind} ended as ${run.state}: ${run.errorCode} ${run.errorMessage}`)
    const { written, unchanged, calls, quarantined } = run.progress
    console.log(`  ${kind}: ${count(rowsOf(run.progress))} rows read in ${seconds(ms)} (${rate(rowsOf(run.progress), ms)}), ${count(written)} written, ${count(unchanged)} unchanged, ${count(quarantined)} quarantined, ${count(calls)} calls`)
    return run
  } finally {
    line.end()
    abort.abort()
  }
}

module.exports = { sync }
