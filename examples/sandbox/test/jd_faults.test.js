'use strict'
// Every fault switch on JD, in its own envelope. What a fault does on the wire is checked for 抖店 in faults.test.js;
// here it is that it strikes this platform's calls and leaves this platform's marks.
const test = require('node:test')
const assert = require('node:assert')
const zlib = require('node:zlib')
const { FAULTS } = require('..')
const { jdSandbox, oauth, ORDER_FIELDS, WARE_FIELDS } = require('./jd_support')
const { NOON } = require('./support')

const LIST = ['jingdong.pop.order.search', { start_date: '2026-02-01 12:00:00', end_date: '2026-03-03 12:00:00', optional_fields: ORDER_FIELDS, page: '1', page_size: '10' }]
const WARES = ['jingdong.ware.read.searchWare4Valid', { pageSize: 10, field: WARE_FIELDS }]

function orders (text) {
  return JSON.parse(text).jingdong_pop_order_search_responce.searchorderinfo_result.orderInfoList
}

function status (expected, extra) {
  return async ({ raw }) => {
    const answer = await raw(...LIST)
    assert.equal(answer.status, expected)
    assert.equal(Date.parse(answer.headers.date), NOON)
    extra?.(answer)
  }
}

const broken = async ({ raw }) => assert.rejects(raw(...LIST))

function refusal (code) {
  return async world => assert.equal(await world.code(...LIST), code)
}

/** One order of the page satisfies `spoiled`, the other nine do not, and control names it. */
function oneOrder (spoiled) {
  return async ({ raw, sandbox }) => {
    const list = orders((await raw(...LIST)).text)
    assert.deepEqual([list.length, list.filter(spoiled).length], [10, 1])
    assert.equal(sandbox.control.faults()[0].touched.length, 1)
  }
}

function inText (pattern, count = 1) {
  return async ({ raw }) => assert.equal((await raw(...LIST)).text.match(pattern)?.length, count)
}

function grantForm ({ sandbox }) {
  const { code } = sandbox.control.authorize({ platform: 'jd' })
  return { app_key: sandbox.jd.appKey, app_secret: sandbox.jd.appSecret, grant_type: 'authorization_code', code }
}

function token (check) {
  return async world => check(await oauth(world.sandbox.jd.token, grantForm(world)))
}

function stockCall (truth) {
  const [sku] = truth('skus')
  return ['jingdong.stock.write.updateSkuStock', { skuId: sku.skuId, stockNum: 4321, storeId: 0 }]
}

/** The write is made once and seen in the truth, though the answer is `lost`. */
function executed (lost) {
  return async ({ raw, truth, writes }) => {
    await lost(raw, stockCall(truth))
    assert.deepEqual(writes().map(one => [one.params.number, one.changed]), [[4321, true]])
    assert.equal(truth('skus')[0].stockNum, 4321)
  }
}

const lostAnswer = executed((raw, call) => assert.rejects(raw(...call)))

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
  redirect_308: [{}, status(308, answer => assert.equal(answer.headers.location, '/jd/elsewhere'))],
  reset_reading: [{}, async ({ raw, truth, writes }) => {
    await assert.rejects(raw(...stockCall(truth)), { code: 'ECONNRESET' })
    assert.deepEqual(writes(), [])
  }],
  late_write: [{ ms: 20 }, async ({ raw, truth, writes }) => {
    await assert.rejects(raw(...stockCall(truth)), { code: 'ECONNRESET' })
    assert.deepEqual(writes(), [])
    while (writes().length === 0) await new Promise(resolve => { setTimeout(resolve, 5) })
    assert.equal(truth('skus')[0].stockNum, 4321)
  }],
  reset: [{}, broken],
  close_silently: [{}, broken],
  garbage_status: [{}, broken],
  hang: [{}, async ({ raw }) => {
    const silence = new Promise(resolve => { setTimeout(resolve, 50, 'silent') })
    assert.equal(await Promise.race([raw(...LIST).catch(() => 'closed'), silence]), 'silent')
  }],
  gzip_bomb: [{ megabytes: 3 }, status(200, answer => {
    const text = zlib.gunzipSync(answer.body).toString()
    assert.ok(text.length > 3_000_000 && JSON.parse(text).jingdong_vender_shop_query_responce.code === '0')
  })],
  endless_body: [{ megabytes: 3 }, status(200, answer => assert.ok(answer.body.length > 3_000_000 && answer.text.startsWith('{"jingdong_')))],
  many_headers: [{ count: 5000 }, broken],
  latency: [{ ms: 1 }, async world => assert.equal(await world.code(...LIST), '0')],
  token_slow: [{ ms: 1 }, token(pair => assert.equal(pair.code, 0))],
  clock_jump: [{ offsetMs: -3_600_000 }, async world => {
    assert.equal(await world.code(...LIST), '8')
    assert.equal(world.sandbox.control.setClock().now, NOON - 3_600_000)
  }],
  clock_skew: [{}, async world => {
    assert.equal(await world.code(...LIST), '8')
    assert.equal(world.sandbox.control.setClock().now, NOON)
  }],
  has_next_forever: [{}, async ({ raw }) => {
    const seen = []
    for (const page of ['1', '40', '999']) seen.push((await raw(LIST[0], { ...LIST[1], page })).text.replace(/"request_id":"[^"]*"/, ''))
    assert.ok(seen[0].includes('"orderTotal":1000000000') && seen[1] === seen[0] && seen[2] === seen[0])
  }],

  limited: [{}, refusal(2)],
  business_error: [{}, refusal('70')],
  service_error: [{}, refusal('66')],
  unknown_code: [{}, refusal('47110')],
  no_permission: [{}, refusal('24')],
  secret_changed: [{}, refusal('12')],
  not_found: [{}, refusal('10100001')],
  expired_token: [{}, async ({ code, sandbox, use }) => {
    const before = sandbox.control.tokens({ platform: 'jd' })
    assert.equal(await code(...LIST), '19')
    sandbox.control.clearFaults()
    assert.equal(await code(...LIST), '19')
    const { appKey: app_key, appSecret: app_secret, refresh } = sandbox.jd
    const pair = await oauth(refresh, { app_key, app_secret, grant_type: 'refresh_token', refresh_token: before.refreshToken })
    assert.equal(pair.access_token, before.accessToken) // the same text works again
    use(pair.access_token)
    assert.equal(await code(...LIST), '0')
  }],
  revoked: [{}, async ({ code, sandbox }) => {
    assert.equal(await code(...LIST), '19')
    sandbox.control.clearFaults()
    assert.equal(await code(...LIST), '19')
    assert.equal(sandbox.control.tokens({ platform: 'jd' }).revoked, true)
  }],
  rows_move: [{ count: 4 }, async ({ call, sandbox }) => {
    sandbox.control.setClock({ advanceMs: 10_000 })
    assert.equal((await call(...LIST)).searchorderinfo_result.orderTotal, 396)
    assert.equal((await call(...WARES)).page.data.length, 10)
    assert.equal(sandbox.control.faults()[0].touched.length, 8)
  }],
  late_rows: [{ lateMs: 30_000 }, async ({ call, sandbox, truth }) => {
    sandbox.control.setClock({ advanceMs: 10_000 })
    const { orders: [id] } = sandbox.control.change({ platform: 'jd', orders: 1 })
    const seen = async () => (await call(LIST[0], { ...LIST[1], start_date: '2026-03-03 12:00:10', end_date: '2026-03-03 12:00:10' })).searchorderinfo_result.orderTotal
    assert.equal(truth('orders').find(one => one.orderId === id).modified, '2026-03-03 12:00:10')
    assert.equal(await seen(), 0)
    sandbox.control.setClock({ advanceMs: 30_000 })
    assert.equal(await seen(), 1)
  }],

  lost_code: [{}, executed(async (raw, call) => assert.equal(JSON.parse((await raw(...call)).text).error_response.code, '47110'))],
  odd_time: [{}, oneOrder(row => row.modified === '0000-00-00 00:00:00')],
  huge_id: [{}, inText(/"orderId":18446744073709551616,/g)],
  nul_in_text: [{}, oneOrder(row => row.orderRemark === '前\u0000后')],
  raw_control: [{}, async ({ raw }) => {
    const { text } = await raw(...LIST)
    assert.ok(text.includes('"前\u0001后"'))
    assert.throws(() => JSON.parse(text), SyntaxError)
  }],
  huge_record: [{ megabytes: 1 }, oneOrder(row => row.orderRemark.length === 1024 * 1024)],
  token_other_shop: [{ shopId: '12345' }, token(pair => assert.equal(pair.uid, '12345'))],
  token_no_refresh: [{}, token(pair => assert.equal(pair.refresh_token, ''))],
  token_odd_expiry: [{ expiresIn: -1 }, token(pair => assert.equal(pair.expires_in, -1))],
  broken_record: [{}, async ({ raw, sandbox }) => {
    const good = row => typeof row === 'object' && typeof row.orderId === 'string' && /^\d+\.\d\d$/.test(row.orderTotalPrice)
    for (let i = 0; i < 4; i++) assert.equal(orders((await raw(...LIST)).text).filter(good).length, 9)
    assert.equal(sandbox.control.faults()[0].touched.length, 4)
  }],
  numbers_as_strings: [{}, async ({ call }) => {
    const { page } = await call(...WARES)
    assert.ok([page.totalItem, page.data[0].wareId, page.data[0].jdPrice].every(value => typeof value === 'string'))
  }],
  unknown_status: [{}, oneOrder(row => row.orderState === '777')],
  null_fields: [{}, oneOrder(row => row.orderRemark === null && row.waybill === null)],
  missing_fields: [{}, oneOrder(row => !('orderRemark' in row) && !('waybill' in row))],
  new_fields: [{}, inText(/"brand_new_field"/g, 10)],
  lone_surrogate: [{}, inText(/\\ud800字/g)],
  huge_number: [{}, inText(/"orderTotalPrice":"1e400"/g)],
  deep_nesting: [{ depth: 500 }, async ({ raw }) => assert.ok((await raw(...LIST)).text.includes('['.repeat(500)))],
  duplicate_rows: [{ count: 3 }, async ({ raw }) => {
    const list = orders((await raw(...LIST)).text)
    assert.deepEqual([list.length, new Set(list.map(row => row.orderId)).size], [13, 10])
  }],
  wrong_total: [{}, async ({ call }) => assert.deepEqual([(await call(...LIST)).searchorderinfo_result.orderTotal, (await call(...WARES)).page.data.length], [200, 10])],
  empty_page: [{}, async ({ call }) => {
    const { searchorderinfo_result: found } = await call(...LIST)
    assert.deepEqual([found.orderTotal, 'orderInfoList' in found, (await call(...WARES)).page.data], [400, false, []])
  }],

  wrong_content_type: [{}, status(200, answer => assert.ok(answer.headers['content-type'] === 'text/plain' && orders(answer.text).length === 10))],
  cut_body: [{}, broken],
  chunked_cut: [{}, broken],
  slow_body: [{ bytes: 3000, intervalMs: 1 }, async ({ raw }) => assert.equal(orders((await raw(...LIST)).text).length, 10)],
  lost_reset: [{}, lostAnswer],
  lost_close: [{}, lostAnswer],
  lost_cut: [{}, lostAnswer],
  lost_500: [{}, executed(async (raw, call) => assert.equal((await raw(...call)).status, 500))],
  token_lost: [{}, async world => {
    const before = world.sandbox.control.tokens({ platform: 'jd' })
    const { appKey: app_key, appSecret: app_secret, refresh } = world.sandbox.jd
    await assert.rejects(oauth(refresh, { app_key, app_secret, grant_type: 'refresh_token', refresh_token: before.refreshToken }), { code: 'ECONNRESET' })
    const after = world.sandbox.control.tokens({ platform: 'jd' })
    assert.deepEqual([after.generation, after.accessToken === before.accessToken, after.refreshToken === before.refreshToken], [before.generation + 1, true, false])
  }],
  interim_102: [{}, async ({ raw }) => assert.equal(orders((await raw(...LIST)).text).length, 10)],
  close_after: [{}, async ({ raw }) => assert.equal(orders((await raw(...LIST)).text).length, 10)],
  duplicate_keys: [{}, async ({ raw }) => {
    const { text } = await raw(...LIST)
    assert.ok(text.startsWith('{"jingdong_pop_order_search_responce":47110,"jingdong_pop_order_search_responce":{') && orders(text).length === 10)
  }],
  trailing_bytes: [{}, async ({ raw }) => assert.ok((await raw(...LIST)).text.endsWith('}\n<!-- cache -->'))],
  byte_order_mark: [{}, async ({ raw }) => assert.equal((await raw(...LIST)).body.subarray(0, 3).toString('hex'), 'efbbbf')],
  invalid_utf8: [{}, async ({ raw }) => {
    const { body } = await raw(...LIST)
    assert.throws(() => new TextDecoder('utf-8', { fatal: true }).decode(body))
    assert.equal(orders(body.toString()).length, 10)
  }],
  cut_json: [{}, async ({ raw }) => {
    const { text } = await raw(...LIST)
    assert.throws(() => JSON.parse(text), SyntaxError)
  }]
}
for (const [name, [options, check]] of Object.entries(CHECKS)) {
  test(`fault ${name} strikes JD`, async t => {
    const world = await jdSandbox(t)
    world.sandbox.control.fault({ fault: name, platform: 'jd', options })
    await check(world)
    assert.ok(world.sandbox.control.stats().faults[name] >= 1)
  })
}

test('every fault has a check for JD', () => {
  assert.deepEqual(Object.keys(CHECKS).sort(), Object.keys(FAULTS).sort())
})

test('records of every list and detail are where the faults look for them', async t => {
  const { raw, sandbox, truth } = await jdSandbox(t)
  const [order] = truth('orders')
  const [ware] = truth('products')
  const [sku] = truth('skus')
  const [promotion] = truth('promotions')
  const system = { ip: '1', port: '1', request_id: '1' }
  const lists = [
    LIST, ['jingdong.pop.order.enSearch', LIST[1]], WARES, ['jingdong.sku.read.searchSkuList', {}], ['jingdong.shop.order.list.search', { startDate: '2026-02-01 12:00:00', endDate: '2026-03-03 12:00:00' }],
    ['jingdong.pop.afs.soa.refundapply.queryPageList', {}], ['jingdong.asc.query.list', { buId: sandbox.jd.shops[0].shopId, operatePin: 'p', operateNick: 'n' }],
    ['jingdong.seller.promotion.v2.list', system], ['jingdong.seller.coupon.read.getCouponList', {}]
  ]
  const records = [
    ['jingdong.pop.order.get', { order_id: order.orderId, optional_fields: ORDER_FIELDS }], ['jingdong.pop.order.enGet', { order_id: order.orderId, optional_fields: ORDER_FIELDS }],
    ['jingdong.shop.order.get', { orderId: order.orderId }], ['jingdong.ware.read.findWareById', { wareId: ware.wareId }], ['jingdong.sku.read.findSkuById', { skuId: sku.skuId }],
    ['jingdong.seller.promotion.v2.get', { ...system, promo_id: promotion.promo_id }], ['jingdong.seller.vender.info.get', {}], ['jingdong.vender.shop.query', {}]
  ]
  sandbox.control.fault({ fault: 'huge_id', platform: 'jd' })
  for (const call of [...lists, ...records]) assert.match((await raw(...call)).text, /":18446744073709551616[,}]/, call[0])
  sandbox.control.clearFaults()
  sandbox.control.fault({ fault: 'wrong_total', platform: 'jd', options: { total: 987_654 } })
  for (const call of lists) assert.ok((await raw(...call)).text.includes('987654'), call[0])
})

test('a record that is said not to exist is missing in its method\'s own way', async t => {
  const { call, sandbox, truth } = await jdSandbox(t)
  const [{ orderId }] = truth('orders')
  sandbox.control.fault({ fault: 'not_found', platform: 'jd' })
  for (const [method, flag] of [['get', false], ['enGet', 'false']]) {
    const { orderDetailInfo } = await call(`jingdong.pop.order.${method}`, { order_id: orderId, optional_fields: 'orderId' })
    assert.deepEqual([orderDetailInfo.apiResult.success, orderDetailInfo.apiResult.numberCode, orderDetailInfo.orderInfo], [flag, 10100001, undefined])
  }
  assert.equal('orderInfo' in await call('jingdong.shop.order.get', { orderId }), false)
  assert.equal('ware' in await call('jingdong.ware.read.findWareById', { wareId: truth('products')[0].wareId }), false)
})

test('a scope names the gateway\'s method', async t => {
  const { code, sandbox } = await jdSandbox(t)
  sandbox.control.fault({ fault: 'limited', platform: 'jd', method: LIST[0], after: 1, times: 1 })
  assert.deepEqual([await code(...WARES), await code(...LIST), await code(...LIST), await code(...LIST)], ['0', '0', 2, '0'])
  sandbox.control.fault({ fault: 'limited', platform: 'doudian' })
  assert.equal(await code(...LIST), '0')
})

/** What a client could see of one call. */
async function seen (raw, call) {
  try {
    const { status: code, headers, body } = await raw(...call)
    return `${code} ${JSON.stringify(headers)} ${body.toString('latin1')}`
  } catch (error) {
    return `broken: ${error.code ?? error.message}`
  }
}

const UNSEEN = ['hang', 'endless_body', 'gzip_bomb', 'many_headers', 'huge_record', 'late_write'] // silent, large, or in time that is not the seed's

test('with every fault in turn, struck by chance, the same seed gives the same bytes', async t => {
  const quick = { latency: { ms: 1 }, token_slow: { ms: 1 }, slow_body: { bytes: 100_000, intervalMs: 1 }, deep_nesting: { depth: 50 } }
  const run = async seed => {
    const { sandbox, raw, use, truth } = await jdSandbox(t, { seed, products: 20, orders: 60 })
    const log = []
    for (const name of Object.keys(FAULTS).filter(one => !UNSEEN.includes(one))) {
      use(sandbox.control.tokens({ platform: 'jd', issue: true }).accessToken)
      sandbox.control.fault({ fault: name, platform: 'jd', probability: 0.5, options: quick[name] })
      for (let i = 0; i < 3; i++) log.push(await seen(raw, LIST), await seen(raw, stockCall(truth)))
      log.push(JSON.stringify(sandbox.control.clearFaults(name)))
    }
    return log
  }
  const first = await run(11)
  assert.deepEqual(await run(11), first)
  assert.notDeepEqual(await run(12), first)
})
