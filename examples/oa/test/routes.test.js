'use strict'
const test = require('node:test')
const assert = require('node:assert/strict')
const http = require('node:http')
const { serve } = require('./support')
const { fault } = require('./fake_hub')
const { STATUS } = require('../server/middleware/errors')

test('every route acts for the user who asks', async t => {
  const { hub, get } = await serve(t)
  for (const path of ['/platforms', '/products', '/products/7', '/orders', '/orders/7', '/runs', '/health']) {
    assert.equal((await get(path, { 'x-user': 'u9' })).status, 200, path)
  }
  assert.deepEqual([...new Set(hub.asked.map(([actor]) => actor))], ['u9'])
})

test('a request without a user reaches nothing', async t => {
  const { hub, get } = await serve(t)
  const answer = await get('/orders', { 'x-user': 'nobody' })
  assert.equal(answer.status, 401)
  assert.deepEqual(hub.asked, [])
})

test('each error code has its HTTP status and its fields', async t => {
  const { hub, get } = await serve(t)
  for (const [code, status] of Object.entries(STATUS)) {
    hub.answers['orders.list'] = fault(code, { shopId: '3', operation: 'orders.list', requestId: 'r1' })
    const answer = await get('/orders')
    assert.equal(answer.status, status, code)
    const { error } = await answer.json()
    assert.deepEqual([error.code, error.shopId, error.requestId], [code, '3', 'r1'])
  }
})

test('a rate limit says when to come back', async t => {
  const { hub, get } = await serve(t)
  hub.answers['orders.list'] = fault('RATE_LIMITED', { retryable: true, retryAfterMs: 1500 })
  const answer = await get('/orders')
  assert.equal(answer.status, 429)
  assert.equal(answer.headers.get('retry-after'), '2')
})

test('an error that is not ours says nothing of itself and is logged', async t => {
  const { hub, get, logged } = await serve(t)
  hub.answers['orders.list'] = new Error('/home/oa/secret.db')
  const answer = await get('/orders')
  assert.equal(answer.status, 500)
  assert.doesNotMatch(await answer.text(), /secret/)
  assert.match(logged[0].message, /secret/)
})

test('filters reach the hub with their types, and wrong types do not', async t => {
  const { hub, get } = await serve(t)
  await get('/orders?shopId=3&status=to_ship&limit=20&cursor=abc&other=1')
  assert.deepEqual(hub.asked.at(-1)[2], { shopId: '3', status: 'to_ship', limit: 20, cursor: 'abc' })
  assert.equal((await get('/orders?limit=many')).status, 400)
  assert.equal((await get('/orders?shopId=3&shopId=4')).status, 400)
})

test('an app is saved with the fields it has and no others', async t => {
  const { hub, post } = await serve(t)
  hub.answers['apps.save'] = draft => ({ id: '1', appName: draft.appName })
  const answer = await post('/platforms', { platform: 'doudian', appName: '店', appSecret: 's', serviceId: '', endpoints: { api: 'https://a', other: 1 }, evil: true })
  assert.equal(answer.status, 201)
  assert.deepEqual(hub.asked.at(-1)[2], { platform: 'doudian', appName: '店', appSecret: 's', endpoints: { api: 'https://a' } })
})

test('a body that is not JSON is a bad request', async t => {
  const { api } = await serve(t)
  const answer = await fetch(`${api}/platforms`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' })
  assert.equal(answer.status, 400)
  assert.equal((await answer.json()).error.code, 'INVALID_REQUEST')
})

test('a page of another site cannot change anything', async t => {
  const { hub, post } = await serve(t)
  assert.equal((await post('/runs/1/cancel', {}, { 'sec-fetch-site': 'cross-site' })).status, 403)
  assert.equal((await post('/runs/1/cancel', {}, { origin: 'https://evil.example' })).status, 403)
  assert.deepEqual(hub.asked, [])
  assert.equal((await post('/runs/1/cancel', {}, { 'sec-fetch-site': 'same-origin' })).status, 200)
})

test('a host that was not named is not answered', async t => {
  const { api } = await serve(t, { hosts: ['oa.example'] })
  const status = host => new Promise((resolve, reject) => {
    http.get(`${api}/health`, { headers: { host } }, answer => resolve(answer.resume().statusCode)).on('error', reject)
  })
  assert.equal(await status('oa.example'), 200)
  assert.equal(await status('evil.example'), 421)
})

test('the page and its parts are served with headers that keep foreign scripts out', async t => {
  const { url } = await serve(t)
  for (const path of ['/', '/style.css', '/js/main.js']) {
    const answer = await fetch(url + path)
    assert.equal(answer.status, 200, path)
    assert.match(answer.headers.get('content-security-policy'), /default-src 'none'; script-src 'self'/)
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
  }
  assert.equal((await fetch(`${url}/nothing`)).status, 404)
})
