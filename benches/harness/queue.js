// `queue.js [--quick] [--rounds 3]`: the crate's queue beside one in better-sqlite3, in turns, medians and ratios of
// this run. The crate's is its own measurement (`jobs_per_second` in src/queue/tests.rs), built as a release.
'use strict'
const { execFileSync } = require('node:child_process')
const { join } = require('node:path')
const { parseArgs } = require('node:util')

// scripts/bench hands all its options on; those of the other programs are not for this one.
const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean' }, rounds: { type: 'string' }, only: { type: 'string' }, latencies: { type: 'string' } },
})
const root = join(__dirname, '../..')
const ROUNDS = Number(flags.rounds ?? (flags.quick ? 1 : 3))
/** One commit for each change takes minutes for what the others do in a second, so it gets fewer jobs. */
const JOBS = { single: flags.quick ? 500 : 2_000, grouped: 20_000 }
const CARGO = ['test', '--release', '--locked', '--quiet', '--features', 'test-util', '--lib', 'jobs_per_second', '--', '--ignored', '--nocapture']
const LINE = /^(\d+) places, up to (\d+) ahead: queued (\d+)\/s, queued and done (\d+)\/s$/gm

const peer = mode => JSON.parse(execFileSync(process.execPath, [join(root, 'benches/peers/queue.js'), mode, String(JOBS[mode])], { encoding: 'utf8' }))

/** As the product runs it, and as it would be without taking jobs ahead. */
function dianqiao () {
  const text = execFileSync('cargo', CARGO, { cwd: root, encoding: 'utf8' })
  const lines = [...text.matchAll(LINE)].map(([, places, ahead, queued, done]) => ({ places: +places, ahead: +ahead, queued: +queued, done: +done }))
  const of = isWanted => lines.find(line => line.places === 12 && isWanted(line.ahead))
  const [product, without] = [of(ahead => ahead > 0), of(ahead => ahead === 0)]
  if (!product || !without) throw new Error(`the measurement printed something else:\n${text}`)
  return { product, without }
}

const median = numbers => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

function main () {
  const found = { dianqiao: [], 'dianqiao, none taken ahead': [], 'better-sqlite3, grouped by hand': [], 'better-sqlite3, one commit each': [] }
  for (let round = 0; round < ROUNDS; round++) {
    const { product, without } = dianqiao()
    found.dianqiao.push(product)
    found['dianqiao, none taken ahead'].push(without)
    found['better-sqlite3, grouped by hand'].push(peer('grouped'))
    found['better-sqlite3, one commit each'].push(peer('single'))
  }
  const medians = Object.entries(found).map(([name, rounds]) => [name, median(rounds.map(round => round.queued)), median(rounds.map(round => round.done))])
  const [, ours, oursDone] = medians[0]
  console.log(`jobs a second, synchronous=FULL, medians of ${ROUNDS}; × is what dianqiao does of it\n`)
  console.log('| queue | queued | | queued and done | |\n|---|---:|---:|---:|---:|')
  for (const [name, queued, done] of medians) {
    console.log(`| ${name} | ${queued} | ${(ours / queued).toFixed(2)} × | ${done} | ${(oursDone / done).toFixed(2)} × |`)
  }
}

main()
