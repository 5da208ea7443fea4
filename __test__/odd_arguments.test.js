// Odd arguments to every export, made by fast-check; DIANQIAO_ROUNDS and DIANQIAO_SEED make it a long run.
'use strict'
const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { scratch } = require('./support')

const ROUNDS = Number(process.env.DIANQIAO_ROUNDS ?? 4000)
const SEED = Number(process.env.DIANQIAO_SEED ?? Date.now() % 2 ** 31)

test('odd arguments are refused with a typed error or taken, and Node lives on', (t) => {
  t.diagnostic(`seed ${SEED}, ${ROUNDS} sets; replay: scripts/torture arguments ${ROUNDS} ${SEED}`)
  const cwd = scratch(t)
  const arguments_ = [join(__dirname, 'odd_child.js'), String(ROUNDS), String(SEED)]
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, arguments_, { cwd, encoding: 'utf8', timeout: 3_600_000 })
  const last = () => readFileSync(join(cwd, 'last'), 'utf8').split('\n')[0]
  assert.deepEqual([status, signal], [0, null], `seed ${SEED}; ${stderr}\nthe last call: ${last()}`)
  const { exports: found, ends } = JSON.parse(stdout)
  t.diagnostic(`${found} exports: ${JSON.stringify(ends)}`)
  // Where all is refused at the door, nothing behind it was tried.
  const deeper = Object.keys(ends).filter((end) => end.startsWith('rejected ') && end !== 'rejected INVALID_REQUEST')
  assert.ok(ends.fulfilled > 0 && deeper.length > 0, stdout)
})
