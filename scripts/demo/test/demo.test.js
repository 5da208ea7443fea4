'use strict'
// The demo from end to end, on shops small enough for `npm test`.
const test = require('node:test')
const assert = require('node:assert/strict')
const path = require('node:path')
const { spawnSync } = require('node:child_process')
const { PLATFORMS } = require('../platforms')
const { KINDS } = require('../content')

const DEMO = path.join(__dirname, '..')
const SMALL = ['--once', '--products', '20', '--orders', '120']

function demo (...node) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...node, DEMO, ...SMALL], { encoding: 'utf8', timeout: 120_000 })
  return { status, stdout, stderr, shown: stdout + stderr }
}

/** Each kind is published, state by state, or the demo says that its platform does not offer it. */
function assertPublished (stdout) {
  const posted = 'draft → in_approval → queued → uploading → submitting → under_review'
  const states = { promotion_link: 'draft → in_approval → queued → published', shop_video: posted }
  const skipped = KINDS.filter(({ kind, platform, needs }) => stdout.includes(`  ${kind.padEnd(15)}skipped: ${platform} does not offer ${needs}\n`))
  assert.ok(skipped.length < KINDS.length)
  for (const { kind } of KINDS.filter(one => !skipped.includes(one))) {
    const walk = states[kind] ?? `${posted} → published`
    assert.ok(stdout.includes(`  ${kind.padEnd(15)}${walk}\n`), stdout)
  }
  assert.match(stdout, new RegExp(`compared +${KINDS.length - skipped.length} promotions, \\d+ fields with what the platforms executed: no difference`))
  assert.match(stdout, /its clock: live_time\n.*its clock: over\n/)
  assert.match(stdout, /video +plays [\d,]+, likes [\d,]+/)
  assert.match(stdout, /promotion_link +orders 2, commission \d+\.\d\d yuan/)
}

test('four shops are synced, changed and synced again without a difference, trouble of one slows no other, and content is published', () => {
  const { status, stdout, shown } = demo()
  assert.equal(status, 0, shown)
  for (const { id } of PLATFORMS) assert.match(stdout, new RegExp(`connected ${id} `))
  assert.equal(stdout.match(/truth in [\d.]+ s: no difference/g)?.length, 2 * PLATFORMS.length, shown)
  for (const trouble of ['limited', 'down', 'idle']) assert.match(stdout, new RegExp(`taobao ${trouble} +.*doudian [\\d.]+ s`), shown)
  assertPublished(stdout)
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
