'use strict'
const test = require('node:test')
const assert = require('node:assert')
const net = require('node:net')
const zlib = require('node:zlib')
const fs = require('node:fs')
const path = require('node:path')
const { FAULTS } = require('..')
const { sandboxFor, caller, prepare, NOON, UNSEEN } = require('./support')

const LIST = ['order.searchList', { page: 0, size: 10, order_by: 'update_time', order_asc: true }]

/** Sends LIST over a bare socket and answers all bytes until the server closes, or until `waitMs` have passed. */
function bytesOf (sandbox, waitMs = 300) {
  const { accessToken } = sandbox.control.tokens({})
  const { url, body } = prepare(sandbox, sandbox.doudian, accessToken, ...LIST)
  const { host, pathname, search, port, hostname } = new URL(url)
  return new Promise(resolve => {
    const chunks = []
    const socket = net.connect(port, hostname)
    const done = how => { socket.destroy(); resolve({ how, text: Buffer.concat(chunks).toString('latin1') }) }
    socket.on('data', chunk => chunks.push(chunk)).on('close', () => done('closed')).on('error', error => done(error.code))
    socket.setTimeout(waitMs, () => done('silent'))
    socket.write(`POST ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  })
}

function status (expected, extra) {
  return async ({ raw }) => {
    const answer = await raw(...LIST)
    assert.equal(answer.status, expected)
    assert.equal(Date.parse(answer.headers.date), NOON)
    extra?.(answer)
  }
}

function refusal (code, subCode) {
  return async ({ call }) => {
    const answer = await call(...LIST)
    assert.deepEqual([answer.code, answer.sub_code, answer.data], [code, subCode, null])
  }
}

function rows (text) {
  return JSON.parse(text).data.shop_order_list
}

/** One record of the page satisfies `spoiled`, the other nine do not, and control names it. */
function oneRow (spoiled) {
  return async ({ raw, sandbox }) => {
    const list = rows((await raw(...LIST)).text)
    assert.deepEqual([list.length, list.filter(spoiled).length], [10, 1])
    assert.equal(sandbox.control.faults()[0].touched.length, 1)
  }
}

const CHECKS = {
  http_429: [{ retryAfter: '7' }, status(429, answer => assert.equal(answer.headers['retry-after'], '7'))],
  http_401: [{}, status(401)],
  http_403: [{}, status(403)],
  http_500: [{}, status(500)],
  http_502: [{}, status(502)],
  http_503: [{}, status(503)],
  http_504: [{}, status(504)],
  html_200: [{}, status(200, answer => assert.ok(answer.text.startsWith('<!DOCTYPE') && answer.headers['content-type'].startsWith('text/html')))],
  empty_200: [{}, status(200, answer => assert.equal(answer.text, ''))],
  redirect_302: [{ location: 'http://127.0.0.1:9/x' }, status(302, answer => assert.equal(answer.headers.location, 'http://127.0.0.1:9/x'))],
  reset: [{}, async ({ sandbox }) => assert.deepEqual(await bytesOf(sandbox), { how: 'ECONNRESET', text: '' })],
  close_silently: [{}, async ({ sandbox }) => assert.deepEqual(await bytesOf(sandbox), { how: 'closed', text: '' })],
  garbage_status: [{}, async ({ sandbox }) => assert.ok((await bytesOf(sandbox)).text.includes('not http'))],
  hang: [{}, async ({ sandbox }) => assert.deepEqual(await bytesOf(sandbox, 60), { how: 'silent', text: '' })],
  gzip_bomb: [{ megabytes: 3 }, status(200, answer => {
    assert.ok(answer.body.length < 100_000 && answer.headers['content-encoding'] === 'gzip')
    assert.ok(zlib.gunzipSync(answer.body).length > 3 * 1024 * 1024)
  })],
  endless_body: [{ megabytes: 3 }, status(200, answer => assert.ok(answer.body.length > 3 * 1024 * 1024))],
  many_headers: [{ count: 500 }, async ({ sandbox }) => assert.equal((await bytesOf(sandbox)).text.match(/x-noise-/g).length, 500)],
  latency: [{ ms: 40 }, async ({ call }) => {
    const began = performance.now()
    assert.equal((await call(...LIST)).code, 10000)
    assert.ok(performance.now() - began >= 39)
  }],
  clock_skew: [{ offsetMs: 86_400_000 }, async ({ raw }) => {
    const answer = await raw(...LIST)
    assert.equal(Date.parse(answer.headers.date), NOON + 86_400_000)
    assert.equal(JSON.parse(answer.text).sub_code, 'isv.timestamp-invalid')
  }],
  has_next_forever: [{}, async ({ call }) => {
    const pages = [await call(...LIST), await call('order.searchList', { ...LIST[1], page: 39 }), await call('order.searchList', { ...LIST[1], page: 999 })]
    for (const { data } of pages) assert.deepEqual([data.total, data.shop_order_list], [1000000000, pages[0].data.shop_order_list])
  }],
  limited: [{}, refusal(60000, 'isv.traffic-limited')],
  business_error: [{}, refusal(50002, 'isv.business-failed:2010326')],
  service_error: [{}, refusal(20000, 'dop.service-error')],
  unknown_code: [{}, refusal(47110, 'isv.sandbox-never-documented')],
  no_permission: [{}, refusal(30001, 'isv.app-permissions-insufficient')],
  expired_token: [{}, async ({ call, use, sandbox }) => {
    const before = sandbox.control.tokens({})
    assert.equal((await call(...LIST)).sub_code, 'isv.access-token-expired')
    sandbox.control.clearFaults()
    assert.equal((await call(...LIST)).sub_code, 'isv.access-token-expired')
    const params = { grant_type: 'refresh_token', refresh_token: before.refreshToken }
    const { data } = await call('token.refresh', params, { query: { access_token: undefined } })
    assert.notEqual(data.access_token, before.accessToken)
    use(data.access_token)
    assert.equal((await call(...LIST)).code, 10000)
  }],
  revoked: [{}, async ({ call, sandbox }) => {
    assert.equal((await call(...LIST)).sub_code, 'dop.authorization-closed')
    sandbox.control.clearFaults()
    assert.equal((await call(...LIST)).sub_code, 'dop.authorization-closed')
  }],
  rows_move: [{ count: 4 }, async ({ call, sandbox }) => {
    sandbox.control.setClock({ advanceMs: 10_000 })
    const window = { ...LIST[1], update_time_start: 1, update_time_end: NOON / 1000 }
    assert.equal((await call('order.searchList', window)).data.total, 396)
    assert.equal((await call('order.searchList', window)).data.total, 392)
    assert.equal(sandbox.control.faults()[0].touched.length, 8)
  }],
  late_rows: [{ lateMs: 30_000 }, async ({ call, sandbox }) => {
    sandbox.control.setClock({ advanceMs: 10_000 })
    const { orders: [id] } = sandbox.control.change({ orders: 1 })
    const seen = async () => (await call('order.searchList', { ...LIST[1], update_time_start: NOON / 1000 + 10 })).data.total
    assert.equal((await call('order.orderDetail', { shop_order_id: id })).data.shop_order_detail.update_time, NOON / 1000 + 10)
    assert.equal(await seen(), 0)
    sandbox.control.setClock({ advanceMs: 29_999 })
    assert.equal(await seen(), 0)
    sandbox.control.setClock({ advanceMs: 1 })
    assert.equal(await seen(), 1)
  }],
  token_other_shop: [{ shopId: '12345' }, token(data => assert.equal(data.shop_id, 12345))],
  token_no_refresh: [{}, token(data => assert.equal(data.refresh_token, ''))],
  token_odd_expiry: [{ expiresIn: -1 }, token(data => assert.equal(data.expires_in, -1))],
  broken_record: [{}, async ({ raw, sandbox }) => {
    const good = row => typeof row === 'object' && typeof row.order_id === 'string' && typeof row.pay_amount === 'number'
    for (let i = 0; i < 4; i++) assert.equal(rows((await raw(...LIST)).text).filter(good).length, 9)
    assert.equal(sandbox.control.faults()[0].touched.length, 4)
  }],
  numbers_as_strings: [{}, async ({ call }) => {
    const answer = await call(...LIST)
    assert.deepEqual([answer.code, answer.data.total, answer.data.page], ['10000', '400', '0'])
    assert.equal(typeof answer.data.shop_order_list[0].sku_order_list[0].product_id, 'string')
  }],
  unknown_status: [{}, oneRow(row => row.order_status === 777)],
  null_fields: [{}, oneRow(row => row.buyer_words === null && row.logistics_info === null)],
  missing_fields: [{}, oneRow(row => !('buyer_words' in row) && !('pay_time' in row))],
  new_fields: [{}, async ({ raw }) => assert.ok(rows((await raw(...LIST)).text).every(row => row.brand_new_field))],
  lone_surrogate: [{}, async ({ raw }) => assert.equal((await raw(...LIST)).text.match(/\\ud800字/g).length, 1)],
  huge_number: [{}, async ({ raw }) => assert.equal((await raw(...LIST)).text.match(/"pay_amount":1e400/g).length, 1)],
  deep_nesting: [{ depth: 5000 }, async ({ raw }) => assert.ok((await raw(...LIST)).text.includes('['.repeat(5000)))],
  duplicate_rows: [{ count: 3 }, async ({ raw }) => {
    const list = rows((await raw(...LIST)).text)
    assert.deepEqual([list.length, new Set(list.map(row => row.order_id)).size], [13, 10])
  }],
  wrong_total: [{}, async ({ call }) => assert.equal((await call(...LIST)).data.total, 200)],
  empty_page: [{}, async ({ call }) => {
    const { data } = await call(...LIST)
    assert.deepEqual([data.total, data.shop_order_list], [400, []])
  }],
  wrong_content_type: [{}, status(200, answer => {
    assert.equal(answer.headers['content-type'], 'text/plain')
    assert.equal(rows(answer.text).length, 10)
  })],
  cut_body: [{}, async ({ sandbox }) => {
    const { how, text } = await bytesOf(sandbox)
    const [head, body] = text.split('\r\n\r\n')
    const length = Number(/content-length: (\d+)/i.exec(head)[1])
    assert.deepEqual([how, body.length], ['closed', Math.floor(length / 2)])
  }],
  chunked_cut: [{}, async ({ sandbox }) => {
    const { how, text } = await bytesOf(sandbox)
    assert.ok(how === 'closed' && /transfer-encoding: chunked/i.test(text) && !text.endsWith('0\r\n\r\n'))
  }],
  slow_body: [{ bytes: 2000, intervalMs: 5 }, async ({ raw }) => {
    const began = performance.now()
    assert.equal(rows((await raw(...LIST)).text).length, 10)
    assert.ok(performance.now() - began > 40)
  }],
  trailing_bytes: [{}, async ({ raw }) => assert.ok((await raw(...LIST)).text.endsWith('}\n<!-- cache -->'))],
  byte_order_mark: [{}, async ({ raw }) => assert.equal((await raw(...LIST)).body.subarray(0, 3).toString('hex'), 'efbbbf')],
  invalid_utf8: [{}, async ({ raw }) => {
    const { body } = await raw(...LIST)
    assert.throws(() => new TextDecoder('utf-8', { fatal: true }).decode(body))
    assert.equal(JSON.parse(body.toString()).code, 10000)
  }],
  cut_json: [{}, async ({ raw }) => {
    const { text, headers, body } = await raw(...LIST)
    assert.equal(Number(headers['content-length']), body.length)
    assert.throws(() => JSON.parse(text))
  }],
  retry_after_date: [{ status: 503, inMs: 90_000 }, status(503, answer => assert.equal(Date.parse(answer.headers['retry-after']), NOON + 90_000))],
  retry_after_past: [{}, status(429, answer => assert.equal(Date.parse(answer.headers['retry-after']), NOON - 86_400_000))],
  retry_after_negative: [{}, status(429, answer => assert.equal(answer.headers['retry-after'], '-5'))],
  retry_after_ten_years: [{ status: 503 }, status(503, answer => assert.equal(answer.headers['retry-after'], '315360000'))],
  retry_after_text: [{ text: 'a while' }, status(429, answer => assert.equal(answer.headers['retry-after'], 'a while'))],
  redirect_307: [{}, status(307, answer => assert.equal(answer.headers.location, 'http://127.0.0.1:9/elsewhere'))],
  redirect_308: [{}, status(308, answer => assert.equal(answer.headers.location, '/doudian/elsewhere'))],
  reset_reading: [{}, async ({ sandbox, raw }) => {
    await assert.rejects(raw(...stockCall(sandbox)), { code: 'ECONNRESET' })
    assert.deepEqual(sandbox.control.writes().items, [])
  }],
  hang_reading: [{}, async ({ sandbox }) => {
    assert.deepEqual(await bytesOf(sandbox, 60), { how: 'silent', text: '' })
    assert.deepEqual(sandbox.control.writes().items, [])
  }],
  hang_headers: [{}, async ({ sandbox }) => {
    const { how, text } = await bytesOf(sandbox, 1000)
    assert.equal(how, 'silent')
    assert.match(text, /^HTTP\/1\.1 200 [^]*content-length: [1-9][^]*\r\n\r\n$/i)
  }],
  hang_connect: [{}, async ({ sandbox, call }) => {
    assert.ok((await call(...LIST)).data)
    sandbox.control.clearFaults()
    assert.deepEqual(await bytesOf(sandbox, 60), { how: 'silent', text: '' })
    assert.equal(sandbox.control.stats().heldConnections, 1)
    assert.ok((await bytesOf(sandbox)).text.startsWith('HTTP/1.1 200'))
  }],
  late_write: [{ ms: 30 }, async ({ sandbox, raw }) => {
    await assert.rejects(raw(...stockCall(sandbox)), { code: 'ECONNRESET' })
    assert.deepEqual(sandbox.control.writes().items, [])
    while (sandbox.control.writes().items.length === 0) await new Promise(resolve => { setTimeout(resolve, 5) })
    assert.equal(sandbox.control.truth({ kind: 'skus', limit: 1 }).items[0].stock_num, 4321)
  }],
  token_slow: [{ ms: 40 }, async client => {
    const began = performance.now()
    await token(data => assert.ok(data.access_token))(client)
    assert.ok(performance.now() - began >= 39)
  }],
  clock_jump: [{ offsetMs: -3_600_000 }, async ({ call, sandbox }) => {
    assert.equal((await call(...LIST)).sub_code, 'isv.timestamp-invalid')
    sandbox.control.clearFaults()
    assert.equal(sandbox.control.setClock().now, NOON - 3_600_000)
    assert.equal((await call(...LIST)).code, 10000)
  }],
  secret_changed: [{}, refusal(40003, 'isv.signature-invalid')],
  not_found: [{}, refusal(50002, 'isv.business-failed:2010001')],
  lost_code: [{}, executed(async (raw, params) => {
    const { text } = await raw(...params)
    assert.deepEqual([JSON.parse(text).code, JSON.parse(text).data], [47110, null])
  })],
  odd_time: [{}, oneRow(row => row.update_time === '0000-00-00 00:00:00')],
  huge_id: [{}, async ({ raw }) => assert.equal((await raw(...LIST)).text.match(/"order_id":18446744073709551616,/g).length, 1)],
  nul_in_text: [{}, oneRow(row => row.buyer_words === '前\u0000后')],
  raw_control: [{}, async ({ raw }) => {
    const { text } = await raw(...LIST)
    assert.ok(text.includes('"前\u0001后"'))
    assert.throws(() => JSON.parse(text))
  }],
  huge_record: [{ megabytes: 1 }, oneRow(row => row.buyer_words.length === 1024 * 1024)],
  lost_reset: [{}, executed((raw, params) => assert.rejects(raw(...params), { code: 'ECONNRESET' }))],
  lost_close: [{}, executed((raw, params) => assert.rejects(raw(...params)))],
  lost_cut: [{}, executed((raw, params) => assert.rejects(raw(...params)))],
  lost_500: [{}, executed(async (raw, params) => assert.equal((await raw(...params)).status, 500))],
  token_lost: [{}, async ({ raw, sandbox }) => {
    const before = sandbox.control.tokens({})
    sandbox.control.tokens({ expireAccess: true })
    const params = { grant_type: 'refresh_token', refresh_token: before.refreshToken }
    await assert.rejects(raw('token.refresh', params, { query: { access_token: undefined } }), { code: 'ECONNRESET' })
    assert.deepEqual([sandbox.control.tokens({}).generation, sandbox.control.tokens({}).refreshToken === before.refreshToken], [before.generation + 1, false])
  }],
  interim_102: [{}, async ({ sandbox }) => assert.match((await bytesOf(sandbox)).text, /^HTTP\/1\.1 102 Processing\r\n\r\nHTTP\/1\.1 200 OK/)],
  close_after: [{}, async ({ sandbox }) => {
    const { how, text } = await bytesOf(sandbox)
    assert.ok(how === 'closed' && /connection: keep-alive/i.test(text) && text.endsWith('}'))
  }],
  duplicate_keys: [{}, async ({ raw }) => {
    const { text } = await raw(...LIST)
    assert.deepEqual([text.match(/"code":\d+/g).slice(0, 2), JSON.parse(text).code], [['"code":47110', '"code":10000'], 10000])
  }]
}

/** An absolute stock write of 4321 to the first SKU. */
function stockCall (sandbox) {
  const [sku] = sandbox.control.truth({ kind: 'skus', limit: 1 }).items
  return ['sku.syncStock', { product_id: sku.product_id, sku_id: sku.id, stock_num: 4321 }]
}

/** The write is made once and seen in the truth, though the answer is `lost`. */
function executed (lost) {
  return async ({ raw, sandbox }) => {
    await lost(raw, stockCall(sandbox))
    assert.deepEqual(sandbox.control.writes().items.map(one => [one.params.stockNum, one.changed]), [[4321, true]])
    assert.equal(sandbox.control.truth({ kind: 'skus', limit: 1 }).items[0].stock_num, 4321)
  }
}

function token (check) {
  return async ({ call, sandbox }) => {
    const { code } = sandbox.control.authorize({})
    const answer = await call('token.create', { code, grant_type: 'authorization_code' }, { query: { access_token: undefined } })
    assert.equal(answer.code, 10000)
    check(answer.data)
  }
}

for (const [name, [options, check]] of Object.entries(CHECKS)) {
  test(`fault ${name} does what its row says`, async t => {
    const sandbox = await sandboxFor(t)
    const client = caller(sandbox)
    sandbox.control.fault({ fault: name, options })
    await check({ ...client, sandbox })
    assert.ok(sandbox.control.stats().faults[name] >= 1)
    sandbox.control.clearFaults(name)
    assert.deepEqual(sandbox.control.faults(), [])
  })
}

test('every fault has a check here and a row in the README', () => {
  assert.deepEqual(Object.keys(CHECKS).sort(), Object.keys(FAULTS).sort())
  const readme = fs.readFileSync(path.join(__dirname, '../README.md'), 'utf8')
  for (const [name, { stage, on, does, users }] of Object.entries(FAULTS)) {
    const row = readme.split('\n').find(line => line.startsWith(`| \`${name}\` | ${stage} | ${on} | ${does} |`))
    assert.ok(row?.endsWith(`| ${users} |`), name)
  }
})

test('a scope picks the call: method, after, times, every, shop', async t => {
  const sandbox = await sandboxFor(t, { shops: 2 })
  const [first, second] = sandbox.doudian.shops.map(shop => caller(sandbox, { shopId: shop.shopId }))
  const codes = async (client, count, method = LIST) => {
    const seen = []
    for (let i = 0; i < count; i++) seen.push((await client.raw(...method)).status)
    return seen
  }
  sandbox.control.fault({ fault: 'http_500', method: 'order.searchList', after: 2, times: 1 })
  assert.deepEqual(await codes(first, 2, ['shop.brandList', {}]), [200, 200])
  assert.deepEqual(await codes(first, 5), [200, 200, 500, 200, 200])
  sandbox.control.clearFaults()
  sandbox.control.fault({ fault: 'http_503', every: 2, shopId: sandbox.doudian.shops[1].shopId })
  assert.deepEqual(await codes(first, 3), [200, 200, 200])
  assert.deepEqual(await codes(second, 4), [200, 503, 200, 503])
  assert.throws(() => sandbox.control.fault({ fault: 'nope' }), /unknown fault/)
  assert.throws(() => sandbox.control.fault({ fault: 'hang', options: { ms: 1 } }), /no option/)
  assert.throws(() => sandbox.control.fault({ fault: 'hang', tmes: 1 }), /unknown scope/)
})

test('a fault on probability strikes the same calls for the same seed', async t => {
  const run = async () => {
    const sandbox = await sandboxFor(t)
    const { raw } = caller(sandbox)
    sandbox.control.fault({ fault: 'http_500', probability: 0.3 })
    const seen = []
    for (let i = 0; i < 40; i++) seen.push((await raw(...LIST)).status)
    return seen
  }
  const first = await run()
  assert.ok(first.includes(200) && first.includes(500))
  assert.deepEqual(await run(), first)
})

test('has_next_forever also holds the cursor of products', async t => {
  const sandbox = await sandboxFor(t)
  const { call } = caller(sandbox)
  sandbox.control.fault({ fault: 'has_next_forever' })
  const first = (await call('product.listV2', { use_cursor: true, size: 10 })).data
  const second = (await call('product.listV2', { use_cursor: true, cursor_id: first.cursor_id, size: 10 })).data
  assert.ok(first.cursor_id)
  assert.deepEqual([second.cursor_id, second.data], [first.cursor_id, first.data])
})

/** What a client could see of one call: the answer's bytes without the connection's own, or how it broke. */
async function seen (raw, params) {
  try {
    const { status: code, headers, body } = await raw(...params)
    return `${code} ${JSON.stringify(headers)} ${body.toString('latin1')}`
  } catch (error) {
    return `broken: ${error.code ?? error.message}`
  }
}

const QUICK = { latency: { ms: 1 }, token_slow: { ms: 1 }, late_write: { ms: 0 }, slow_body: { bytes: 100_000, intervalMs: 1 }, deep_nesting: { depth: 50 } }

test('with every fault in turn, struck by chance, the same seed gives the same bytes', async t => {
  const run = async seed => {
    const sandbox = await sandboxFor(t, { seed, products: 20, orders: 60 })
    const { raw } = caller(sandbox)
    const log = []
    for (const name of Object.keys(FAULTS).filter(one => !UNSEEN.includes(one))) {
      sandbox.control.tokens({ issue: true, revoke: false })
      const { accessToken, refreshToken } = sandbox.control.tokens({ expireAccess: false })
      sandbox.control.fault({ fault: name, probability: 0.5, options: QUICK[name] })
      const own = { query: { access_token: accessToken } }
      for (let i = 0; i < 3; i++) {
        const written = sandbox.control.writes().items.length
        log.push(await seen(raw, [...LIST, own]), await seen(raw, [...stockCall(sandbox), own]))
        // A late write comes when it comes; the script goes on after it, as its order is not the seed's business.
        while (name === 'late_write' && sandbox.control.writes().items.length === written) await new Promise(setImmediate)
        log.push(await seen(raw, ['token.refresh', { grant_type: 'refresh_token', refresh_token: refreshToken }, { query: { access_token: undefined } }]))
      }
      log.push(JSON.stringify(sandbox.control.clearFaults(name)))
    }
    const { maxCallsInOneSecond: _, ...stats } = sandbox.control.stats()
    return [...log, JSON.stringify(stats)]
  }
  const first = await run(11)
  const second = await run(11)
  for (const [index, line] of first.entries()) assert.equal(second[index], line)
  assert.notDeepEqual(await run(12), first)
})
