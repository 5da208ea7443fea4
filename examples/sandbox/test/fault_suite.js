'use strict'
// Every fault, on the wire of any platform. A test file of a platform says how to call it and how to read its answers:
//
//   id           the platform
//   options      of the sandbox, so that `list` has 10 rows and more
//   caller(sandbox) → { list(), request(), stock(number), token() }: raw answers of a page of 10 records, of an absolute
//                stock write to the first SKU, and of a token call that works; request() is the list call, prepared
//   rows(text), total(text), ok(text)      of a list's answer; without `total` lists have none, and `more(text)` has to do
//   grow(sandbox)                          a new record in the list; `newOrders: 1` if absent
//   record       { id, price, status, text, time, optional }: names, the last two names of a list's optional fields
//   refused      { limited, businessError, …: text → boolean }, the names as for Platform.refusal
//   stockNow(sandbox)                      of the first SKU, from the truth
//   tokenParts(text) → { shop, refresh, expires }
const test = require('node:test')
const assert = require('node:assert')
const net = require('node:net')
const zlib = require('node:zlib')
const { FAULTS } = require('..')
const { sandboxFor, NOON } = require('./support')

/** Sends a prepared request over a bare socket; answers all bytes until the server closes, or until `waitMs` passed. */
function bytesOf ({ url, verb, headers, body }, waitMs = 300) {
  const { host, pathname, search, port, hostname } = new URL(url)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return new Promise(resolve => {
    const chunks = []
    const socket = net.connect(port, hostname)
    const done = how => { socket.destroy(); resolve({ how, text: Buffer.concat(chunks).toString('latin1') }) }
    socket.on('data', chunk => chunks.push(chunk)).on('close', () => done('closed')).on('error', error => done(error.code))
    socket.setTimeout(waitMs, () => done('silent'))
    socket.write(`${verb} ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n${lines}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  })
}

function status (expected, check = () => {}) {
  return async ({ list }) => {
    const answer = await list()
    assert.equal(answer.status, expected)
    assert.equal(Date.parse(answer.headers.date), NOON)
    check(answer)
  }
}

function refusal (name) {
  return async ({ list, play }) => assert.ok(play.refused[name]((await list()).text))
}

/** One record of the page satisfies `spoiled`, the others do not, and control names it. */
function oneRow (spoiled) {
  return async ({ list, sandbox, play }) => {
    const rows = play.rows((await list()).text)
    assert.deepEqual([rows.length, rows.filter(row => spoiled(row, play.record)).length], [10, 1])
    assert.equal(sandbox.control.faults()[0].touched.length, 1)
  }
}

/** The write is made once and seen in the truth, though its answer is `lost`. */
function executed (lost) {
  return async ({ stock, sandbox, play }) => {
    await lost(stock)
    assert.equal(sandbox.control.writes({ platform: play.id }).items.length, 1)
    assert.equal(Number(play.stockNow(sandbox)), 4321)
  }
}

function token (check) {
  return async ({ token: ask, play }) => check(play.tokenParts((await ask()).text))
}

async function slower (call) {
  const began = performance.now()
  await call()
  assert.ok(performance.now() - began >= 39)
}

const CHECKS = {
  http_429: [{ retryAfter: '7' }, status(429, answer => assert.equal(answer.headers['retry-after'], '7'))],
  http_401: [{}, status(401)],
  http_403: [{}, status(403)],
  http_500: [{}, status(500)],
  http_502: [{}, status(502)],
  http_503: [{}, status(503)],
  http_504: [{}, status(504)],
  retry_after_date: [{ status: 503, inMs: 90_000 }, status(503, answer => assert.equal(Date.parse(answer.headers['retry-after']), NOON + 90_000))],
  retry_after_past: [{}, status(429)],
  retry_after_negative: [{}, status(429)],
  retry_after_ten_years: [{ status: 503 }, status(503)],
  retry_after_text: [{}, status(429)],
  html_200: [{}, status(200, answer => assert.ok(answer.text.startsWith('<!DOCTYPE')))],
  empty_200: [{}, status(200, answer => assert.equal(answer.text, ''))],
  redirect_302: [{}, status(302)],
  redirect_307: [{}, status(307)],
  redirect_308: [{}, async ({ list, play }) => assert.equal((await list()).headers.location, `/${play.id}/elsewhere`)],
  reset_reading: [{}, async ({ stock, sandbox, play }) => {
    await assert.rejects(stock(4321), { code: 'ECONNRESET' })
    assert.deepEqual(sandbox.control.writes({ platform: play.id }).items, [])
  }],
  hang_reading: [{}, async ({ request, sandbox, play }) => {
    assert.deepEqual(await bytesOf(request(), 60), { how: 'silent', text: '' })
    assert.equal(sandbox.control.faults()[0].fired, 1)
    assert.deepEqual(sandbox.control.writes({ platform: play.id }).items, [])
  }],
  hang_headers: [{}, async ({ request }) => {
    const { how, text } = await bytesOf(request(), 1000)
    assert.equal(how, 'silent')
    assert.match(text, /^HTTP\/1\.1 200 [^]*content-length: [1-9][^]*\r\n\r\n$/i)
  }],
  hang_connect: [{}, async ({ list, request, sandbox, play }) => {
    assert.ok(play.ok((await list()).text))
    sandbox.control.clearFaults()
    assert.deepEqual(await bytesOf(request(), 60), { how: 'silent', text: '' })
    assert.equal(sandbox.control.stats().heldConnections, 1)
    assert.ok((await bytesOf(request())).text.startsWith('HTTP/1.1 200'))
  }],
  late_write: [{ ms: 30 }, async ({ stock, sandbox, play }) => {
    await assert.rejects(stock(4321), { code: 'ECONNRESET' })
    const written = () => sandbox.control.writes({ platform: play.id }).items.length
    assert.equal(written(), 0)
    while (written() === 0) await new Promise(resolve => { setTimeout(resolve, 5) })
    assert.equal(Number(play.stockNow(sandbox)), 4321)
  }],
  reset: [{}, async ({ request }) => assert.deepEqual(await bytesOf(request()), { how: 'ECONNRESET', text: '' })],
  close_silently: [{}, async ({ request }) => assert.deepEqual(await bytesOf(request()), { how: 'closed', text: '' })],
  garbage_status: [{}, async ({ request }) => assert.ok((await bytesOf(request())).text.includes('not http'))],
  hang: [{}, async ({ request }) => assert.deepEqual(await bytesOf(request(), 60), { how: 'silent', text: '' })],
  gzip_bomb: [{ megabytes: 3 }, status(200, answer => JSON.parse(zlib.gunzipSync(answer.body).toString()))],
  endless_body: [{ megabytes: 3 }, status(200, answer => assert.ok(JSON.parse(answer.text) && answer.body.length > 3 * 1024 * 1024))],
  many_headers: [{ count: 500 }, async ({ request }) => assert.equal((await bytesOf(request())).text.match(/x-noise-/g).length, 500)],
  latency: [{ ms: 40 }, ({ list }) => slower(list)],
  token_slow: [{ ms: 40 }, ({ token: ask }) => slower(ask)],
  clock_jump: [{ offsetMs: 5_000 }, async ({ list, sandbox }) => {
    const answer = await list()
    assert.equal(Date.parse(answer.headers.date), NOON + 5_000)
    assert.equal(sandbox.control.setClock().now, NOON + 5_000)
  }],
  clock_skew: [{ offsetMs: 86_400_000 }, async ({ list, play }) => {
    const answer = await list()
    assert.equal(Date.parse(answer.headers.date), NOON + 86_400_000)
    assert.ok(!play.ok(answer.text))
  }],
  has_next_forever: [{}, async ({ list, play }) => {
    const pages = [await list(), await list({ page: 2 }), await list({ page: 3 })]
    for (const { text } of pages) {
      assert.deepEqual(play.rows(text).map(row => row[play.record.id]), play.rows(pages[0].text).map(row => row[play.record.id]))
      assert.ok(play.more(text))
    }
  }],
  limited: [{ seconds: 7 }, refusal('limited')],
  business_error: [{}, refusal('businessError')],
  service_error: [{}, refusal('serviceError')],
  unknown_code: [{}, refusal('unknownCode')],
  no_permission: [{}, refusal('noPermission')],
  secret_changed: [{}, refusal('signatureInvalid')],
  not_found: [{}, refusal('notFound')],
  expired_token: [{}, async ({ list, sandbox, play }) => {
    assert.ok(play.refused.tokenExpired((await list()).text))
    sandbox.control.clearFaults()
    assert.ok(play.refused.tokenExpired((await list()).text))
  }],
  revoked: [{}, async ({ list, sandbox, play }) => {
    assert.ok(play.refused.authorizationClosed((await list()).text))
    sandbox.control.clearFaults()
    assert.ok(play.refused.authorizationClosed((await list()).text))
  }],
  rows_move: [{ count: 4 }, async ({ list, sandbox, play }) => {
    sandbox.control.setClock({ advanceMs: 60_000 })
    await list()
    const { touched } = sandbox.control.faults()[0]
    assert.equal(touched.length, 4)
    const truth = sandbox.control.truth({ platform: play.id, kind: play.kind }).items
    for (const id of touched) assert.ok(truth.some(row => String(row[play.record.id]) === id))
  }],
  late_rows: [{ lateMs: 30_000 }, async ({ list, sandbox, play }) => {
    const grow = play.grow ?? (() => sandbox.control.change({ platform: play.id, newOrders: 1 }))
    const seen = text => (play.total ? play.total(text) : play.rows(text).map(row => row[play.record.id]))
    const before = seen((await list()).text)
    grow(sandbox)
    assert.deepEqual(seen((await list()).text), before)
    sandbox.control.setClock({ advanceMs: 30_000 })
    const after = seen((await list()).text)
    assert.deepEqual(play.total ? after - 1 : after.slice(1), play.total ? before : before.slice(0, -1))
  }],
  lost_code: [{}, executed(async stock => {
    const { text } = await stock(4321)
    assert.ok(text.includes('47110'))
  })],
  odd_time: [{}, oneRow((row, { time }) => row[time] === '0000-00-00 00:00:00')],
  huge_id: [{}, oneRow((row, { id }) => String(row[id]) === '18446744073709551616')],
  nul_in_text: [{}, oneRow((row, { text }) => row[text] === '前\u0000后')],
  raw_control: [{}, async ({ list }) => assert.ok((await list()).text.includes('\u0001'))],
  huge_record: [{ megabytes: 1 }, oneRow((row, { text }) => row[text]?.length >= 1024 * 1024)],
  token_other_shop: [{ shopId: '12345' }, token(({ shop }) => assert.equal(String(shop), '12345'))],
  token_no_refresh: [{}, token(({ refresh }) => assert.equal(refresh, ''))],
  token_odd_expiry: [{ expiresIn: -1 }, token(({ expires }) => assert.equal(Number(expires), -1))],
  broken_record: [{}, async ({ list, sandbox, play }) => {
    const { id, price } = play.record
    const good = row => typeof row === 'object' && row[id] !== undefined && /^[\d.]+$/.test(row[price])
    for (let i = 0; i < 4; i++) assert.equal(play.rows((await list()).text).filter(good).length, 9)
    assert.equal(sandbox.control.faults()[0].touched.length, 4)
  }],
  numbers_as_strings: [{}, async ({ list, play }) => {
    const { text } = await list()
    assert.equal(play.rows(text).length, 10)
    assert.doesNotMatch(text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""'), /\d/)
  }],
  unknown_status: [{}, oneRow((row, record) => String(row[record.status]) === '777')],
  null_fields: [{}, oneRow((row, { optional }) => optional.every(name => row[name] === null))],
  missing_fields: [{}, oneRow((row, { optional }) => optional.every(name => !(name in row)))],
  new_fields: [{}, async ({ list, play }) => assert.ok(play.rows((await list()).text).every(row => row.brand_new_field))],
  lone_surrogate: [{}, async ({ list }) => assert.equal((await list()).text.match(/\\ud800字/g).length, 1)],
  huge_number: [{}, async ({ list }) => assert.equal((await list()).text.match(/"?1e400"?/g).length, 1)],
  deep_nesting: [{ depth: 5000 }, async ({ list }) => assert.ok((await list()).text.includes('['.repeat(5000)))],
  duplicate_rows: [{ count: 3 }, async ({ list, play }) => {
    const ids = play.rows((await list()).text).map(row => row[play.record.id])
    assert.deepEqual([ids.length, new Set(ids).size], [13, 10])
  }],
  wrong_total: [{ total: 3 }, async ({ list, play }) => {
    const { text } = await list()
    assert.deepEqual([play.total?.(text) ?? 3, play.rows(text).length], [3, 10])
  }],
  empty_page: [{}, async ({ list, play }) => {
    const { text } = await list()
    assert.ok(play.total ? play.total(text) > 10 : play.more(text))
    assert.equal(play.rows(text).length, 0)
  }],
  wrong_content_type: [{}, async ({ list, play }) => {
    const answer = await list()
    assert.deepEqual([answer.headers['content-type'], play.rows(answer.text).length], ['text/plain', 10])
  }],
  cut_body: [{}, async ({ request }) => {
    const { how, text } = await bytesOf(request())
    const [head, ...body] = text.split('\r\n\r\n')
    assert.deepEqual([how, body.join('\r\n\r\n').length], ['closed', Math.floor(Number(/content-length: (\d+)/i.exec(head)[1]) / 2)])
  }],
  chunked_cut: [{}, async ({ request }) => {
    const { how, text } = await bytesOf(request())
    assert.ok(how === 'closed' && /transfer-encoding: chunked/i.test(text) && !text.endsWith('0\r\n\r\n'))
  }],
  slow_body: [{ bytes: 200, intervalMs: 5 }, async ({ list, play }) => slower(async () => assert.equal(play.rows((await list()).text).length, 10))],
  lost_reset: [{}, executed(stock => assert.rejects(stock(4321), { code: 'ECONNRESET' }))],
  lost_close: [{}, executed(stock => assert.rejects(stock(4321)))],
  lost_cut: [{}, executed(stock => assert.rejects(stock(4321)))],
  lost_500: [{}, executed(async stock => assert.equal((await stock(4321)).status, 500))],
  token_lost: [{}, async ({ token: ask, sandbox }) => {
    const before = sandbox.control.stats().tokenPairsIssued
    await assert.rejects(ask(), { code: 'ECONNRESET' })
    assert.equal(sandbox.control.stats().tokenPairsIssued, before + 1)
  }],
  interim_102: [{}, async ({ list, play }) => assert.equal(play.rows((await list()).text).length, 10)],
  close_after: [{}, async ({ request }) => assert.equal((await bytesOf(request(), 2000)).how, 'closed')],
  duplicate_keys: [{}, async ({ list, play }) => {
    const { text } = await list()
    const [, key] = /^\{("[^"]*")/.exec(text)
    assert.ok(text.startsWith(`{${key}:47110,${key}:`))
    assert.equal(play.rows(text).length, 10)
  }],
  trailing_bytes: [{}, async ({ list }) => assert.ok((await list()).text.endsWith('}\n<!-- cache -->'))],
  byte_order_mark: [{}, async ({ list }) => assert.equal((await list()).body.subarray(0, 3).toString('hex'), 'efbbbf')],
  invalid_utf8: [{}, async ({ list, play }) => {
    const { body } = await list()
    assert.throws(() => new TextDecoder('utf-8', { fatal: true }).decode(body))
    assert.equal(play.rows(body.toString()).length, 10)
  }],
  cut_json: [{}, async ({ list }) => {
    const { text, headers, body } = await list()
    assert.equal(Number(headers['content-length']), body.length)
    assert.throws(() => JSON.parse(text))
  }]
}

/** Registers a test for every fault, and one that none is left out. */
function testFaults (play) {
  for (const [name, [options, check]] of Object.entries(CHECKS)) {
    test(`${play.id}: fault ${name} does what its row says`, async t => {
      const sandbox = await sandboxFor(t, play.options)
      const client = play.caller(sandbox)
      sandbox.control.fault({ fault: name, platform: play.id, options })
      await check({ ...client, sandbox, play })
      assert.ok(sandbox.control.stats().faults[name] >= 1)
    })
  }

  test(`${play.id}: every fault has a check`, () => {
    assert.deepEqual(Object.keys(CHECKS).sort(), Object.keys(FAULTS).sort())
  })
}

module.exports = { testFaults }
