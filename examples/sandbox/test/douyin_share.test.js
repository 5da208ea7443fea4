'use strict'
const test = require('node:test')
const assert = require('node:assert')
const crypto = require('node:crypto')
const http = require('node:http')
const { once } = require('node:events')
const { sandboxFor, douyinCaller, exchange, mp4, PNG } = require('./douyin_support')
const { shareSignature, webhookSignature } = require('../platforms/douyin/sign')

const platform = 'douyin'
const VIDEO_URL = 'https://oa.example.com/a b.mp4?x=1&y=2'

/** An application's address for webhooks: keeps what comes, and answers what `answer(body)` says. */
async function listener (t, answer = () => [200, '']) {
  const seen = []
  const server = http.createServer(async (req, res) => {
    const chunks = []
    for await (const chunk of req) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    seen.push({ headers: req.headers, body, event: JSON.parse(body) })
    const [status, text] = answer(JSON.parse(body))
    res.writeHead(status).end(text)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => { server.closeAllConnections(); server.close() })
  return { seen, url: `http://127.0.0.1:${server.address().port}/hook` }
}

/** A sandbox with an application that can share, and what it needs for a link. */
async function begin (t, webhookUrl = null) {
  const sandbox = await sandboxFor(t)
  const { appKey, appSecret } = sandbox.douyin
  sandbox.control.saveApp({ platform, appKey, webhookUrl })
  const client = douyinCaller(sandbox)
  const { data } = await client.call('POST', '/oauth/client_token/', { user: false, json: { client_key: appKey, client_secret: appSecret, grant_type: 'client_credential' } })
  const asApp = { user: false, headers: { 'access-token': data.access_token } }
  const { ticket } = await client.ok('GET', '/open/getticket/', asApp)
  const shareId = async (query = { need_callback: 'true' }) => (await client.ok('GET', '/share-id/', { ...asApp, query })).share_id
  /** A link the application makes by itself; `fields` replaces parts, undefined leaves one out. */
  const linkOf = fields => {
    const timestamp = Math.floor(sandbox.control.setClock().now / 1000)
    const all = { share_type: 'h5', client_key: appKey, nonce_str: 'n1', timestamp, signature: shareSignature('n1', ticket, timestamp), share_to_publish: 1, ...fields }
    return `snssdk1128://openplatform/share?${new URLSearchParams(Object.entries(all).filter(([, value]) => value !== undefined))}`
  }
  return { sandbox, client, appKey, appSecret, asApp, ticket, shareId, linkOf }
}

test('douyin: a link is opened, publish is pressed, and the webhook tells which share it was', async t => {
  const { seen, url } = await listener(t)
  const { sandbox, client, appSecret, shareId, linkOf } = await begin(t, url)
  const state = await shareId()
  const link = linkOf({ state, video_path: VIDEO_URL, title: '新品', hashtag_list: '["好物","开箱"]', micro_app_info: '{}', poi_id: 'p' })
  const { opened, problem, itemId, webhook } = await sandbox.control.phone({ link })
  assert.deepEqual([opened, problem, webhook.taken, webhook.attempts.length], [true, null, true, 1])
  const [{ headers, body, event }] = seen
  assert.deepEqual([event.event, event.client_key, event.from_user_id, JSON.parse(event.content)], ['create_video', sandbox.douyin.appKey, client.openId, { item_id: itemId, share_id: state }])
  assert.equal(headers['x-douyin-signature'], webhookSignature(appSecret, body))
  assert.match(headers['msg-id'], /^\d{19}$/)
  const [row] = (await client.list()).list
  assert.deepEqual([row.item_id, row.title, row.video_status], [itemId, '新品 #好物 #开箱', 4])
  const [entry] = sandbox.control.writes({ platform }).items
  assert.deepEqual([entry.method, entry.target, entry.params.shareId, entry.params.media], ['phone', itemId, state, [VIDEO_URL]])
})

test('douyin: the user may go away, change the text, or the webhook may be lost or come twice', async t => {
  const { seen, url } = await listener(t)
  const { sandbox, client, shareId, linkOf } = await begin(t, url)
  const link = linkOf({ state: await shareId(), image_list_path: JSON.stringify(['https://a.example/1.png', 'https://a.example/2.png']) })
  const gone = await sandbox.control.phone({ link, publish: false })
  assert.deepEqual([gone, (await client.list()).list.length, sandbox.control.writes({ platform }).items], [{ opened: true, problem: null, itemId: null, webhook: null }, 10, []])
  const lost = await sandbox.control.phone({ link, webhook: false, text: '我自己写的', privateStatus: 2 })
  assert.deepEqual([lost.webhook, seen.length], [null, 0])
  const [row] = (await client.list()).list
  assert.deepEqual([row.item_id, row.title, row.media_type], [lost.itemId, '我自己写的', 2])
  const twice = await sandbox.control.phone({ link, copies: 2, contentAs: 'object', signature: '0'.repeat(40), msgId: '5' })
  assert.deepEqual(seen.map(({ headers, event }) => [headers['msg-id'], headers['x-douyin-signature'], event.content.item_id]), Array(2).fill(['5', '0'.repeat(40), twice.itemId]))
  sandbox.control.settings({ platform, publishesPerDay: 2 })
  assert.deepEqual(await sandbox.control.phone({ link }), { opened: true, problem: '当前用户今日发布次数已达上限', itemId: null, webhook: null })
  assert.match((await sandbox.control.phone({ link, text: '敏感' })).problem, /敏感词/)
  const silent = await sandbox.control.phone({ link: linkOf({ state: await shareId({}), image_path: 'https://a.example/1.png' }), publish: false })
  assert.equal(silent.opened, true)
})

test('douyin: the phone fetches what is shared, if it is told to', async t => {
  const files = { '/a.mp4': mp4(), '/a.mov': mp4({ brand: 'qt  ' }), '/a.png': PNG, '/empty.mp4': Buffer.alloc(0) }
  const server = http.createServer((req, res) => { res.writeHead(files[req.url] ? 200 : 404).end(files[req.url]) }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => { server.closeAllConnections(); server.close() })
  const { sandbox, linkOf } = await begin(t)
  const home = `http://127.0.0.1:${server.address().port}`
  const open = fields => sandbox.control.phone({ link: linkOf(fields), fetch: true })
  const { itemId } = await open({ video_path: `${home}/a.mp4` })
  const post = sandbox.control.truth({ platform, kind: 'posts' }).items.find(one => one.item_id === itemId)
  assert.deepEqual(post.media, [crypto.createHash('sha256').update(files['/a.mp4']).digest('hex')])
  assert.ok((await open({ video_path: `${home}/a.mov` })).itemId)
  assert.ok((await open({ image_list_path: JSON.stringify([`${home}/a.png`, `${home}/a.png`]) })).itemId)
  const wrong = [
    [{ video_path: `${home}/no.mp4` }, /404/], [{ video_path: `${home}/a.png` }, /mp4/], [{ image_path: `${home}/a.mp4` }, /png/],
    [{ video_path: `${home}/empty.mp4` }, /mp4/], [{ video_path: 'https://a.example/a.mp4' }, /本机/], [{ video_path: 'http://127.0.0.1:9/a.mp4' }, /ECONNREFUSED/]
  ]
  for (const [fields, expected] of wrong) {
    const result = await open(fields)
    assert.match(result.problem, expected)
    assert.deepEqual([result.opened, result.itemId], [true, null])
  }
})

test('douyin: people have the phone as a page', { timeout: 10_000 }, async t => {
  const { seen, url } = await listener(t)
  const { sandbox, client, shareId, linkOf } = await begin(t, url)
  const link = linkOf({ state: await shareId(), video_path: VIDEO_URL, title: '<b>新品' })
  const { phone } = sandbox.douyin
  const get = search => exchange(`${phone}?${new URLSearchParams(search)}`)
  const post = form => exchange(phone, { verb: 'POST', body: String(new URLSearchParams({ link, account: client.openId, ...form })) })
  assert.match((await get({})).text, /name="link"/)
  assert.match((await get({ link })).text, /value="&lt;b&gt;新品"/)
  assert.deepEqual([(await get({ link: 'x' })).status, (await post({ account: 'x' })).status, (await post({ text: '敏感' })).status], [400, 400, 400])
  assert.equal((await post({ text: '改了' })).status, 200)
  while (seen.length < 1) await new Promise(setImmediate)
  const [row] = (await client.list()).list
  assert.deepEqual([row.title, JSON.parse(seen[0].event.content).item_id], ['改了', row.item_id])
})

test('douyin: without need_callback no webhook comes', async t => {
  const { seen, url } = await listener(t)
  const { sandbox, shareId, linkOf } = await begin(t, url)
  for (const state of [await shareId({}), undefined]) {
    const { itemId, webhook } = await sandbox.control.phone({ link: linkOf({ state, image_path: 'https://a.example/1.png' }) })
    assert.ok(itemId)
    assert.equal(webhook, null)
  }
  assert.deepEqual(seen, [])
})

test('douyin: the app opens no link that is wrong', async t => {
  const { sandbox, shareId, linkOf, ticket } = await begin(t)
  const state = await shareId()
  const good = { state, video_path: VIDEO_URL }
  const problem = async fields => (await sandbox.control.phone({ link: linkOf({ ...good, ...fields }), publish: false })).problem
  assert.equal(await problem({}), null)
  const second = sandbox.control.setClock().now / 1000
  const wrong = [
    [{ share_type: 'h6' }, /share_type/], [{ client_key: 'x' }, /client_key/], [{ signature: 'x' }, /签名/], [{ nonce_str: 'n2' }, /签名/],
    [{ timestamp: second - 7201, signature: shareSignature('n1', ticket, second - 7201) }, /timestamp/], [{ timestamp: 'x' }, /timestamp/],
    [{ signature: undefined }, /缺少参数 signature/], [{ state: '1' }, /share_id/], [{ image_path: 'https://a.example/1.png' }, /一种素材/],
    [{ video_path: undefined }, /一种素材/], [{ video_path: '/local.mp4' }, /网络地址/], [{ hashtag_list: 'a,b' }, /JSON/], [{ hashtag_list: '{}' }, /数组/],
    [{ video_path: undefined, image_list_path: JSON.stringify(Array(31).fill('https://a.example/1.png')) }, /30/], [{ titel: 'x' }, /titel/]
  ]
  for (const [fields, expected] of wrong) assert.match(await problem(fields), expected)
  assert.match((await sandbox.control.phone({ link: linkOf(good).replace('snssdk1128', 'https') })).problem, /snssdk1128/)
  assert.match((await sandbox.control.phone({ link: `${linkOf(good)}&state=1` })).problem, /重复/)
  sandbox.control.setClock({ advanceMs: 7_200_000 })
  assert.match(await problem({}), /签名/)
})

test('douyin: the platform makes links too, and they end when they were told to', async t => {
  const { sandbox, client, asApp, ticket, shareId } = await begin(t)
  const second = sandbox.control.setClock().now / 1000
  const state = await shareId()
  const given = { client_ticket: ticket, expire_at: second + 60, state, title: '标题 &=', video_path: VIDEO_URL, hashtag_list: ['好物'], share_to_publish: 1 }
  const get = json => client.call('POST', '/api/douyin/v1/schema/get_share/', { ...asApp, json })
  const { err_no: errNo, data } = await get(given)
  assert.equal(errNo, 0)
  assert.equal(new URL(data.schema).searchParams.get('title'), '标题 &=')
  const { opened, itemId } = await sandbox.control.phone({ link: data.schema })
  assert.ok(opened && itemId)
  for (const bad of [{ client_ticket: 'x' }, { expire_at: second }, { hashtag_list: 'x' }, { nope: 1 }]) assert.equal((await get({ ...given, ...bad })).err_no, 28001007)
  sandbox.control.setClock({ advanceMs: 60_000 })
  assert.match((await sandbox.control.phone({ link: data.schema })).problem, /过期/)
})

test('douyin: the address is verified by a challenge of the same type', async t => {
  const answers = [event => [200, JSON.stringify(event.content)], event => [200, JSON.stringify({ challenge: String(event.content.challenge) })], () => [500, '']]
  for (const [index, answer] of answers.entries()) {
    const { seen, url } = await listener(t, answer)
    const { sandbox } = await begin(t, url)
    sandbox.control.settings({ platform, webhookRetries: 0 })
    const { taken } = await sandbox.control.sendWebhook({ event: 'verify_webhook' })
    assert.equal(taken, index === 0)
    assert.equal(typeof seen[0].event.content.challenge, 'number')
  }
})

test('douyin: an event that is not taken comes again, three times', { timeout: 10_000 }, async t => {
  let failures = 2
  const { seen, url } = await listener(t, () => [failures-- > 0 ? 500 : 200, ''])
  const { sandbox } = await begin(t, url)
  sandbox.control.settings({ platform, webhookRetryMs: 1 })
  const { taken } = await sandbox.control.sendWebhook({ event: 'contract_authorize', content: { a: 1 } })
  assert.equal(taken, false)
  while (!sandbox.control.webhooks()[0].taken) await new Promise(setImmediate)
  assert.deepEqual([seen.length, new Set(seen.map(one => one.headers['msg-id'])).size], [3, 1])
  failures = 9
  await sandbox.control.sendWebhook({ event: 'contract_unauthorize' })
  while (!sandbox.control.webhooks()[1].givenUp) await new Promise(setImmediate)
  assert.equal(sandbox.control.webhooks()[1].attempts.length, 4)
})

test('douyin: giving and closing an authorisation are told', { timeout: 10_000 }, async t => {
  const { seen, url } = await listener(t)
  const { sandbox, client } = await begin(t, url)
  const arrived = async count => { while (seen.length < count) await new Promise(setImmediate) }
  sandbox.control.authorize({ platform, scopes: ['user_info'] })
  await arrived(1)
  sandbox.control.tokens({ platform, revoke: true })
  await arrived(2)
  sandbox.control.tokens({ platform, issue: true, revoke: false })
  sandbox.control.fault({ fault: 'revoked', platform, times: 1 })
  client.use(sandbox.control.tokens({ platform }).accessToken)
  await client.code('GET', '/data/external/user/item/', { query: { date_type: 7 } })
  await arrived(3)
  assert.deepEqual(seen.map(({ event }) => [event.event, event.from_user_id]), [['authorize', client.openId], ['unauthorize', client.openId], ['unauthorize', client.openId]])
  assert.deepEqual(JSON.parse(seen[0].event.content), { scopes: ['user_info'] })
})
