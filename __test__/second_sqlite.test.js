// A second SQLite on our file: in this process, which drops our locks, and in another one, which may read.
'use strict'
const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const { join } = require('node:path')
const { test } = require('node:test')
const { Hub } = require('..')
const { scratch } = require('./support')

const ROUNDS = Number(process.env.DIANQIAO_ROUNDS ?? 200)
const COUNT = 'SELECT count(*) AS n FROM ecommerce_platforms'

/** Node's own SQLite, from 22.5 on. */
function nodeSqlite() {
  try {
    return require('node:sqlite')
  } catch {
    return undefined
  }
}

/** A hub on a file of its own, what it acknowledged, and what it refused. */
class Ledger {
  stored = new Set()
  refused = []

  static async open(t) {
    const ledger = new Ledger()
    ledger.file = join(scratch(t), 'shop.db')
    ledger.hub = await Hub.open({ database: ledger.file, masterKey: Hub.generateKey() })
    t.after(() => ledger.hub.close())
    return ledger
  }

  /** Writes a row; only when it is refused it may be missing later. */
  async save(appKey) {
    const app = { platform: 'doudian', kind: 'self_use', appName: appKey, appKey, appSecret: 'secret' }
    try {
      await this.hub.apps.save(app)
      this.stored.add(appKey)
    } catch (error) {
      assert.equal(error.code, 'STORAGE', error.stack)
      assert.match(error.message, /other software in this process/)
      assert.equal(error.retryable, true)
      this.refused.push(appKey)
    }
  }

  /** Every acknowledged row is there, for the hub and for a process that opens the file after it. */
  async check() {
    // What is read right after a foreign look may be of two moments; a write that succeeds ends that.
    for (let n = 0; n < 10 && !this.stored.has(`last-${n - 1}`); n++) await this.save(`last-${n}`)
    const missing = (keys) => [...this.stored].filter((key) => !keys.has(key))
    assert.deepEqual(missing(new Set((await this.hub.apps.list()).map((app) => app.appKey))), [])
    await this.hub.close()
    const reopened = await Hub.open({ database: this.file, masterKey: Hub.generateKey() }).catch((error) => error)
    assert.equal(reopened.code, 'KEY_WRONG', 'the file can be read, and with another key it is refused')
  }
}

/** What `PRAGMA integrity_check` and the table say in a process of its own. */
function look(file) {
  const script = `const { DatabaseSync } = require('node:sqlite')
    const db = new DatabaseSync(${JSON.stringify(file)})
    const rows = db.prepare('SELECT app_key FROM ecommerce_platforms').all().map((row) => row.app_key)
    console.log(JSON.stringify({ verdict: db.prepare('PRAGMA integrity_check').get(), rows }))`
  const child = spawnSync(process.execPath, ['--no-warnings', '-e', script], { encoding: 'utf8' })
  assert.equal(child.status, 0, child.stderr)
  return JSON.parse(child.stdout)
}

const sqlite = nodeSqlite()
const skip = sqlite ? false : `Node ${process.version} has no node:sqlite`

test('another SQLite in this process is noticed, and no acknowledged row is lost', { skip }, async (t) => {
  const ledger = await Ledger.open(t)
  for (let round = 0; round < ROUNDS; round++) {
    // Before, while and after the hub writes: its threads do not wait for this one.
    const writes = Array.from({ length: round % 4 }, (_, n) => ledger.save(`early-${round}-${n}`))
    if (round % 3 === 0) await new Promise(setImmediate)
    const other = new sqlite.DatabaseSync(ledger.file, { readOnly: round % 2 === 0 })
    assert.ok(other.prepare(COUNT).get().n >= 0)
    if (round % 5 === 0) writes.push(ledger.save(`between-${round}`))
    other.close()
    writes.push(ledger.save(`late-${round}`))
    await Promise.all(writes)
    await ledger.save(`after-${round}`)
    assert.ok(ledger.stored.has(`after-${round}`), 'what was refused works when it is tried again')
  }
  const { refused, stored } = ledger
  await ledger.check()
  t.diagnostic(`${ROUNDS} rounds: ${stored.size} rows acknowledged, none lost; ${refused.length} writes refused`)
  // Each look drops our locks, and the next write finds that.
  assert.ok(refused.length >= ROUNDS / 2, `only ${refused.length} of ${ROUNDS} looks were noticed`)
  assert.ok(stored.size >= ROUNDS)
  const found = look(ledger.file)
  assert.deepEqual(found.verdict, { integrity_check: 'ok' })
  assert.deepEqual([...stored].filter((key) => !found.rows.includes(key)), [])
})

const python = spawnSync('python3', ['-c', 'import sqlite3; print(sqlite3.sqlite_version)'], { encoding: 'utf8' })
const noPython = python.status === 0 ? false : 'python3 with sqlite3 is not installed'

test("Python's SQLite in another process reads while the hub writes", { skip: noPython }, async (t) => {
  const ledger = await Ledger.open(t)
  const script = `
import sqlite3, sys
last = -1
for n in range(${ROUNDS}):
    db = sqlite3.connect(sys.argv[1], timeout=30)
    count = db.execute("${COUNT}").fetchone()[0]
    assert count >= last, (count, last)
    last = count
    db.close()
db = sqlite3.connect(sys.argv[1])
assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
print(last)
`
  const child = spawn('python3', ['-c', script, ledger.file], { stdio: ['ignore', 'pipe', 'inherit'] })
  let [output, ended] = ['', false]
  child.stdout.on('data', (data) => (output += data))
  const exit = new Promise((resolve) => child.on('exit', resolve)).finally(() => (ended = true))
  for (let n = 0; !ended || n < 50; n++) await ledger.save(`row-${n}`)
  assert.equal(await exit, 0)
  assert.deepEqual(ledger.refused, [], 'a reader in another process disturbs nobody')
  t.diagnostic(`${ROUNDS} readings by SQLite ${python.stdout.trim()} saw up to ${output.trim()} of ${ledger.stored.size} rows`)
  await ledger.check()
})
