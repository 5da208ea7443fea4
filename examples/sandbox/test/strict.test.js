'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor, caller, exchange, NOON } = require('./support')
const { shanghaiText } = require('../clock')

const LIST = ['order.searchList', { page: 0, size: 1 }]
const SECOND = NOON / 1000

// name, how the call is wrong, code, sub_code
const REFUSED = [
  ['GET', { verb: 'GET' }, 40003, 'isv.parameter-invalid'],
  ['method that is not the path', { query: { method: 'order.orderDetail' } }, 40003, 'isv.parameter-invalid'],
  ['missing method', { query: { method: undefined } }, 40001, 'isv.parameter-missing'],
  ['missing app_key', { query: { app_key: undefined } }, 40001, 'isv.parameter-missing'],
  ['unknown app_key', { query: { app_key: '7000000000000000000' } }, 40003, 'isv.app-id-invalid'],
  ['missing v', { query: { v: undefined } }, 40001, 'isv.parameter-missing'],
  ['v=1', { query: { v: '1' }, signed: { v: '1' } }, 40003, 'isv.parameter-invalid'],
  ['timestamp in milliseconds', { timestamp: String(NOON) }, 40003, 'isv.timestamp-format-error'],
  ['timestamp that is no date', { timestamp: '2026-02-30 12:00:00' }, 40003, 'isv.timestamp-format-error'],
  ['timestamp 601 s late', { timestamp: String(SECOND - 601) }, 40003, 'isv.timestamp-invalid'],
  ['timestamp 601 s early', { timestamp: shanghaiText(SECOND + 601) }, 40003, 'isv.timestamp-invalid'],
  ['missing sign', { query: { sign: undefined } }, 40001, 'isv.signature-missing'],
  ['wrong sign', { query: { sign: '0'.repeat(64) } }, 40003, 'isv.signature-invalid'],
  ['md5 sign under hmac', { query: { sign_method: 'md5' } }, 40003, 'isv.signature-invalid'],
  ['unknown sign_method', { query: { sign_method: 'sha1' } }, 40003, 'isv.parameter-invalid'],
  ['body that is not what was signed', { body: '{"page":0,"size":1}', signedBody: '{"page":0,"size":2}' }, 40003, 'isv.signature-invalid'],
  ['empty body', { body: '' }, 40001, 'isv.parameter-missing'],
  ['body that is no JSON', { body: '{"page":0' }, 40002, 'isv.parameter-format-invalid'],
  ['body that is an array', { body: '[]' }, 40002, 'isv.parameter-format-invalid'],
  ['form content type', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 40002, 'isv.parameter-format-invalid'],
  ['param_json in the query', { query: { param_json: '{}' } }, 40003, 'isv.parameter-invalid'],
  ['repeated query parameter', { search: '&v=2' }, 40003, 'isv.parameter-invalid'],
  ['no token', { query: { access_token: undefined } }, 40001, 'isv.parameter-missing'],
  ['token in a header', { headers: { 'access-token': 'x' } }, 40003, 'isv.parameter-invalid'],
  ['unknown token', { query: { access_token: 'never-issued' } }, 40003, 'isv.access-token-no-existed']
]

test('each breach of the request form is refused in the platform\'s words', async t => {
  const sandbox = await sandboxFor(t)
  const { call, raw } = caller(sandbox)
  assert.equal((await call(...LIST)).code, 10000)
  for (const [name, tweak, code, subCode] of REFUSED) {
    const answer = await raw(...LIST, tweak)
    const value = JSON.parse(answer.text)
    assert.deepEqual([answer.status, value.code, value.sub_code], [200, code, subCode], name)
    assert.ok(value.log_id && value.msg && value.sub_msg, name)
  }
  assert.equal(sandbox.control.stats().refusedSignatures, 4)
})

test('both timestamp forms and both hashes are accepted, md5 when sign_method is absent', async t => {
  const sandbox = await sandboxFor(t)
  const { call } = caller(sandbox)
  for (const tweak of [{ timestamp: shanghaiText(SECOND - 600) }, { timestamp: String(SECOND + 600) }, { signMethod: 'md5' }, { signMethod: 'md5', query: { sign_method: undefined } }]) {
    assert.equal((await call(...LIST, tweak)).code, 10000)
  }
})

test('the token of another app is refused as such', async t => {
  const sandbox = await sandboxFor(t)
  const other = sandbox.control.saveApp({ name: 'second' })
  const { accessToken } = sandbox.control.tokens({ appKey: other.appKey, issue: true })
  const { call, use } = caller(sandbox)
  use(accessToken)
  assert.equal((await call(...LIST)).sub_code, 'isv.access-token-invalid')
})

test('unknown methods and unknown parameters are refused', async t => {
  const { call } = caller(await sandboxFor(t))
  assert.equal((await call('order.dance')).code, 40003)
  assert.equal((await call('order.searchList', { page: 0, size: 1, pge: 2 })).sub_code, 'isv.parameter-invalid')
})

test('the legacy fields come unless the header suppresses them', async t => {
  const { call } = caller(await sandboxFor(t))
  const headers = { 'x-open-no-old-err-code': '' }
  assert.equal((await call(...LIST, { headers })).err_no, 0)
  assert.equal((await call(...LIST, { headers, query: { sign: 'x' } })).err_no, 11)
  assert.equal('err_no' in await call(...LIST), false)
})

test('every answer is dated by the sandbox and has a log id of its own', async t => {
  const sandbox = await sandboxFor(t)
  const { raw } = caller(sandbox)
  const first = await raw(...LIST)
  sandbox.control.setClock({ advanceMs: 90_000 })
  const second = await raw(...LIST)
  assert.equal(Date.parse(first.headers.date), NOON)
  assert.equal(Date.parse(second.headers.date), NOON + 90_000)
  assert.notEqual(JSON.parse(first.text).log_id, JSON.parse(second.text).log_id)
})

test('a signed body that is not canonical is let pass and counted', async t => {
  const sandbox = await sandboxFor(t)
  const { call } = caller(sandbox)
  await call('order.searchList', {}, { body: '{"size":1, "page":0}' })
  assert.equal(sandbox.control.stats().nonCanonicalBodies, 1)
})

test('a quota is a bucket of one second, per app', async t => {
  const sandbox = await sandboxFor(t, { callsPerSecond: 5 })
  const { call } = caller(sandbox)
  const codes = []
  for (let i = 0; i < 7; i++) codes.push((await call(...LIST)).code)
  assert.deepEqual(codes, [10000, 10000, 10000, 10000, 10000, 60000, 60000])
  sandbox.control.setClock({ advanceMs: 400 })
  assert.equal((await call(...LIST)).code, 10000)
  const { rateLimited, maxCallsInOneSecond } = sandbox.control.stats()
  assert.deepEqual([rateLimited, maxCallsInOneSecond], [2, 8])
})

test('it refuses to listen anywhere but on loopback', async () => {
  const { start } = require('..')
  await assert.rejects(start({ host: '0.0.0.0' }), RangeError)
  await assert.rejects(start({ prt: 1 }), RangeError)
})

test('control refuses browsers and unknown routes', async t => {
  const sandbox = await sandboxFor(t)
  assert.equal((await exchange(`${sandbox.url}/__control/stats`)).status, 200)
  assert.equal((await exchange(`${sandbox.url}/__control/stats`, { headers: { origin: 'http://evil.example' } })).status, 400)
  assert.equal((await exchange(`${sandbox.url}/__control/nothing`)).status, 404)
})

test('apps can be registered, changed and bound to shops over HTTP', async t => {
  const sandbox = await sandboxFor(t, { shops: 2 })
  const [first, second] = sandbox.doudian.shops
  const post = async (path, value) => JSON.parse((await exchange(`${sandbox.url}/__control${path}`, { verb: 'POST', body: JSON.stringify(value) })).text)
  const app = await post('/apps', { appKey: '7111111111111111111', selfUse: true, shops: [second.shopId] })
  assert.match(app.appSecret, /^[0-9a-f]{8}-/)
  const { call } = caller(sandbox, { app, issue: false })
  const ask = shopId => call('token.create', { code: '', grant_type: 'authorization_self', shop_id: shopId })
  assert.equal((await ask(first.shopId)).sub_code, 'dop.token-generate-failed:no-authorization')
  assert.equal((await ask(second.shopId)).code, 10000)
  const changed = await post('/apps', { appKey: app.appKey, callsPerSecond: 1 })
  assert.deepEqual([changed.appSecret, changed.callsPerSecond], [app.appSecret, 1])
  assert.ok((await post('/apps', { secret: 'x' })).error)
})
