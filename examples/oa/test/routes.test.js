'use strict'
const test = require('node:test')
const assert = require('node:assert/strict')
const http = require('node:http')
const { serve, ok, draft, saveApp, connect } = require('./support')

const DAY_MS = 86_400_000

/** A server with one shop, or more, whose few products and orders are stored. */
async function serveStored (t, { shops = 1 } = {}) {
  const served = await serve(t, { sandbox: { shops, historyDays: 1 } })
  const appId = await saveApp(served)
  const since = new Date(Date.now() - 2 * DAY_MS).toISOString()
  const connected = []
  for (let shop = 0; shop < shops; shop++) {
    connected.push(await connect(served, { appId, shop }))
    await served.hub.shops.sync({ shopId: connected[shop].id, since })
  }
  return { ...served, shops: connected }
}

async function list (served, path) {
  return (await ok(served.get(path))).items
}

test('every route acts for the user who asks', async t => {
  const served = await serveStored(t)
  const { hub, get, post, shops: [{ id }] } = served
  for (const right of ['apps.read', 'shops.read', 'products.read', 'orders.read', 'sync']) {
    await hub.rights.set({ subject: 'user:u9', right, granted: true })
  }
  const [[product], [order], [run]] = await Promise.all(['/products', '/orders', '/runs'].map(path => list(served, path)))
  for (const path of ['/platforms', '/products', `/products/${product.id}`, '/orders', `/orders/${order.id}`, '/refunds', '/runs']) {
    assert.equal((await get(path, { 'x-user': 'u9', 'x-roles': '' })).status, 200, path)
    assert.equal((await get(path, { 'x-user': 'u8', 'x-roles': '' })).status, 403, path)
  }
  for (const [path, body, status] of [[`/shops/${id}/sync`, { kind: 'orders' }, 202], [`/runs/${run.id}/cancel`, {}, 409]]) {
    assert.equal((await post(path, body, { 'x-user': 'u9', 'x-roles': '' })).status, status, path)
    assert.equal((await post(path, body, { 'x-user': 'u8', 'x-roles': '' })).status, 403, path)
  }
  assert.equal((await post('/platforms', draft(served), { 'x-user': 'u9', 'x-roles': '' })).status, 403)
  assert.equal((await get('/health', { 'x-user': 'u8', 'x-roles': '' })).status, 200)
  assert.equal((await list(served, '/runs'))[0].actor, 'u9')
})

test('a shop is listed with what is stored of it, for those who may see it', async t => {
  const served = await serveStored(t, { shops: 2 })
  const { hub, get, shops: [mine, other] } = served
  await hub.rights.set({ subject: 'user:u9', right: 'shops.read', shopId: mine.id, granted: true })
  const { items } = await ok(get('/shops', { 'x-user': 'u9', 'x-roles': '' }))
  assert.deepEqual(items.map(shop => [shop.id, shop.counts.products, shop.counts.orders]), [[mine.id, 20, 60]])
  assert.deepEqual((await list(served, '/shops')).map(shop => shop.id), [mine.id, other.id])
  assert.deepEqual((await ok(get('/shops', { 'x-user': 'u8', 'x-roles': '' }))).items, [])
})

test('a request without a user reaches nothing', async t => {
  const { hub, sandbox, get, post, shops: [{ id }] } = await serveStored(t)
  const audit = await hub.audit.list()
  sandbox.control.resetStats()
  assert.equal((await get('/orders', { 'x-user': 'nobody' })).status, 401)
  assert.equal((await get('/progress', { 'x-user': 'nobody' })).status, 401)
  assert.equal((await post(`/shops/${id}/sync`, { kind: 'orders' }, { 'x-user': 'nobody' })).status, 401)
  assert.equal((await get('/oauth/callback?code=c', { 'x-user': 'nobody' })).status, 401)
  assert.deepEqual(await hub.audit.list(), audit)
  assert.equal(sandbox.control.stats().calls, 0)
})

test('orders are filtered as asked', async t => {
  const served = await serveStored(t, { shops: 2 })
  const [{ id: shopId }] = served.shops
  const all = await list(served, `/orders?shopId=${shopId}&limit=500&other=1`)
  assert.equal(all.length, 60)
  assert.ok(all.every(order => order.shopId === shopId))
  const { status, platformUpdatedAt: middle } = all[30]
  assert.deepEqual(await list(served, `/orders?shopId=${shopId}&status=${status}&limit=500`), all.filter(order => order.status === status))
  assert.deepEqual(await list(served, `/orders?shopId=${shopId}&updatedFrom=${middle}&limit=500`), all.filter(order => order.platformUpdatedAt >= middle))
  assert.deepEqual(await list(served, `/orders?shopId=${shopId}&updatedTo=${middle}&limit=500`), all.filter(order => order.platformUpdatedAt < middle))
  const { items, nextCursor } = await ok(served.get(`/orders?shopId=${shopId}&limit=25`))
  const rest = await list(served, `/orders?shopId=${shopId}&limit=35&cursor=${encodeURIComponent(nextCursor)}`)
  assert.deepEqual([...items, ...rest], all)
  assert.deepEqual(await ok(served.get(`/orders/${all[0].id}`)), all[0])
})

test('products and runs are filtered as asked', async t => {
  const served = await serveStored(t, { shops: 2 })
  const [{ id: shopId }] = served.shops
  const all = await list(served, `/products?shopId=${shopId}`)
  assert.equal(all.length, 20)
  const { name, status } = all[7]
  assert.deepEqual(await list(served, `/products?shopId=${shopId}&search=${encodeURIComponent(name)}`), all.filter(product => product.name.includes(name)))
  assert.deepEqual(await list(served, `/products?shopId=${shopId}&status=${status}`), all.filter(product => product.status === status))
  const sold = all.find(product => product.stock !== undefined)
  assert.ok((await ok(served.get(`/products/${sold.id}`))).skus.length > 0)
  const runs = await list(served, `/runs?shopId=${shopId}&kind=orders&state=done`)
  assert.deepEqual(runs.map(run => [run.shopId, run.kind, run.state]), [[shopId, 'orders', 'done']])
  assert.deepEqual(await list(served, '/runs?state=failed'), [])
})

/** Refused by the server itself: what the hub refuses names an operation. */
async function refusedBeforeTheHub (answer, what) {
  assert.equal(answer.status, 400, what)
  const { error } = await answer.json()
  assert.deepEqual([error.code, error.operation], ['INVALID_REQUEST', undefined], what)
}

test('filters of a wrong type do not reach the hub', async t => {
  const { get } = await serve(t)
  for (const query of ['limit=many', 'limit=-1', 'limit=1.5', 'shopId=3&shopId=4', 'cursor=a&cursor=b']) {
    await refusedBeforeTheHub(await get(`/orders?${query}`), query)
  }
})

test('an app is saved with the fields it has and no others', async t => {
  const served = await serve(t)
  const fields = draft(served)
  const answer = await served.post('/platforms', { ...fields, proxy: '', evil: true, endpoints: { ...fields.endpoints, other: 1 } })
  assert.equal(answer.status, 201)
  const { appSecret, ...shown } = fields
  const text = await answer.text()
  assert.ok(!text.includes(appSecret))
  const saved = JSON.parse(text)
  const { id, createdAt, updatedAt } = saved
  assert.deepEqual(saved, { ...shown, enabled: true, id, createdAt, updatedAt })
  const changed = await served.post('/platforms', { ...shown, id, appName: '新名' })
  assert.equal(changed.status, 200)
  assert.equal((await changed.json()).appName, '新名')
  const { platforms, apps } = await ok(served.get('/platforms'))
  assert.deepEqual(platforms.map(platform => platform.id), ['doudian', 'douyin', 'taobao', 'jd', 'pinduoduo'])
  assert.deepEqual(apps.map(app => app.appName), ['新名'])
})

test('an app with a field of a wrong type does not reach the hub', async t => {
  const served = await serve(t)
  for (const wrong of [{ appName: 1 }, { enabled: 'yes' }, { callsPerSecond: 'fast' }, { endpoints: [] }, { endpoints: { api: {} } }]) {
    await refusedBeforeTheHub(await served.post('/platforms', draft(served, wrong)), JSON.stringify(wrong))
  }
  assert.deepEqual((await ok(served.get('/platforms'))).apps, [])
})

test('a page of another site cannot change anything', async t => {
  const served = await serve(t)
  const save = headers => served.post('/platforms', draft(served), headers)
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { origin: 'https://evil.example' }, { origin: 'null' }]) {
    assert.equal((await save(headers)).status, 403)
  }
  assert.deepEqual([await served.hub.apps.list(), (await served.hub.audit.list()).items], [[], []])
  assert.equal((await save({ 'sec-fetch-site': 'same-origin' })).status, 201)
  const { apps: [{ id }] } = await ok(served.get('/platforms'))
  assert.equal((await served.post('/oauth/begin', { appId: id }, { origin: served.url })).status, 200)
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
  const { url, get } = await serve(t)
  for (const path of ['/', '/style.css', '/js/main.js']) {
    const answer = await fetch(url + path)
    assert.equal(answer.status, 200, path)
    assert.match(answer.headers.get('content-security-policy'), /default-src 'none'; script-src 'self'/)
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
  }
  assert.equal((await fetch(`${url}/nothing`)).status, 404)
  assert.equal((await get('/health')).headers.get('cache-control'), 'no-store')
})
