'use strict'
// The demo from end to end, on shops small enough for `npm test`.
const test = require('node:test')
const assert = require('node:assert/strict')
const path = require('node:path')
const { spawnSync } = require('node:child_process')
const { PLATFORMS } = require('../platforms')

const DEMO = path.join(__dirname, '..')
const SMALL = ['--once', '--products', '20', '--orders', '120']

function demo (...node) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...node, DEMO, ...SMALL], { encoding: 'utf8', timeout: 120_000 })
  return { status, stdout, stderr, shown: stdout + stderr }
}

test('four shops are synced, changed and synced again without a difference, and trouble of one slows no other', () => {
  const { status, stdout, shown } = demo()
  assert.equal(status, 0, shown)
  for (const { id } of PLATFORMS) assert.match(stdout, new RegExp(`connected ${id} `))
  assert.equal(stdout.match(/truth in [\d.]+ s: no difference/g)?.length, 2 * PLATFORMS.length, shown)
  for (const trouble of ['limited', 'down', 'idle']) assert.match(stdout, new RegExp(`taobao ${trouble} +.*doudian [\\d.]+ s`), shown)
})

test('a record that the platform changed unseen fails the demo, whichever platform it is of', () => {
  const { status, stdout, stderr } = demo('--require', path.join(__dirname, 'fixtures', 'unseen.js'))
  assert.equal(status, 1, stdout)
  for (const { id } of PLATFORMS) assert.match(stdout, new RegExp(`unseen ${id}`))
  // The first comparison of each finds it, and the second sync brings it.
  assert.equal(stdout.match(/: \d+ DIFFERENCES/g)?.length, PLATFORMS.length, stdout)
  assert.equal(stdout.match(/: no difference/g)?.length, PLATFORMS.length, stdout)
  assert.match(stderr, /The demo failed: \d+ differences/)
})
