// What the tests share: hubs on files of their own, and one way to look at errors.
'use strict'
const assert = require('node:assert/strict')
const { mkdtempSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { Hub } = require('..')

/** A directory that goes with the test. */
function scratch(t) {
  const directory = mkdtempSync(join(tmpdir(), 'dianqiao-test-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** An open hub that is closed with the test. */
async function openHub(t, options = {}) {
  const hub = await Hub.open({ database: join(scratch(t), 'test.db'), masterKey: Hub.generateKey(), ...options })
  t.after(() => hub.close())
  return hub
}

/** Runs `work`, which must fail with `code`, and gives the error, whose shape is checked. */
async function failsWith(code, work) {
  const error = await Promise.resolve()
    .then(work)
    .then(
      () => assert.fail(`expected ${code}, but it went well`),
      (error) => error,
    )
  assert.ok(error instanceof Error)
  assert.equal(error.name, 'DianqiaoError', error.stack)
  assert.equal(error.code, code, error.message)
  assert.equal(typeof error.operation, 'string')
  assert.equal(typeof error.retryable, 'boolean')
  assert.equal(typeof error.attempts, 'number')
  assert.ok(error.message.startsWith(error.operation), error.message)
  assert.ok(error.stack.startsWith(`DianqiaoError: ${error.message}`), error.stack)
  return error
}

module.exports = { failsWith, openHub, scratch }
