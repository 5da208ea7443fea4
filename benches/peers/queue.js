// A queue of jobs as a Node program would have it: the crate's own table in better-sqlite3, every commit on the disk.
// `queue.js single|grouped JOBS`: one transaction for each change of state, or as many changes in one as a careful
// program groups by hand. Prints how many jobs a second were queued, and were queued and done.
'use strict'
const Database = require('better-sqlite3')
const { mkdtempSync, readFileSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')

const TABLES = readFileSync(join(__dirname, '../../src/store/migrations/0010_jobs.sql'), 'utf8')
/** As many as the crate's measurement queues at a time. */
const GROUP = 500
const LEASE_MS = 30_000
const [mode, count] = [process.argv[2], Number(process.argv[3])]
const step = mode === 'grouped' ? GROUP : 1

const directory = mkdtempSync(join(process.env.DIANQIAO_BENCH_DIR ?? tmpdir(), 'dianqiao-queue-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
const db = new Database(join(directory, 'queue.db'))
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')
db.pragma('foreign_keys = OFF')
db.exec(TABLES)

const insert = db.prepare(`INSERT INTO jobs (kind, lane, state, max_attempts, due_at, actor, created_at, updated_at)
  VALUES ('test.probe', 1, 'waiting', 8, @now, 'u', @now, @now)`)
const claim = db.prepare(`UPDATE jobs SET state = 'running', epoch = epoch + 1, attempt = attempt + 1, owner_process = 1,
    lease_until = @lease, started_at = @now, updated_at = @now
  WHERE id IN (SELECT id FROM jobs WHERE state = 'waiting' AND lane = 1 AND due_at <= @now
      AND (order_key IS NULL OR NOT EXISTS (SELECT 1 FROM jobs before WHERE before.order_key = jobs.order_key
        AND before.id < jobs.id AND before.state IN ('waiting', 'running', 'paused')))
    ORDER BY due_at, id LIMIT @limit) RETURNING id, epoch`)
const end = db.prepare(`UPDATE jobs SET state = 'done', owner_process = NULL, lease_until = NULL, updated_at = @now,
  finished_at = @now WHERE id = @id AND epoch = @epoch AND state = 'running'`)

const queue = db.transaction(jobs => { for (let job = 0; job < jobs; job++) insert.run({ now: Date.now() }) })
const take = db.transaction(limit => claim.all({ now: Date.now(), lease: Date.now() + LEASE_MS, limit }))
const finish = db.transaction(jobs => { for (const { id, epoch } of jobs) end.run({ id, epoch, now: Date.now() }) })
/** What a job does. */
const work = async () => {}

async function main () {
  const started = performance.now()
  for (let queued = 0; queued < count; queued += step) queue(Math.min(step, count - queued))
  const queued = performance.now()
  for (let jobs = take(step); jobs.length > 0; jobs = take(step)) {
    await Promise.all(jobs.map(work))
    finish(jobs)
  }
  const ended = performance.now()
  const left = db.prepare("SELECT count(*) AS left FROM jobs WHERE state <> 'done'").get().left
  if (left > 0) throw new Error(`${left} jobs are not done`)
  const rate = milliseconds => Math.round(count / (milliseconds / 1000))
  console.log(JSON.stringify({ queued: rate(queued - started), done: rate(ended - started) }))
}

main().catch(error => { console.error(error); process.exit(1) })
