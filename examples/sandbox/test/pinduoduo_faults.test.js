'use strict'
const test = require('node:test')
const assert = require('node:assert')
const zlib = require('node:zlib')
const { FAULTS } = require('..')
const { sandboxFor, pddCaller, NOON } = require('./pinduoduo_support')

const platform = 'pinduoduo'
const NOW = NOON / 1000
const KEY = 'order_sn_increment_get_response'
const WINDOW = { start_updated_at: NOW - 1800, end_updated_at: NOW, is_lucky_flag: 0, order_status: 5, refund_status: 5, page_size: 10 }
const LIST = ['pdd.order.number.list.increment.get', WINDOW]
const CREATE = 'pdd.pop.auth.token.create'

function page (text) {
  return JSON.parse(text)[KEY]
}

function rows (text) {
  return page(text).order_sn_list
}

function refusal (code) {
  return async ({ raw }) => {
    const { status, text } = await raw(...LIST)
    const { error_response: error } = JSON.parse(text)
    assert.deepEqual([status, error.error_code, Object.keys(error).length], [200, code, 5])
  }
}

/** One record of the page satisfies `spoiled`, the other nine do not, and control names it. */
function oneRow (spoiled) {
  return async ({ raw, sandbox }) => {
    const list = rows((await raw(...LIST)).text)
    assert.deepEqual([list.length, list.filter(spoiled).length], [10, 1])
    assert.equal(sandbox.control.faults()[0].touched.length, 1)
  }
}

/** An absolute stock write of 4321 to the first SKU. */
function stockCall (sandbox) {
  const [sku] = sandbox.control.truth({ platform, kind: 'skus', limit: 1 }).items
  return ['pdd.goods.quantity.update', { goods_id: sku.goods_id, sku_id: sku.sku_id, quantity: 4321 }]
}

/** The write is made once and seen in the truth, whatever `lost` makes of the answer. */
function executed (lost) {
  return async ({ raw, sandbox }) => {
    await lost(raw(...stockCall(sandbox)), sandbox)
    while (sandbox.control.writes({ platform }).items.length === 0) await new Promise(resolve => { setTimeout(resolve, 2) })
    assert.deepEqual(sandbox.control.writes({ platform }).items.map(one => [one.params.quantity, one.changed]), [[4321, true]])
    assert.equal(sandbox.control.truth({ platform, kind: 'skus', limit: 1 }).items[0].quantity, 4321)
  }
}

function token (check) {
  return async ({ call, sandbox }) => {
    const { code } = sandbox.control.authorize({ platform })
    check((await call(CREATE, { code }, { token: undefined })).pop_auth_token_create_response, sandbox)
  }
}

function status (expected, extra) {
  return async ({ raw }) => {
    const answer = await raw(...LIST)
    assert.equal(answer.status, expected)
    extra?.(answer)
  }
}

const whole = answer => assert.equal(rows(answer.text).length, 10)
const broken = async ({ raw }) => assert.rejects(raw(...LIST))
const slower = (kind, ms) => async client => {
  const began = performance.now()
  await kind(client)
  assert.ok(performance.now() - began >= ms - 1)
}

const CHECKS = {
  http_429: [{}, status(429)],
  http_401: [{}, status(401)],
  http_403: [{}, status(403)],
  http_500: [{}, status(500)],
  http_502: [{}, status(502)],
  http_503: [{}, status(503)],
  http_504: [{}, status(504)],
  retry_after_date: [{}, status(429)],
  retry_after_past: [{}, status(429)],
  retry_after_negative: [{}, status(429)],
  retry_after_ten_years: [{}, status(429)],
  retry_after_text: [{}, status(429)],
  html_200: [{}, status(200, answer => assert.ok(answer.text.startsWith('<!DOCTYPE')))],
  empty_200: [{}, status(200, answer => assert.equal(answer.text, ''))],
  redirect_302: [{}, status(302)],
  redirect_307: [{}, status(307)],
  redirect_308: [{}, status(308, answer => assert.equal(answer.headers.location, '/pinduoduo/elsewhere'))],
  reset_reading: [{}, broken],
  late_write: [{ ms: 5 }, executed(sent => assert.rejects(sent))],
  reset: [{}, broken],
  close_silently: [{}, broken],
  garbage_status: [{}, broken],
  hang: [{}, async ({ raw }) => {
    const answered = raw(...LIST).then(() => true, () => true)
    assert.equal(await Promise.race([answered, new Promise(resolve => { setTimeout(resolve, 40, false) })]), false)
  }],
  gzip_bomb: [{ megabytes: 1 }, status(200, answer => {
    const text = zlib.gunzipSync(answer.body).toString()
    assert.equal(JSON.parse(text).mall_info_get_response.mall_desc.length, 1024 * 1024)
  })],
  endless_body: [{ megabytes: 1 }, status(200, answer => assert.ok(JSON.parse(answer.text).mall_info_get_response))],
  many_headers: [{ count: 50 }, status(200, answer => assert.ok(answer.headers['x-noise-49']))],
  latency: [{ ms: 30 }, slower(status(200, whole), 30)],
  token_slow: [{ ms: 30 }, slower(token(data => assert.ok(data.access_token)), 30)],
  clock_jump: [{ offsetMs: -3_600_000 }, async ({ refused, sandbox }) => {
    assert.match((await refused(...LIST)).error_msg, /timestamp$/)
    assert.equal(sandbox.control.setClock().now, NOON - 3_600_000)
  }],
  clock_skew: [{}, async ({ refused, sandbox }) => {
    assert.equal((await refused(...LIST)).error_code, 10001)
    assert.equal(sandbox.control.setClock().now, NOON)
  }],
  has_next_forever: [{}, async ({ ok, raw }) => {
    const first = await ok(...LIST)
    const far = await ok(LIST[0], { ...WINDOW, page: 999 })
    assert.deepEqual([first.total_count, far.order_sn_list], [1_000_000_000, first.order_sn_list])
    assert.equal(page((await raw(LIST[0], { ...WINDOW, page: 999, use_has_next: true })).text).has_next, true)
  }],
  limited: [{}, refusal(52101)],
  business_error: [{}, refusal(50001)],
  service_error: [{}, refusal(52102)],
  unknown_code: [{}, refusal(47110)],
  no_permission: [{}, refusal(30000)],
  secret_changed: [{}, refusal(20004)],
  not_found: [{}, refusal(50001)],
  expired_token: [{}, async ({ refused, ok, use, sandbox }) => {
    const { refreshToken } = sandbox.control.tokens({ platform })
    for (let i = 0; i < 2; i++) {
      assert.equal((await refused(...LIST)).error_code, 10019)
      sandbox.control.clearFaults()
    }
    use((await ok('pdd.pop.auth.token.refresh', { refresh_token: refreshToken }, { token: undefined })).access_token)
    assert.equal((await ok(...LIST)).order_sn_list.length, 10)
  }],
  revoked: [{}, async ({ refused, ok, use, sandbox }) => {
    for (let i = 0; i < 2; i++) {
      assert.equal((await refused(...LIST)).error_code, 20032)
      sandbox.control.clearFaults()
    }
    const { code } = sandbox.control.authorize({ platform })
    use((await ok(CREATE, { code }, { token: undefined })).access_token)
    assert.equal((await ok(...LIST)).order_sn_list.length, 10)
  }],
  rows_move: [{ count: 4 }, async ({ ok, sandbox }) => {
    sandbox.control.setClock({ advanceMs: 10_000 })
    assert.deepEqual([(await ok(...LIST)).total_count, (await ok(...LIST)).total_count], [396, 392])
    assert.equal(sandbox.control.faults()[0].touched.length, 8)
  }],
  late_rows: [{ lateMs: 30_000 }, async ({ ok, sandbox }) => {
    sandbox.control.setClock({ advanceMs: 10_000 })
    const { orders: [id] } = sandbox.control.change({ platform, orders: 1 })
    assert.equal((await ok('pdd.order.information.get', { order_sn: id })).order_info.updated_at, '2026-03-03 12:00:10')
    const seen = async () => (await ok(LIST[0], { ...WINDOW, start_updated_at: NOW + 10, end_updated_at: NOW + 1000 })).total_count
    assert.equal(await seen(), 0)
    sandbox.control.setClock({ advanceMs: 30_000 })
    assert.equal(await seen(), 1)
  }],
  lost_code: [{}, executed(async sent => assert.deepEqual(JSON.parse((await sent).text).error_response.error_code, 47110))],
  odd_time: [{}, oneRow(row => row.updated_at === '0000-00-00 00:00:00')],
  huge_id: [{}, async ({ raw }) => assert.equal((await raw(...LIST)).text.match(/"order_sn":18446744073709551616,/g).length, 1)],
  nul_in_text: [{}, oneRow(row => row.buyer_memo === '前\u0000后')],
  raw_control: [{}, status(200, answer => {
    assert.ok(answer.text.includes('"前\u0001后"'))
    assert.throws(() => JSON.parse(answer.text))
  })],
  huge_record: [{ megabytes: 1 }, oneRow(row => row.buyer_memo.length === 1024 * 1024)],
  token_other_shop: [{ shopId: '12345' }, token(data => assert.equal(data.owner_id, '12345'))],
  token_no_refresh: [{}, token(data => assert.equal(data.refresh_token, ''))],
  token_odd_expiry: [{ expiresIn: -1 }, token(data => assert.equal(data.expires_in, -1))],
  broken_record: [{}, async ({ raw, sandbox }) => {
    const good = row => typeof row === 'object' && typeof row.order_sn === 'string' && typeof row.pay_amount === 'number'
    for (let i = 0; i < 4; i++) assert.equal(rows((await raw(...LIST)).text).filter(good).length, 9)
    assert.equal(sandbox.control.faults()[0].touched.length, 4)
  }],
  numbers_as_strings: [{}, async ({ raw }) => {
    const { total_count: total, order_sn_list: list } = page((await raw(...LIST)).text)
    assert.deepEqual([total, typeof list[0].pay_amount], ['400', 'string'])
  }],
  unknown_status: [{}, oneRow(row => row.order_status === 777)],
  null_fields: [{}, oneRow(row => row.buyer_memo === null && row.pay_time === null)],
  missing_fields: [{}, oneRow(row => !('buyer_memo' in row) && !('pay_time' in row))],
  new_fields: [{}, async ({ raw }) => assert.ok(rows((await raw(...LIST)).text).every(row => row.brand_new_field))],
  lone_surrogate: [{}, async ({ raw }) => assert.equal((await raw(...LIST)).text.match(/\\ud800字/g).length, 1)],
  huge_number: [{}, async ({ raw }) => assert.equal((await raw(...LIST)).text.match(/"pay_amount":1e400/g).length, 1)],
  deep_nesting: [{ depth: 5000 }, async ({ raw }) => assert.ok((await raw(...LIST)).text.startsWith(`{"${KEY}":{`) && (await raw(...LIST)).text.includes('['.repeat(5000)))],
  duplicate_rows: [{ count: 3 }, async ({ raw }) => assert.deepEqual([10, 13], [new Set(rows((await raw(...LIST)).text).map(row => row.order_sn)).size, rows((await raw(...LIST)).text).length])],
  wrong_total: [{}, async ({ ok }) => assert.equal((await ok(...LIST)).total_count, 200)],
  empty_page: [{}, async ({ ok }) => {
    const { total_count: total, order_sn_list: list } = await ok(...LIST)
    assert.deepEqual([total, list], [400, []])
  }],
  wrong_content_type: [{}, status(200, answer => whole(answer) ?? assert.equal(answer.headers['content-type'], 'text/plain'))],
  cut_body: [{}, broken],
  chunked_cut: [{}, broken],
  slow_body: [{ bytes: 2000, intervalMs: 5 }, slower(status(200, whole), 20)],
  lost_reset: [{}, executed(sent => assert.rejects(sent, { code: 'ECONNRESET' }))],
  lost_close: [{}, executed(sent => assert.rejects(sent))],
  lost_cut: [{}, executed(sent => assert.rejects(sent))],
  lost_500: [{}, executed(async sent => assert.equal((await sent).status, 500))],
  token_lost: [{}, async ({ raw, sandbox }) => {
    const before = sandbox.control.tokens({ platform })
    await assert.rejects(raw('pdd.pop.auth.token.refresh', { refresh_token: before.refreshToken }, { token: undefined }), { code: 'ECONNRESET' })
    const after = sandbox.control.tokens({ platform })
    assert.deepEqual([after.generation, after.refreshToken === before.refreshToken], [before.generation + 1, false])
  }],
  interim_102: [{}, status(200, whole)],
  close_after: [{}, status(200, whole)],
  duplicate_keys: [{}, status(200, answer => assert.ok(answer.text.startsWith(`{"${KEY}":47110,"${KEY}":{`) && whole(answer) === undefined))],
  trailing_bytes: [{}, status(200, answer => assert.ok(answer.text.endsWith('}\n<!-- cache -->')))],
  byte_order_mark: [{}, status(200, answer => assert.equal(answer.body.subarray(0, 3).toString('hex'), 'efbbbf'))],
  invalid_utf8: [{}, status(200, answer => {
    assert.throws(() => new TextDecoder('utf-8', { fatal: true }).decode(answer.body))
    whole(answer)
  })],
  cut_json: [{}, status(200, answer => assert.throws(() => JSON.parse(answer.text)))]
}

for (const [name, [options, check]] of Object.entries(CHECKS)) {
  test(`pinduoduo: fault ${name} does what its row says`, async t => {
    const sandbox = await sandboxFor(t, { historyDays: 0.02 })
    const client = pddCaller(sandbox)
    sandbox.control.fault({ fault: name, platform, options })
    await check({ ...client, sandbox })
    assert.ok(sandbox.control.stats().faults[name] >= 1)
  })
}

test('every fault has a check for pinduoduo', () => {
  assert.deepEqual(Object.keys(CHECKS).sort(), Object.keys(FAULTS).sort())
})
