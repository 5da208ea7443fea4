'use strict'
const test = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const { sandboxFor, douyinCaller, exchange, mp4, VIDEO } = require('./douyin_support')
const { METHODS, nameOf } = require('../platforms/douyin/methods')

const platform = 'douyin'
const LIST = ['GET', `${VIDEO}/video_list/`]

test('douyin: a business call needs the token in its header, and the open_id it belongs to', async t => {
  const sandbox = await sandboxFor(t, { shops: 2 })
  const client = douyinCaller(sandbox)
  const { accessToken } = sandbox.control.tokens({ platform })
  const list = what => client.code(...LIST, { ...what, query: { count: 1, ...what?.query } })
  assert.equal(await list(), 0)
  assert.equal(await list({ query: { open_id: sandbox.douyin.shops[1].shopId } }), 2190015)
  assert.equal(await list({ query: { open_id: undefined } }), 2100005)
  assert.equal(await list({ headers: { 'access-token': 'act.no' } }), 2190002)
  client.use(undefined)
  assert.equal(await list({ query: { access_token: accessToken } }), 2190002)
  assert.equal(await list({ headers: { authorization: `Bearer ${accessToken}` } }), 2190002)
  assert.equal((await client.raw('POST', LIST[1])).status, 404)
  assert.equal((await client.raw('GET', LIST[1].slice(0, -1))).status, 404)
  const clientToken = (await client.call('POST', '/oauth/client_token/', { user: false, json: { client_key: sandbox.douyin.appKey, client_secret: sandbox.douyin.appSecret, grant_type: 'client_credential' } })).data.access_token
  assert.equal(await list({ headers: { 'access-token': clientToken } }), 2190002)
})

test('douyin: scopes of the user and of the application both count', async t => {
  const sandbox = await sandboxFor(t)
  const client = douyinCaller(sandbox)
  const list = () => client.code(...LIST, { query: { count: 1 } })
  sandbox.control.tokens({ platform, scopes: ['user_info'] })
  assert.equal(await list(), 2190004)
  sandbox.control.settings({ platform, envelope: 'new' })
  assert.equal(await list(), 28004020)
  sandbox.control.tokens({ platform, scopes: ['video.list.bind'] })
  assert.equal(await list(), 0)
  sandbox.control.saveApp({ platform, appKey: sandbox.douyin.appKey, scopes: [] })
  assert.equal(await list(), 28004020)
})

test('douyin: a banned account and a closed authorisation have codes of both generations', async t => {
  const sandbox = await sandboxFor(t)
  const client = douyinCaller(sandbox)
  const codes = async () => {
    const found = []
    for (const envelope of ['v1', 'new']) {
      sandbox.control.settings({ platform, envelope })
      found.push(await client.code(...LIST, { query: { count: 1 } }))
    }
    return found
  }
  sandbox.control.edit({ platform, kind: 'account', id: client.openId, set: { banned: true } })
  assert.deepEqual(await codes(), [2100009, 28001046])
  sandbox.control.tokens({ platform, revoke: true })
  assert.deepEqual(await codes(), [2190003, 28001012])
  sandbox.control.tokens({ platform, revoke: false, expireAccess: true })
  assert.deepEqual(await codes(), [2190008, 28001008])
})

test('douyin: an answer has one of the envelopes, and an error stands where the setting says', async t => {
  const sandbox = await sandboxFor(t)
  const client = douyinCaller(sandbox)
  const bad = () => client.call(...LIST, { query: { count: 0 } })
  const places = async () => {
    const { data, extra } = await bad()
    return [data.error_code, extra.error_code, extra.sub_error_code]
  }
  const found = {}
  for (const errorIn of ['both', 'data', 'extra', 'sub']) {
    sandbox.control.settings({ platform, errorIn })
    found[errorIn] = await places()
  }
  const code = 2100005
  assert.deepEqual(found, { both: [code, code, 0], data: [code, 0, 0], extra: [0, code, 0], sub: [0, 0, code] })
  const { extra } = await client.call(...LIST, { query: { count: 1 } })
  assert.deepEqual([extra.error_code, extra.sub_error_code, extra.now], [0, 0, sandbox.control.setClock().now])
  assert.match(extra.logid, /^\d+$/)
  sandbox.control.settings({ platform, envelope: 'new' })
  const { data, ...top } = await client.call(...LIST, { query: { count: 1 } })
  assert.deepEqual([data.list.length, top.err_no, top.err_msg, Object.keys(top)], [1, 0, '', ['err_no', 'err_msg', 'log_id']])
  assert.equal((await bad()).err_no, 28001007)
})

test('douyin: quotas are by application and scope, by the second and by the day', async t => {
  const sandbox = await sandboxFor(t)
  const client = douyinCaller(sandbox)
  const { appKey } = sandbox.douyin
  const list = () => client.code(...LIST, { query: { count: 1 } })
  sandbox.control.saveApp({ platform, appKey, callsPerSecond: 1 })
  assert.deepEqual([await list(), await list()], [0, 2119003])
  assert.equal(await client.code('GET', '/data/external/user/item/', { query: { date_type: 7 } }), 0)
  sandbox.control.settings({ platform, envelope: 'new' })
  assert.equal(await list(), 28003018)
  sandbox.control.saveApp({ platform, appKey, callsPerSecond: 0, callsPerDay: 2 })
  assert.deepEqual([await list(), await list(), await list()], [0, 0, 28003017])
  sandbox.control.settings({ platform, envelope: 'v1' })
  assert.equal(await list(), 2190001)
  sandbox.control.setClock({ advanceMs: 12 * 3_600_000 })
  assert.equal(await list(), 0)
  assert.equal(sandbox.control.stats().rateLimited, 4)
})

test('douyin: control can be steered over HTTP like in the process', async t => {
  const sandbox = await sandboxFor(t)
  const ask = async (verb, route, body) => JSON.parse((await exchange(`${sandbox.url}/__control${route}`, { verb, body: body && JSON.stringify(body) })).text)
  assert.equal((await ask('POST', '/settings', { platform, minPartBytes: 10 })).minPartBytes, 10)
  assert.equal((await ask('GET', '/settings?platform=douyin')).minPartBytes, 10)
  assert.match((await ask('POST', '/settings', { platform: 'jd' })).error, /no settings/)
  assert.match((await ask('POST', '/phone', { platform: 'jd' })).error, /no share links/)
  assert.match((await ask('GET', '/webhooks?platform=jd')).error, /no webhooks/)
  assert.match((await ask('POST', '/webhooks', { event: 'verify_webhook' })).error, /no webhookUrl/)
  assert.equal((await ask('POST', '/phone', { link: 'x' })).opened, false)
  assert.deepEqual(await ask('GET', '/webhooks'), [])
})

test('douyin: the file of an upload is fed once, and a body without an end is refused', async t => {
  const sandbox = await sandboxFor(t)
  const client = douyinCaller(sandbox)
  const { url, headers, body } = client.prepared('POST', `${VIDEO}/upload_video/`, { files: { video: { bytes: mp4() } } })
  const codeOf = async (sent, type = headers['content-type']) => JSON.parse((await exchange(url, { verb: 'POST', headers: { ...headers, 'content-type': type }, body: sent })).text).data.error_code
  assert.equal(await codeOf(body), 0)
  for (const wrong of [body.subarray(0, -4), body.subarray(0, 60), Buffer.from('x')]) assert.equal(await codeOf(wrong), 2100005)
  assert.equal(await codeOf(body, 'multipart/form-data'), 2100005)
  assert.equal(sandbox.control.truth({ platform, kind: 'uploads' }).items.length, 1)
})

test('douyin: every method is in the README', () => {
  const readme = fs.readFileSync(path.join(__dirname, '../platforms/douyin/README.md'), 'utf8')
  for (const route of METHODS.keys()) assert.ok(readme.includes(`${route.split('/').at(-2)}/`), route)
  assert.equal(nameOf('/api/douyin/v1/video/create_video/'), 'video/create_video')
})
