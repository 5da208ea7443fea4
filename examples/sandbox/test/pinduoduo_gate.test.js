'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { LIMITS } = require('../platforms/pinduoduo/limits')
const { sandboxFor, pddCaller, exchange, NOON } = require('./pinduoduo_support')

const INFO = 'pdd.mall.info.get'
const NOW = NOON / 1000

// what is broken → [method, params, tweak, error_code, the end of error_msg]
const BROKEN = {
  'no type': [undefined, {}, {}, 10001, 'type'],
  'no client_id': [INFO, {}, { set: { client_id: undefined } }, 10001, 'client_id'],
  'no timestamp': [INFO, {}, { set: { timestamp: undefined } }, 10001, 'timestamp'],
  'no access_token': [INFO, {}, { token: undefined }, 10001, 'access_token'],
  'milliseconds': [INFO, {}, { set: { timestamp: String(NOON) } }, 10001, 'timestamp'],
  'ten minutes and a second late': [INFO, {}, { set: { timestamp: String(NOW - 601) } }, 10001, 'timestamp'],
  'another version': [INFO, {}, { set: { version: 'V2' } }, 10001, 'version'],
  'an answer in XML': [INFO, {}, { set: { data_type: 'XML' } }, 10001, 'data_type'],
  'an unknown client': [INFO, {}, { set: { client_id: 'nobody' } }, 10016],
  'an unknown method': ['pdd.nope.get', {}, {}, 10017],
  'another secret': [INFO, {}, { secret: 'wrong' }, 20004],
  'a lower-case signature': [INFO, {}, { sign: 'a'.repeat(32) }, 20004],
  'an unknown token': [INFO, {}, { token: 'made-up' }, 20032],
  'a file method on the wrong gateway': ['pdd.goods.img.upload', {}, {}, 20035],
  'a method on the upload gateway': [INFO, {}, { path: '/api/upload' }, 20035],
  'a withdrawn method': ['pdd.promotion.goods.coupon.create', {}, {}, 20034],
  'a promoter\'s method': ['pdd.ddk.goods.pid.generate', { number: 1 }, {}, 30000],
  'a missing business parameter': ['pdd.goods.detail.get', {}, {}, 21002],
  'an empty business parameter': ['pdd.goods.list.get', { goods_name: '' }, {}, 21001],
  'an unknown business parameter': [INFO, { sign_method: 'md5' }, {}, 21001],
  'a number that is none': ['pdd.goods.detail.get', { goods_id: '12x' }, {}, 21001]
}

for (const [what, [method, params, tweak, code, end]] of Object.entries(BROKEN)) {
  test(`${what} is refused with ${code}`, async t => {
    const sandbox = await sandboxFor(t)
    const { raw } = pddCaller(sandbox)
    const { status, text } = await raw(method, params, tweak)
    const { error_response: error } = JSON.parse(text)
    assert.deepEqual([status, error.error_code, error.sub_code, typeof error.request_id], [200, code, String(code), 'string'])
    assert.ok(error.error_msg.endsWith(end ?? ''), error.error_msg)
    assert.deepEqual(sandbox.control.stats().refusals, { [code]: 1 })
  })
}

test('every encoding of a request is understood, scalars of any type too', async t => {
  const sandbox = await sandboxFor(t)
  const { raw, ok, prepared } = pddCaller(sandbox)
  const answers = []
  for (const encoding of ['json', 'form', 'get']) answers.push((await ok('pdd.goods.list.get', { page: 1, page_size: 2 }, { encoding })).goods_list)
  assert.deepEqual([answers[0].length, answers[1], answers[2]], [2, answers[0], answers[0]])

  // The call guide's own sample sends numbers without quotes; the signature is that of their texts.
  const { url, headers, body } = prepared('pdd.order.list.get', { start_confirm_at: NOW - 86_400, end_confirm_at: NOW, order_status: 5, refund_status: 5, use_has_next: true, page: 1 })
  const bare = body.replace(/"(page|order_status|timestamp)":"(\d+)"/g, '"$1":$2').replace('"use_has_next":"true"', '"use_has_next":true')
  assert.notEqual(bare, body)
  const { text } = await exchange(url, { verb: 'POST', headers, body: bare })
  assert.equal(JSON.parse(text).order_list_get_response.has_next, false)
  const nested = body.replace('"page":"1"', '"page":[1]')
  assert.equal(JSON.parse((await exchange(url, { verb: 'POST', headers, body: nested })).text).error_response.error_code, 10000)
  assert.equal(JSON.parse((await raw('pdd.goods.list.get', {}, { path: '/api/router?page=1' })).text).error_response.error_code, 10000)
})

test('an application off the allow-list, and one with a narrow scope', async t => {
  const sandbox = await sandboxFor(t)
  const { appKey } = sandbox.pinduoduo
  const { refused, ok } = pddCaller(sandbox)
  sandbox.control.saveApp({ platform: 'pinduoduo', appKey, ipAllowed: false })
  assert.equal((await refused(INFO)).error_code, 20005)
  sandbox.control.saveApp({ platform: 'pinduoduo', appKey, ipAllowed: true, scope: [INFO] })
  assert.equal((await ok(INFO)).mall_id, Number(sandbox.pinduoduo.shops[0].shopId))
  assert.equal((await refused('pdd.goods.list.get')).error_code, 20031)
})

test('the quota of an application and the limit of a method', async t => {
  const sandbox = await sandboxFor(t, { callsPerSecond: 5 })
  const { refused, ok } = pddCaller(sandbox)
  for (let i = 0; i < 5; i++) await ok(INFO)
  const { error_code: code, sub_code: subCode } = await refused(INFO)
  assert.deepEqual([code, subCode], [70031, null])

  const free = await sandboxFor(t, { callsPerSecond: 1e9 })
  const client = pddCaller(free)
  const window = { start_updated_at: NOW - 1800, end_updated_at: NOW, after_sales_type: 1, after_sales_status: 1 }
  const [calls, seconds] = LIMITS['pdd.refund.list.increment.get'].shop
  for (let i = 0; i < calls; i++) await client.ok('pdd.refund.list.increment.get', window)
  assert.equal((await client.refused('pdd.refund.list.increment.get', window)).error_code, 52101)
  assert.ok(await client.ok(INFO), 'other methods go on')
  free.control.setClock({ advanceMs: seconds * 1000 })
  assert.ok(await client.ok('pdd.refund.list.increment.get', window))
  assert.equal(free.control.stats().rateLimited, 1)
})
