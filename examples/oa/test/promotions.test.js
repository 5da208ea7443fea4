'use strict'
// Content through the OA: files that the browser sends, drafts, approvals, and who may what.
const test = require('node:test')
const assert = require('node:assert/strict')
const { setTimeout: later } = require('node:timers/promises')
const { film, picture } = require('../../sandbox/sample_files')
const { serve, ok, connectAccount, events, until } = require('./support')

const WRITER = { 'x-user': 'xiaoli', 'x-roles': 'operator' }
const VIEWER = { 'x-user': 'u7', 'x-roles': 'viewer' }
const NOBODY = { 'x-user': 'u8', 'x-roles': '' }
const PATIENCE_MS = 30_000

async function serveAccount (t) {
  const served = await serve(t, { sandbox: { platforms: ['douyin'], reviewMs: 0 } })
  const send = (body, headers = WRITER, name = '新茶.mp4') =>
    fetch(`${served.api}/media?${new URLSearchParams({ fileName: name })}`, { method: 'POST', headers: { 'content-type': 'application/octet-stream', ...headers }, body })
  return { ...served, send, shop: await connectAccount(served) }
}

async function drafted ({ send, post, shop }, fields = {}) {
  const media = await ok(send(film()))
  const content = { kind: 'video', title: '新茶', text: '新茶到店 #上新', media: [media.id], ...fields }
  return ok(post('/promotions', { shopId: shop.id, draft: content }, WRITER))
}

/** Waits until it stands at one of the states; nobody asks the platform for it. */
async function standing ({ get }, id, ...states) {
  for (const end = Date.now() + PATIENCE_MS; ;) {
    const promotion = await ok(get(`/promotions/${id}`))
    if (states.includes(promotion.status)) return promotion
    assert.ok(Date.now() < end, `waited for ${states}: ${promotion.status}`)
    await later(50)
  }
}

test('a file that the browser sent is published once another person approved it, and pages that watch are told', async t => {
  const served = await serveAccount(t)
  const { get, post, sandbox, shop } = served
  const stream = events(await get('/progress', VIEWER))
  const { id, version, ...made } = await drafted(served)
  assert.deepEqual([made.status, made.createdBy, made.shopId], ['draft', 'xiaoli', shop.id])
  await ok(post(`/promotions/${id}/submit`, {}, WRITER))
  assert.equal((await post(`/promotions/${id}/approve`, { version }, WRITER)).status, 403)
  assert.equal((await ok(post(`/promotions/${id}/approve`, { version, comment: '好' }))).approval.actor, 'u1')
  for (const status of ['in_approval', 'queued', 'uploading', 'submitting', 'under_review']) await until(stream, news => news.id === id && news.status === status)
  const end = Date.now() + PATIENCE_MS
  while ((await ok(post(`/promotions/${id}/check`, {}, VIEWER))).status !== 'published') {
    assert.ok(Date.now() < end)
    await later(50)
  }
  const shown = await ok(get(`/promotions/${id}`))
  assert.equal(shown.status, 'published')
  assert.deepEqual(shown.steps.map(({ status }) => status).slice(0, 3), ['draft', 'in_approval', 'queued'])
  assert.equal(sandbox.control.writes({ platform: 'douyin' }).items.length, 1)
  assert.deepEqual((await ok(get(`/promotions?shopId=${shop.id}&status=published&kind=video`))).items.map(one => one.id), [id])
  assert.deepEqual(await ok(get(`/promotions/${id}/metrics`)), await ok(get(`/promotions/${id}/metrics`)))
  assert.ok(Number.isSafeInteger((await ok(post(`/promotions/${id}/metrics`, {}))).total.plays))
})

test('a draft is rewritten, rejected, scheduled and cancelled', async t => {
  const served = await serveAccount(t)
  const { api, get, post, hub } = served
  const { id, draft } = await drafted(served)
  const put = body => fetch(`${api}/promotions/${id}`, { method: 'PUT', headers: { 'content-type': 'application/json', ...WRITER }, body: JSON.stringify(body) })
  const edited = await ok(put({ draft: { kind: draft.kind, title: draft.title, text: '另一个说法', media: draft.media } }))
  assert.deepEqual([edited.version, edited.draft.text], [2, '另一个说法'])
  await ok(post(`/promotions/${id}/submit`, {}, WRITER))
  assert.equal((await post(`/promotions/${id}/approve`, { version: 1 })).status, 409)
  const rejected = await ok(post(`/promotions/${id}/reject`, { version: 2, comment: '太短' }))
  assert.deepEqual([rejected.status, rejected.approval.comment], ['draft', '太短'])
  assert.equal((await ok(post(`/promotions/${id}/schedule`, { publishAt: '2100-01-01T00:00:00Z' }, WRITER))).publishAt, '2100-01-01T00:00:00.000Z')
  assert.equal((await ok(post(`/promotions/${id}/cancel`, {}, WRITER))).status, 'cancelled')
  for (const [verb, body] of [['retry', {}], ['resolve', { resolution: 'drop' }], ['check', {}], ['metrics', {}]]) {
    assert.equal((await post(`/promotions/${id}/${verb}`, body)).status, 409, verb)
  }
  assert.equal((await get('/promotions/goods?appId=404&keyword=x')).status, 404)
  assert.deepEqual((await hub.promotions.list()).items.map(one => one.status), ['cancelled'])
})

test('files are listed and held against what a platform takes; what is no picture or video is refused', async t => {
  const { get, send } = await serveAccount(t)
  const media = await ok(send(picture(), WRITER, '图.png'))
  assert.deepEqual([media.kind, media.contentType, media.fileName, media.actor], ['image', 'image/png', '图.png', 'xiaoli'])
  assert.deepEqual((await ok(get('/media?kind=image'))).items, [media])
  assert.deepEqual(await ok(get(`/media/${media.id}`)), media)
  assert.deepEqual((await ok(get(`/media/${media.id}/check?platform=douyin&slot=image`))).problems, [])
  const refused = await send('<svg onload=alert(1)>', { ...WRITER, 'content-type': 'image/png' })
  assert.equal(refused.status, 400)
  assert.match((await refused.json()).error.message, /SVG/)
  assert.equal((await send(Buffer.alloc((32 << 20) + 1))).status, 413)
  assert.equal((await send('{}', { ...WRITER, 'content-type': 'application/json' })).status, 400)
  assert.equal((await send(undefined)).status, 400)
})

test('each route acts for the user who asks', async t => {
  const served = await serveAccount(t)
  const { get, post, send } = served
  const { id, draft: { media: [file] } } = await drafted(served)
  for (const path of ['/promotions', `/promotions/${id}`, `/promotions/${id}/metrics`, '/media', `/media/${file}`]) {
    assert.equal((await get(path, VIEWER)).status, 200, path)
    assert.equal((await get(path, NOBODY)).status, 403, path)
  }
  assert.equal((await send(film(), VIEWER)).status, 403)
  assert.equal((await send(film(), { ...WRITER, 'sec-fetch-site': 'cross-site' })).status, 403)
  assert.equal((await send(film(), { 'x-user': 'nobody' })).status, 401)
  for (const verb of ['submit', 'approve', 'reject', 'schedule', 'cancel', 'retry']) {
    assert.equal((await post(`/promotions/${id}/${verb}`, {}, VIEWER)).status, 403, verb)
  }
})

test('news of promotions do not reach those who may not read them', async t => {
  const served = await serveAccount(t)
  const { get, post, hub, shop } = served
  await hub.rights.set({ subject: 'user:u8', right: 'shops.read', shopId: shop.id, granted: true })
  await hub.rights.set({ subject: 'user:u8', right: 'sync', shopId: shop.id, granted: true })
  const [theirs, ours] = [events(await get('/progress', NOBODY)), events(await get('/progress', VIEWER))]
  const { id } = await drafted(served)
  await ok(post(`/promotions/${id}/submit`, {}, WRITER))
  await until(ours, news => news.id === id && news.status === 'in_approval')
  const nothing = Symbol('nothing')
  assert.equal(await Promise.race([theirs.next(), later(200, nothing)]), nothing)
})

test('fields of a wrong type do not reach the hub', async t => {
  const served = await serveAccount(t)
  const { post, get, shop } = served
  const good = { kind: 'video', title: 't', media: ['1'] }
  const bad = [{ media: '1' }, { media: [1] }, { mediaUrls: {} }, { title: 1 }, { live: 'now' }, { live: { startsAt: 1 } }, { attributes: [] }, { attributes: 'x' }]
  for (const fields of bad) {
    const answer = await post('/promotions', { shopId: shop.id, draft: { ...good, ...fields } }, WRITER)
    const { error } = await answer.json()
    assert.deepEqual([answer.status, error.code, error.operation], [400, 'INVALID_REQUEST', undefined], JSON.stringify(fields))
  }
  assert.equal((await post('/promotions', { shopId: shop.id, draft: [] }, WRITER)).status, 400)
  assert.equal((await get('/promotions?limit=many')).status, 400)
  assert.deepEqual((await ok(get('/promotions'))).items, [])
})

test('what a person posted with a share link is heard of at once, by a notice with the platform\'s signature', async t => {
  const served = await serveAccount(t)
  const { api, post, sandbox, shop } = served
  const { appKey } = sandbox.douyin
  sandbox.control.saveApp({ platform: 'douyin', appKey, webhookUrl: `${api}/notices/douyin` })
  assert.equal((await sandbox.control.sendWebhook({ event: 'verify_webhook' })).taken, true)
  const { id, version } = await ok(post('/promotions', { shopId: shop.id, draft: { kind: 'video', title: '新茶', text: '我来发', delivery: 'share_link', mediaUrls: ['https://media.example/1.mp4'] } }, WRITER))
  await ok(post(`/promotions/${id}/submit`, {}, WRITER))
  await ok(post(`/promotions/${id}/approve`, { version }))
  const { link } = await standing(served, id, 'waiting_for_user')
  // Lists show new posts late, so that looking alone would not find it for long.
  sandbox.control.settings({ platform: 'douyin', lateLists: 1000 })
  const forged = await sandbox.control.sendWebhook({ event: 'create_video', signature: '0'.repeat(40), content: { item_id: '@forged', share_id: 'x' } })
  assert.deepEqual(forged.attempts.map(({ status }) => status), [401])
  const { itemId, webhook } = await sandbox.control.phone({ link })
  assert.equal(webhook.taken, true)
  assert.equal((await standing(served, id, 'under_review', 'published')).platformPromotionId, itemId)
  assert.equal((await post('/notices/jd', {})).status, 501)
  assert.equal((await fetch(`${api}/notices/douyin`, { method: 'POST' })).status, 401)
})
