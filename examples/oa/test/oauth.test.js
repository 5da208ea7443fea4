'use strict'
const test = require('node:test')
const assert = require('node:assert/strict')
const { serve } = require('./support')
const { fault } = require('./fake_hub')

test('an authorisation is tied to the browser that began it', async t => {
  const { hub, post, get } = await serve(t)
  hub.answers['oauth.begin'] = { url: 'https://platform.example/authorize?state=s' }
  hub.answers['oauth.complete'] = { state: 'connected', shop: { name: '青禾', platformShopId: '7' } }
  const cookie = (await post('/oauth/begin', { appId: '1' })).headers.get('set-cookie')
  assert.match(cookie, /HttpOnly; SameSite=Lax$/)
  const [, begun] = hub.asked.at(-1).slice(1)
  await get('/oauth/callback?code=c&state=s', { cookie: cookie.split(';')[0] })
  const [, completed] = hub.asked.at(-1).slice(1)
  assert.match(begun.session, /^[0-9a-f]{64}$/)
  assert.equal(completed.session, begun.session)
  assert.equal(completed.query, '/callback?code=c&state=s')
})

test('a second tab keeps the session of the first', async t => {
  const { hub, post } = await serve(t)
  const cookie = (await post('/oauth/begin', { appId: '1' })).headers.get('set-cookie').split(';')[0]
  await post('/oauth/begin', { appId: '2' }, { cookie })
  const [first, second] = hub.asked.map(([, , argument]) => argument.session)
  assert.equal(second, first)
})

test('the cookie is for https only when the OA is', async t => {
  const { post } = await serve(t, { secureCookies: true })
  assert.match((await post('/oauth/begin', { appId: '1' })).headers.get('set-cookie'), /; Secure/)
})

test('the page after a success greets the shop and escapes its name', async t => {
  const { hub, get } = await serve(t)
  hub.answers['oauth.complete'] = { state: 'connected', shop: { name: '<img src=x onerror=alert(1)>', platformShopId: '7' } }
  const answer = await get('/oauth/callback?code=c&state=s')
  const page = await answer.text()
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get('content-type'), /^text\/html/)
  assert.match(page, /店铺已接入/)
  assert.match(page, /&lt;img src=x/)
  assert.doesNotMatch(page, /<img/)
})

test('a grant that nobody asked for waits for a colleague', async t => {
  const { hub, get } = await serve(t)
  hub.answers['oauth.complete'] = { state: 'pending', pending: { name: '山野', platformShopId: '8' } }
  assert.match(await (await get('/oauth/callback?code=c')).text(), /授权待确认/)
})

test('the page after a failure says why, escaped, with the status of its code', async t => {
  const { hub, get } = await serve(t)
  hub.answers['oauth.complete'] = fault('FORBIDDEN', { message: 'state is not ours <b>', requestId: 'r<1>' })
  const answer = await get('/oauth/callback?code=c&state=x')
  const page = await answer.text()
  assert.equal(answer.status, 403)
  assert.match(page, /state is not ours &lt;b&gt;（FORBIDDEN）/)
  assert.match(page, /r&lt;1&gt;/)
})

test('the page after a failure of ours does not show it', async t => {
  const { hub, get, logged } = await serve(t)
  hub.answers['oauth.complete'] = new TypeError('internals')
  const answer = await get('/oauth/callback?code=c&state=x')
  assert.equal(answer.status, 500)
  assert.doesNotMatch(await answer.text(), /internals/)
  assert.equal(logged.length, 1)
})
