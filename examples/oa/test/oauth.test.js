'use strict'
const test = require('node:test')
const assert = require('node:assert/strict')
const express = require('express')
const { serve, listen, ok, saveApp, begin, decide, comeBack, connect } = require('./support')
const { oauthRoutes } = require('../server/modules/ecommerce/routes/oauth')
const { escapeHtml } = require('../server/modules/ecommerce/utils/resultPage')

test('an authorisation is tied to the browser that began it', async t => {
  const served = await serve(t)
  const appId = await saveApp(served)
  const stranger = await begin(served, { appId })
  for (const cookie of [undefined, stranger.cookie]) {
    const { url } = await begin(served, { appId })
    assert.equal((await comeBack(await decide(served, url), cookie)).status, 403)
  }
  assert.deepEqual((await ok(served.get('/shops'))).items, [])
  const { url, cookie, set } = await begin(served, { appId })
  assert.match(cookie, /^dianqiao_oauth=[0-9a-f]{64}$/)
  assert.match(set, /Path=\/api\/ecommerce\/oauth; .*HttpOnly; SameSite=Lax$/)
  assert.equal((await comeBack(await decide(served, url), cookie)).status, 200)
  assert.equal((await ok(served.get('/shops'))).items.length, 1)
})

test('a second tab keeps the session of the first', async t => {
  const served = await serve(t, { sandbox: { shops: 2 } })
  const appId = await saveApp(served)
  const first = await begin(served, { appId })
  const second = await begin(served, { appId }, first.cookie)
  assert.equal(second.cookie, first.cookie)
  for (const [shop, { url, cookie }] of [second, first].entries()) {
    assert.equal((await comeBack(await decide(served, url, { shop }), cookie)).status, 200)
  }
  assert.equal((await ok(served.get('/shops'))).items.length, 2)
})

test('a cookie that is not ours is replaced', async t => {
  const served = await serve(t)
  const { cookie } = await begin(served, { appId: await saveApp(served) }, 'dianqiao_oauth=short; other=1')
  assert.match(cookie, /^dianqiao_oauth=[0-9a-f]{64}$/)
})

test('the cookie is for https only when the OA is', async t => {
  const served = await serve(t, { secureCookies: true })
  const { set } = await begin(served, { appId: await saveApp(served) })
  assert.match(set, /; Secure/)
})

test('the page after a success greets the shop', async t => {
  const served = await serve(t)
  const { url, cookie } = await begin(served, { appId: await saveApp(served) })
  const answer = await comeBack(await decide(served, url), cookie)
  const page = await answer.text()
  const [{ shopId, shopName }] = served.sandbox.doudian.shops
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get('content-type'), /^text\/html/)
  assert.match(page, /店铺已接入/)
  assert.ok(page.includes(`${shopName}（${shopId}）`))
})

test('what a platform calls a shop is text on the page and nothing else', async t => {
  const served = await serve(t)
  served.sandbox.control.fault({ fault: 'token_other_shop', options: { shopId: '"<img/src=x/onerror=alert(1)>"' } })
  const { url, cookie } = await begin(served, { appId: await saveApp(served) })
  const answer = await comeBack(await decide(served, url), cookie)
  const page = await answer.text()
  assert.equal(answer.status, 200)
  assert.match(page, /&lt;img\/src=x/)
  assert.doesNotMatch(page, /<img/)
})

test('a link from the service market names its app and waits for a colleague', async t => {
  const served = await serve(t)
  const appId = await saveApp(served)
  const { sandbox, hub } = served
  const { appKey, serviceId, openApp, shops: [{ shopId }] } = sandbox.doudian
  sandbox.control.saveApp({ appKey, redirectUri: `${served.api}/oauth/callback/${appId}` })
  const opened = await fetch(`${openApp}?service_id=${serviceId}&shop_id=${shopId}`, { redirect: 'manual' })
  const answer = await comeBack(opened.headers.get('location'))
  assert.equal(answer.status, 200)
  assert.match(await answer.text(), /授权待确认/)
  assert.deepEqual((await hub.oauth.pending()).map(grant => [grant.appId, grant.platformShopId]), [[appId, shopId]])
  assert.deepEqual((await ok(served.get('/shops'))).items, [])
})

test('a callback that nobody asked for and that names no app is refused', async t => {
  const served = await serve(t)
  await saveApp(served)
  const { code } = served.sandbox.control.authorize({})
  const answer = await served.get(`/oauth/callback?code=${code}`)
  assert.equal(answer.status, 403)
  assert.match(await answer.text(), /授权没有完成/)
})

test('the page after a failure says why, escaped, with the status of its code', async t => {
  const served = await serve(t)
  const appId = await saveApp(served)
  const shop = await connect(served, { appId })
  served.sandbox.control.fault({ fault: 'token_other_shop', options: { shopId: '"<b>other</b>"' } })
  const { url, cookie } = await begin(served, { appId, shopId: shop.id })
  const answer = await comeBack(await decide(served, url), cookie)
  const page = await answer.text()
  assert.equal(answer.status, 409)
  assert.match(page, /&lt;b&gt;other&lt;\/b&gt; instead of .*（CONFLICT）/)
  assert.doesNotMatch(page, /<b>/)
})

test('the page after a refusal of the platform gives the number its support asks for', async t => {
  const served = await serve(t)
  served.sandbox.control.fault({ fault: 'business_error', method: 'token.create' })
  const { url, cookie } = await begin(served, { appId: await saveApp(served) })
  const answer = await comeBack(await decide(served, url), cookie)
  assert.equal(answer.status, 422)
  assert.match(await answer.text(), /平台请求号：\d{14}[0-9A-F]+/)
})

test('the page after a failure of ours does not show it', async t => {
  const logged = []
  // Put together wrongly: nothing says who asks, so there is no hub to ask.
  const app = express().use('/oauth', oauthRoutes({ secureCookies: false, log: error => logged.push(error) }))
  const { server, url } = await listen(app)
  t.after(() => server.close().closeAllConnections())
  const answer = await fetch(`${url}/oauth/callback?code=c&state=x`)
  assert.equal(answer.status, 500)
  assert.match(logged[0].message, /undefined/)
  assert.equal(logged.length, 1)
  assert.doesNotMatch(await answer.text(), /undefined/)
})

test('every character that HTML reads is escaped', () => {
  assert.equal(escapeHtml('<a href="x" title=\'y\'>&'), '&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;')
})
