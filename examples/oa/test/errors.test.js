'use strict'
// Each error code as a browser meets it. Most come from a route of the server; what none of them can meet comes
// from a route of the test's own, behind the same middleware.
const test = require('node:test')
const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const express = require('express')
const { Hub } = require('../../..')
const { serve, listen, actorOf, ok, draft, saveApp, begin, decide, comeBack, connect } = require('./support')
const { actAs } = require('../server/middleware/actor')
const { errorAnswers, STATUS } = require('../server/middleware/errors')

const ROOT = path.join(__dirname, '..', '..', '..')

/** Comes back from the platform while a fault strikes the exchange of the code. */
async function troubled (served, fault, app) {
  const { url, cookie } = await begin(served, { appId: await saveApp(served, app) })
  const location = await decide(served, url)
  if (fault) served.sandbox.control.fault({ ...fault, method: 'token.create' })
  return comeBack(location, cookie)
}

/** The answer of a route that does `work`, as a company would add one of its own. */
async function ownRoute (t, { hub, logged }, work) {
  const app = express()
  app.get('/', actAs(hub, actorOf), async (req, res) => res.json(await work(req.hub)))
  app.use(errorAnswers(error => logged.push(error)))
  const { server, url } = await listen(app)
  t.after(() => server.close().closeAllConnections())
  return fetch(url)
}

/** The addon once more, from another file: what two versions of the module in one process are. */
function secondCopy (database) {
  const name = fs.readdirSync(ROOT).find(file => file.endsWith('.node'))
  const copy = path.join(path.dirname(database), 'second.node')
  fs.copyFileSync(path.join(ROOT, name), copy)
  return require(copy)
}

const met = [
  ['CONFIG_INVALID', 422, served => served.post('/platforms', draft(served, { endpoints: { api: 'https://evil.example' } }))],
  ['INVALID_REQUEST', 400, served => served.get('/orders?limit=501')],
  ['UNSUPPORTED', 501, async served => served.post('/oauth/begin', { appId: await saveApp(served, { kind: 'self_use' }) })],
  ['NOT_FOUND', 404, served => served.get('/orders/404')],
  ['CONFLICT', 409, async served => {
    await saveApp(served)
    return served.post('/platforms', draft(served))
  }],
  ['FORBIDDEN', 403, served => served.get('/orders', { 'x-user': 'u2', 'x-roles': 'viewer' })],
  ['REAUTHORIZE', 409, async served => {
    const { url, cookie } = await begin(served, { appId: await saveApp(served) })
    const back = new URL(await decide(served, url))
    back.searchParams.set('code', 'another')
    return comeBack(back, cookie)
  }],
  ['RATE_LIMITED', 429, served => troubled(served, { fault: 'http_429', options: { retryAfter: 60 } })],
  ['TRANSIENT', 503, async served => {
    const { url, cookie } = await begin(served, { appId: await saveApp(served) })
    const location = await decide(served, url)
    await served.sandbox.close()
    return comeBack(location, cookie)
  }],
  ['REJECTED', 422, async served => {
    const { url, cookie } = await begin(served, { appId: await saveApp(served) })
    return comeBack(await decide(served, url, { decision: 'deny' }), cookie)
  }],
  ['PLATFORM_CONFIG', 502, served => troubled(served, null, { appKey: '7000000000000000000' })],
  ['UNKNOWN_OUTCOME', 502, served => troubled(served, { fault: 'reset' })],
  ['DECODE', 502, served => troubled(served, { fault: 'token_other_shop', options: { shopId: '0' } })],
  ['STORAGE', 500, served => {
    for (const file of [served.database, `${served.database}-wal`, `${served.database}-shm`]) fs.rmSync(file, { force: true })
    return served.post('/platforms', draft(served))
  }],
  ['DATABASE_IN_USE', 503, (served, t) => {
    const { database, masterKey } = served
    return ownRoute(t, served, () => secondCopy(database).Hub.open({ database, masterKey }))
  }],
  ['KEY_WRONG', 500, (served, t) => ownRoute(t, served, () => Hub.open({ database: served.database, masterKey: Hub.generateKey() }))],
  ['CANCELLED', 409, async (served, t) => {
    const { id: shopId } = await connect(served)
    return ownRoute(t, served, hub => hub.orders.sync({ shopId, signal: AbortSignal.abort() }))
  }],
  ['CLOSED', 503, async served => {
    await served.hub.close()
    return served.get('/health')
  }],
  ['INTERNAL', 500, async served => {
    // An amount that a JS number cannot hold is never rounded.
    const shop = await connect(served)
    const [order] = served.sandbox.control.truth({ kind: 'orders', limit: 1 }).items
    served.sandbox.control.edit({ kind: 'order', id: order.order_id, set: { pay_amount: 2n ** 53n + 1n } })
    await served.hub.orders.sync({ shopId: shop.id, since: new Date(Date.now() - 3_600_000).toISOString() })
    return served.get('/orders')
  }]
]

for (const [code, status, work] of met) {
  test(`${code} is answered with ${status}`, async t => {
    const served = await serve(t)
    const answer = await work(served, t)
    const isPage = answer.headers.get('content-type').startsWith('text/html')
    const text = await answer.text()
    assert.equal(isPage ? /（([A-Z_]+)）/.exec(text)?.[1] : JSON.parse(text).error.code, code, text)
    assert.equal(answer.status, status)
    assert.deepEqual(served.logged.map(error => error.code), status >= 500 ? [code] : [])
  })
}

test('no code is without a meeting', () => {
  assert.deepEqual(Object.fromEntries(met), STATUS)
})

test('an error says which shop, which request and what the platform called it', async t => {
  const served = await serve(t)
  const { id: shopId } = await connect(served)
  served.sandbox.control.fault({ fault: 'business_error' })
  const answer = await ownRoute(t, served, hub => hub.call({ shopId, api: 'shop.brandList', params: {} }))
  const { error } = await answer.json()
  assert.equal(answer.status, 422)
  assert.match(error.requestId, /^\d{14}[0-9A-F]+$/)
  assert.match(error.platformCode, /^50002\/isv\.business-failed/)
  assert.deepEqual([error.shopId, error.platform, error.retryable, error.attempts], [shopId, 'doudian', false, 1])
})

test('a rate limit says when to come back', async t => {
  const served = await serve(t)
  const { id: shopId } = await connect(served)
  served.sandbox.control.fault({ fault: 'http_429', options: { retryAfter: 60 } })
  const answer = await ownRoute(t, served, hub => hub.call({ shopId, api: 'shop.brandList', params: {} }))
  assert.equal(answer.status, 429)
  assert.equal(answer.headers.get('retry-after'), '60')
  assert.equal((await answer.json()).error.retryable, true)
})

test('an error that is not ours says nothing of itself and is logged', async t => {
  const broken = () => { throw new Error('/home/oa/secret.db') }
  const { get, logged } = await serve(t, { actorOf: broken })
  const answer = await get('/orders')
  assert.equal(answer.status, 500)
  const text = await answer.text()
  assert.equal(JSON.parse(text).error.code, 'INTERNAL')
  assert.doesNotMatch(text, /secret/)
  assert.match(logged[0].message, /secret/)
})

test('a body that is not JSON, or too large, is a bad request', async t => {
  const { api } = await serve(t)
  for (const [body, status] of [['{', 400], [JSON.stringify({ appName: 'x'.repeat(70_000) }), 413]]) {
    const answer = await fetch(`${api}/platforms`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    assert.equal(answer.status, status)
    assert.equal((await answer.json()).error.code, 'INVALID_REQUEST')
  }
})

test('a path that is not there is not found, and says so as every error does', async t => {
  const { get } = await serve(t)
  const answer = await get('/nothing')
  assert.equal(answer.status, 404)
  assert.equal((await ok(answer).catch(error => error)).message, 'NOT_FOUND: there is no such page')
})
