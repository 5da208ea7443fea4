'use strict'
// The server as it runs: on a hub with a file of its own, and the sandbox as the platform.
const fs = require('node:fs')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')
const { once } = require('node:events')
const { Hub } = require('../../..')
const sandboxes = require('../../sandbox')
const { createServer } = require('../server/app')

const TOO_LONG_MS = 10_000 // a stream that brings nothing fails its test instead of holding it
const JSON_TYPE = { 'content-type': 'application/json' }

/** Stands in for the OA's sign-in: the headers say who asks. Who says nothing is an administrator. */
function actorOf (req) {
  const { 'x-user': id = 'u1', 'x-roles': roles = 'admin' } = req.headers
  return id === 'nobody' ? null : { id, roles: roles.split(',').filter(Boolean) }
}

async function openHub (sandbox, masterKey) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dianqiao-oa-'))
  const database = path.join(directory, 'oa.db')
  const hub = await Hub.open({ database, masterKey, allowHosts: [`127.0.0.1:${sandbox.port}`] })
  return { hub, directory, database }
}

async function listen (app) {
  const server = http.createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `http://127.0.0.1:${server.address().port}` }
}

/** Starts server, hub and sandbox; everything ends with the test. `sandbox` holds its options, the rest is for `createServer`. */
async function serve (t, { sandbox: wanted, ...options } = {}) {
  const { server, url } = await listen()
  const api = `${url}/api/ecommerce`
  const sandbox = await sandboxes.start({ products: 20, orders: 60, callsPerSecond: 0, redirectUri: `${api}/oauth/callback`, apps: [{ redirectUri: `${api}/oauth/callback` }], ...wanted })
  const masterKey = Hub.generateKey()
  const { hub, directory, database } = await openHub(sandbox, masterKey)
  const logged = []
  const { app, stop } = createServer({ hub, actorOf, log: error => logged.push(error), ...options })
  server.on('request', app)
  t.after(async () => {
    await stop()
    server.closeAllConnections()
    server.close()
    await hub.close()
    await sandbox.close()
    fs.rmSync(directory, { recursive: true, force: true })
  })
  const get = (path, headers = {}) => fetch(api + path, { headers, redirect: 'manual', signal: AbortSignal.timeout(TOO_LONG_MS) })
  const post = (path, body, headers = {}) => fetch(api + path, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) })
  return { hub, sandbox, database, masterKey, logged, url, api, get, post, stop }
}

/** The body of an answer that must be a success. */
async function ok (answer) {
  const body = await (await answer).json()
  if (body.error) throw new Error(`${body.error.code}: ${body.error.message}`)
  return body
}

/** An app as the page's form sends it. */
function draft ({ sandbox, api }, fields = {}) {
  const { api: base, authorize, appKey, appSecret, serviceId } = sandbox.doudian
  const redirectUri = `${api}/oauth/callback`
  return { platform: 'doudian', appName: '沙盒', kind: 'tool', appKey, appSecret, serviceId, redirectUri, endpoints: { api: base, authorize }, callsPerSecond: 1000, ...fields }
}

/** Saves the sandbox's app and answers its id. */
async function saveApp (served, fields) {
  return (await ok(served.post('/platforms', draft(served, fields)))).id
}

/** Sets out to connect a shop; answers the platform's page and the browser's cookie. */
async function begin (served, options, cookie) {
  const answer = await served.post('/oauth/begin', options, cookie ? { cookie } : {})
  const set = answer.headers.get('set-cookie')
  return { ...await ok(answer), set, cookie: set.split(';')[0] }
}

/** Decides on the platform's page; answers where the browser is sent to. */
async function decide ({ sandbox }, url, { shop = 0, decision = 'allow' } = {}) {
  const form = new URL(url).searchParams
  form.set('shop_id', sandbox.doudian.shops[shop].shopId)
  form.set('decision', decision)
  const answer = await fetch(url, { method: 'POST', body: form, redirect: 'manual' })
  return answer.headers.get('location')
}

/** Comes back from the platform. */
function comeBack (location, cookie) {
  return fetch(location, { headers: cookie ? { cookie } : {}, redirect: 'manual' })
}

/** Connects a shop as a person with a browser does; answers it as it is listed. `shop` says which of the sandbox's. */
async function connect (served, { appId, shop = 0 } = {}) {
  const { url, cookie } = await begin(served, { appId: appId ?? await saveApp(served) })
  const answer = await comeBack(await decide(served, url, { shop }), cookie)
  if (answer.status !== 200) throw new Error(await answer.text())
  const { items } = await ok(served.get('/shops'))
  return items.find(({ platformShopId }) => platformShopId === served.sandbox.doudian.shops[shop].shopId)
}

/** Connects the first account of the sandbox's 抖音, as a person with a browser does. */
async function connectAccount (served) {
  const { api, authorize, appKey, appSecret, redirectUri, shops: [{ shopId }] } = served.sandbox.douyin
  const app = await ok(served.post('/platforms', { platform: 'douyin', appName: '内容', kind: 'tool', appKey, appSecret, redirectUri, endpoints: { api, authorize }, callsPerSecond: 1000 }))
  const { url, cookie } = await begin(served, { appId: app.id })
  const form = new URL(url).searchParams
  form.set('account', shopId)
  form.set('decision', 'allow')
  const agreed = await fetch(url, { method: 'POST', body: form, redirect: 'manual' })
  const answer = await comeBack(agreed.headers.get('location'), cookie)
  if (answer.status !== 200) throw new Error(await answer.text())
  return (await ok(served.get('/shops'))).items.find(({ appId }) => appId === app.id)
}

/** Reads server-sent events one by one. */
async function * events (answer) {
  let text = ''
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end))
      text = text.slice(end + 2)
      if (data) yield JSON.parse(data[1])
    }
  }
}

/** The next event for which `wanted` answers true. */
async function until (stream, wanted) {
  for (;;) {
    const { value, done } = await stream.next()
    if (done) throw new Error('the stream ended before')
    if (wanted(value)) return value
  }
}

module.exports = { serve, listen, actorOf, ok, draft, saveApp, begin, decide, comeBack, connect, connectAccount, events, until }
