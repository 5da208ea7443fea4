'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { testFaults } = require('./fault_suite')
const { sandboxFor, douyinCaller, mp4, VIDEO } = require('./douyin_support')
const { parse } = require('../json')
const { plain } = require('../truth')

const platform = 'douyin'
const LIST = ['GET', `${VIDEO}/video_list/`]
const CREATE = `${VIDEO}/create_video/`

function refused (code) {
  return text => JSON.parse(text).data.error_code === code && JSON.parse(text).extra.error_code === code
}

/** Posts with a number in their text stand for the stock that other platforms have; the token lives for an hour. */
function callerOf (sandbox) {
  sandbox.control.settings({ platform, stringNumbers: false })
  const client = douyinCaller(sandbox)
  sandbox.control.tokens({ platform, accessSecondsLeft: 3600 })
  const [video] = sandbox.control.change({ platform, newVideos: 1 }).videos
  const query = page => ({ query: { cursor: page === 1 ? 0 : 1_000_000_000_000, count: 10 } })
  const form = () => ({ user: false, form: { client_key: sandbox.douyin.appKey, client_secret: sandbox.douyin.appSecret, code: sandbox.control.authorize({ platform }).code, grant_type: 'authorization_code' } })
  return {
    list: ({ page = 1 } = {}) => client.raw(...LIST, query(page)),
    request: () => client.prepared(...LIST, query(1)),
    stock: number => client.raw('POST', CREATE, { json: { video_id: video, text: `库存 ${number}` } }),
    token: () => client.raw('POST', '/oauth/access_token/', form())
  }
}

testFaults({
  id: platform,
  kind: 'posts',
  options: { historyDays: 2 },
  caller: callerOf,
  rows: text => plain(parse(text)).data.list,
  more: text => JSON.parse(text).data.has_more === true,
  ok: text => JSON.parse(text).data.error_code === 0,
  record: { id: 'item_id', price: 'create_time', status: 'video_status', text: 'title', time: 'create_time', optional: ['cover', 'share_url'] },
  refused: {
    limited: refused(2119003),
    businessError: refused(28001052),
    serviceError: refused(2100004),
    unknownCode: refused(47110),
    noPermission: refused(2190004),
    signatureInvalid: refused(10013),
    notFound: refused(2190007),
    tokenExpired: refused(2190008),
    authorizationClosed: refused(2190003)
  },
  grow: sandbox => sandbox.control.change({ platform, newPosts: 1 }),
  stockNow: sandbox => sandbox.control.truth({ platform, kind: 'posts' }).items.map(post => /^库存 (\d+)$/.exec(post.title)).find(Boolean)?.[1],
  tokenParts (text) {
    const { data } = JSON.parse(text)
    return { shop: data.open_id, refresh: data.refresh_token, expires: data.expires_in }
  }
})

test('douyin: what a gate fault ended is begun again by a refresh or by consent', async t => {
  const sandbox = await sandboxFor(t)
  const client = douyinCaller(sandbox)
  const { appKey: client_key, appSecret: client_secret } = sandbox.douyin
  const list = () => client.code(...LIST, { query: { count: 1 } })
  const { refreshToken } = sandbox.control.tokens({ platform })
  sandbox.control.fault({ fault: 'expired_token', platform, times: 1 })
  assert.equal(await list(), 2190008)
  client.use((await client.oauth('refresh_token', { client_key, grant_type: 'refresh_token', refresh_token: refreshToken })).data.access_token)
  assert.equal(await list(), 0)
  sandbox.control.fault({ fault: 'revoked', platform, times: 1 })
  assert.equal(await list(), 2190003)
  const { code } = sandbox.control.authorize({ platform })
  client.use((await client.oauth('access_token', { client_key, client_secret, code, grant_type: 'authorization_code' })).data.access_token)
  assert.equal(await list(), 0)
})

test('douyin: faults strike uploads: one is lost though it is there, one never came, one comes late', async t => {
  const sandbox = await sandboxFor(t)
  const client = douyinCaller(sandbox)
  const uploads = () => sandbox.control.truth({ platform, kind: 'uploads' }).items.length
  const strike = (fault, options) => sandbox.control.fault({ fault, platform, method: 'video/upload_video', times: 1, options })
  strike('lost_reset')
  await assert.rejects(client.upload(), { code: 'ECONNRESET' })
  assert.equal(uploads(), 1)
  // More than a socket takes at once, so that the answer cannot be there before the end of the request.
  strike('reset_reading')
  await assert.rejects(client.upload(mp4({ bytes: 4_000_000 })))
  assert.equal(uploads(), 1)
  strike('late_write', { ms: 1 })
  await assert.rejects(client.upload(), { code: 'ECONNRESET' })
  while (uploads() < 2) await new Promise(setImmediate)
  await client.upload()
  assert.equal(uploads(), 3)
})

test('douyin: faults know the method, the account and the application of a call', async t => {
  const sandbox = await sandboxFor(t, { shops: 2 })
  const [first, second] = sandbox.douyin.shops.map(({ shopId }) => douyinCaller(sandbox, { shopId }))
  sandbox.control.fault({ fault: 'http_500', platform, method: 'video/video_list', shopId: second.openId, appKey: sandbox.douyin.appKey })
  const list = async client => (await client.raw(...LIST, { query: { count: 1 } })).status
  assert.deepEqual([await list(first), await list(second), (await second.raw('POST', `${VIDEO}/video_data/`, { json: { item_ids: ['@'] } })).status], [200, 500, 200])
  sandbox.control.clearFaults()
  sandbox.control.fault({ fault: 'http_502', platform, shopId: first.openId })
  const token = sandbox.control.tokens({ platform, shopId: first.openId }).refreshToken
  assert.equal((await first.raw('POST', '/oauth/refresh_token/', { user: false, form: { refresh_token: token } })).status, 502)
  sandbox.control.clearFaults()
  sandbox.control.fault({ fault: 'limited', platform, appKey: 'aw-other' })
  assert.equal(await list(first), 200)
})
