'use strict'
// Starts syncs over the OA's API, all at once, and follows them to their ends, as the page does.
const { ProgressLine, rowsOf } = require('./progressLine')
const { count, seconds, rate } = require('./format')

/** Waits for the ends of `started`; answers `[{ run, ms }]` in the order of their ends. */
async function endsOf (events, started, line) {
  const runs = new Map(started.map(run => [run.id, run]))
  const ends = []
  for await (const run of events) {
    if (!runs.has(run.id) || runs.get(run.id).state !== 'running') continue
    runs.set(run.id, run)
    line.show([...runs.values()])
    if (run.state !== 'running') ends.push({ run, ms: line.elapsed() })
    if (ends.length === started.length) return ends
  }
  throw new Error('the progress stream ended before the runs did')
}

/** Runs `jobs`, `{ shopId, kind, … }` each, at once; answers `[{ run, ms }]`. A run that does not end well is an error. */
async function syncTogether (client, jobs) {
  const abort = new AbortController()
  const line = new ProgressLine()
  try {
    const events = await client.watch(abort.signal, 'run')
    const started = await Promise.all(jobs.map(({ shopId, ...options }) => client.post(`/shops/${shopId}/sync`, options)))
    const ends = await endsOf(events, started, line)
    for (const { run } of ends) {
      if (run.state !== 'done') throw new Error(`the sync of ${run.kind} of shop ${run.shopId} ended as ${run.state}: ${run.errorCode} ${run.errorMessage}`)
    }
    return ends
  } finally {
    line.end()
    abort.abort()
  }
}

function sum (runs, number) {
  return runs.reduce((total, run) => total + number(run.progress), 0)
}

/** Says in one line what the runs of a shop did. */
function printRuns (name, ends) {
  const runs = ends.map(({ run }) => run)
  const ms = Math.max(...ends.map(end => end.ms))
  const rows = sum(runs, rowsOf)
  const kinds = runs.map(run => `${run.kind} ${count(rowsOf(run.progress))}`).sort().join(', ')
  console.log(`  ${name.padEnd(9)} ${count(rows)} rows in ${seconds(ms)} (${rate(rows, ms)}): ${kinds}; ${count(sum(runs, one => one.written))} written, ${count(sum(runs, one => one.unchanged))} unchanged, ${count(sum(runs, one => one.quarantined))} quarantined, ${count(sum(runs, one => one.calls))} calls`)
}

module.exports = { syncTogether, printRuns }
