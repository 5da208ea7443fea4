// hub.promotions: from the draft over the person who approves to what it did, through the addon.
'use strict'
const assert = require('node:assert/strict')
const { createHash } = require('node:crypto')
const { once, EventEmitter } = require('node:events')
const { test } = require('node:test')
const { setTimeout: later } = require('node:timers/promises')
const { film, picture } = require('../examples/sandbox/sample_files')
const { hubWithAccount } = require('./platform')
const { failsWith } = require('./support')

const PATIENCE_MS = 60_000
const DAY_MS = 86_400_000
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

/** Somebody who writes, and somebody who approves. */
function people(hub) {
  return { writer: hub.as({ id: 'xiaoli', roles: ['operator'] }), boss: hub.as({ id: 'boss', roles: ['admin'] }) }
}

async function video(hub, text, tag = 1) {
  const media = await hub.media.add({ bytes: film({ tag }), fileName: '新茶.mp4' })
  return { kind: 'video', title: '新茶', text, media: [media.id] }
}

async function approved(hub, shopId, draft) {
  const { writer, boss } = people(hub)
  const made = await writer.promotions.draft({ shopId, draft })
  const { version } = await writer.promotions.submit(made.id)
  return boss.promotions.approve({ id: made.id, version })
}

/** Waits until it stands there; the platform is asked at once, and not only when it is due. */
async function until(hub, id, status) {
  for (const end = Date.now() + PATIENCE_MS; ;) {
    const promotion = await hub.promotions.check(id).catch((error) => {
      assert.equal(error.code, 'CONFLICT', error.message)
      return hub.promotions.get(id)
    })
    if (promotion.status === status) return promotion
    assert.ok(Date.now() < end, `waited for ${status}: ${JSON.stringify(promotion)}`)
    await later(50)
  }
}

/** News may come twice; what counts is the order. */
function inOrder(states) {
  return states.filter((state, i) => state !== states[i - 1])
}

const WALK = ['in_approval', 'queued', 'uploading', 'submitting', 'under_review', 'published']

test('a video is published once after a named person approved it, and every step is told and kept', async (t) => {
  const { hub, shopId, sandbox } = await hubWithAccount(t)
  const { writer, boss } = people(hub)
  const told = []
  const heard = new EventEmitter()
  hub.on('promotion.state', ({ id, status }) => {
    told.push([id, status])
    heard.emit(status)
  })
  const published = once(heard, 'published', { signal: AbortSignal.timeout(PATIENCE_MS) })
  const draft = await video(hub, '新茶到店 #上新')
  const made = await writer.promotions.draft({ shopId, draft })
  assert.match(made.id, /^\d+$/)
  assert.deepEqual([made.shopId, made.status, made.version, made.createdBy], [shopId, 'draft', 1, 'xiaoli'])
  for (const time of [made.createdAt, made.updatedAt, made.deadlineAt]) assert.match(time, ISO)
  assert.deepEqual(made.draft, { ...draft, delivery: 'direct', mediaUrls: [], attributesJson: '{}' })
  assert.equal((await writer.promotions.submit(made.id)).status, 'in_approval')
  for (const [who, code] of [[hub, /person|system/], [writer, /promotions\.approve/]]) {
    assert.match((await failsWith('FORBIDDEN', () => who.promotions.approve({ id: made.id }))).message, code)
  }
  assert.deepEqual(sandbox.control.writes({ platform: 'douyin' }).items, [])
  const { approval } = await boss.promotions.approve({ id: made.id, version: 1, comment: '好' })
  assert.match(approval.at, ISO)
  assert.deepEqual([approval.decision, approval.actor, approval.comment], ['approved', 'boss', '好'])
  const there = await until(hub, made.id, 'published')
  await published
  assert.deepEqual(inOrder(told.map(([, status]) => status)), WALK)
  assert.ok(told.every(([id]) => id === made.id))
  const steps = await hub.promotions.steps(made.id)
  assert.deepEqual(steps.map(({ status }) => status), ['draft', ...WALK])
  assert.deepEqual(steps.slice(0, 4).map(({ actor }) => actor), ['xiaoli', 'xiaoli', 'boss', 'system'])
  const [post, ...more] = sandbox.control.writes({ platform: 'douyin' }).items
  assert.deepEqual([more, post.params.text], [[], '新茶到店 #上新'])
  assert.match(there.link, /^https:\/\//)
  assert.equal((await hub.changes.get(there.changeId)).operation, 'promotions.publish')
  const { items } = await hub.promotions.list({ shopId, status: 'published', kind: 'video' })
  assert.deepEqual(items.map(({ id }) => id), [made.id])
})

test('figures are read day by day, as often as they are asked for', async (t) => {
  const { hub, shopId, sandbox } = await hubWithAccount(t)
  const { id } = await approved(hub, shopId, await video(hub, '看看效果'))
  await until(hub, id, 'published')
  sandbox.control.setClock({ advanceMs: 2 * DAY_MS })
  sandbox.control.tokens({ platform: 'douyin' })
  const metrics = await hub.promotions.metrics({ id, refresh: true })
  assert.ok(Number.isSafeInteger(metrics.total.plays), JSON.stringify(metrics))
  assert.match(metrics.totalAt, ISO)
  for (const { day, figures, nextDay } of metrics.days) {
    assert.match(day, /^\d{4}-\d\d-\d\d$/)
    assert.equal(typeof nextDay, 'boolean')
    assert.ok(Object.values(figures).every(Number.isSafeInteger), JSON.stringify(figures))
  }
  assert.deepEqual(await hub.promotions.metrics({ id }), metrics)
})

test('a share link waits for the person who posts it', async (t) => {
  const { hub, shopId, sandbox } = await hubWithAccount(t)
  const draft = { kind: 'video', title: '新茶', text: '我来发 #茶', delivery: 'share_link', mediaUrls: ['https://media.example/1.mp4'] }
  const { id } = await approved(hub, shopId, draft)
  const { link, deadlineAt, changeId } = await until(hub, id, 'waiting_for_user')
  assert.match(link, /^snssdk1128:\/\/openplatform\/share\?/)
  assert.match(deadlineAt, ISO)
  assert.equal(changeId, undefined, 'a person publishes it, not we')
  assert.deepEqual(sandbox.control.writes({ platform: 'douyin' }).items, [])
  const { itemId } = await sandbox.control.phone({ link })
  assert.equal((await until(hub, id, 'published')).platformPromotionId, itemId)
})

test('what the platform refuses has its reason, and is written anew as another version', async (t) => {
  const { hub, shopId, sandbox } = await hubWithAccount(t)
  const { writer, boss } = people(hub)
  const { id, draft } = await approved(hub, shopId, await video(hub, '敏感内容'))
  const refused = await until(hub, id, 'rejected')
  assert.ok(refused.reason.length > 0)
  assert.deepEqual(sandbox.control.writes({ platform: 'douyin' }).items, [])
  assert.match((await failsWith('CONFLICT', () => writer.promotions.retry(id))).message, /another draft/)
  const better = { kind: draft.kind, title: draft.title, media: draft.media, text: '好内容' }
  const edited = await writer.promotions.edit({ id, draft: better })
  assert.deepEqual([edited.version, edited.status, edited.approval, edited.reason], [2, 'draft', undefined, undefined])
  await writer.promotions.submit(id)
  assert.match((await failsWith('CONFLICT', () => boss.promotions.approve({ id, version: 1 }))).message, /version 2/)
  const rejected = await boss.promotions.reject({ id, version: 2, comment: '图不清楚' })
  assert.deepEqual([rejected.status, rejected.approval.decision, rejected.approval.comment], ['draft', 'rejected', '图不清楚'])
  await writer.promotions.submit(id)
  await boss.promotions.approve({ id, version: 2 })
  await until(hub, id, 'published')
})

/** There is no answer, and nothing that the account shows can be it: nobody can tell whether it is there. */
async function lost({ hub, shopId, sandbox }, fault, text, tag) {
  sandbox.control.fault({ platform: 'douyin', fault, method: 'video/create_video', times: 1 })
  const { id } = await approved(hub, shopId, await video(hub, text, tag))
  return until(hub, id, 'unknown')
}

/** It is looked for until nobody can be expected to find it. */
async function givenUp(hub, { id, changeId }) {
  for (const end = Date.now() + 2 * PATIENCE_MS; (await hub.changes.settle(changeId)).state !== 'needs_human'; ) assert.ok(Date.now() < end)
  assert.equal((await hub.promotions.get(id)).status, 'needs_human')
  return id
}

test('what nobody can tell is never sent again by itself: a person says what becomes of it', async (t) => {
  const stage = await hubWithAccount(t)
  const { hub, sandbox } = stage
  const { writer, boss } = people(hub)
  sandbox.control.settings({ platform: 'douyin', listedVideoId: 'other' })
  const sent = () => sandbox.control.writes({ platform: 'douyin' }).items.length
  const both = [await lost(stage, 'lost_reset', '放弃它', 1), await lost(stage, 'reset', '再发一次', 2)]
  const [dropped, again] = await Promise.all(both.map((promotion) => givenUp(hub, promotion)))
  assert.equal(sent(), 1, 'the second never came to the platform')
  await failsWith('FORBIDDEN', () => writer.promotions.resolve({ id: dropped, resolution: 'drop' }))
  assert.equal((await boss.promotions.resolve({ id: dropped, resolution: 'drop' })).status, 'cancelled')
  // What was sent a moment ago may still arrive: whoever looks now sees nothing, and would post it twice.
  const early = await failsWith('CONFLICT', () => boss.promotions.resolve({ id: again, resolution: 'send_again' }))
  assert.ok(early.retryAfterMs > 0 && early.retryAfterMs <= 15 * 60_000, early.message)
  assert.match(early.message, /may still arrive/)
  assert.equal((await boss.promotions.resolve({ id: again, resolution: 'drop' })).status, 'cancelled')
  const said = (await hub.promotions.steps(again)).map(({ status }) => status)
  assert.equal(sent(), 1)
  assert.deepEqual(inOrder(said).slice(-3), ['unknown', 'needs_human', 'cancelled'])
})

test('a promotion is published when its time has come', async (t) => {
  const { hub, shopId } = await hubWithAccount(t)
  const { writer, boss } = people(hub)
  const publishAt = new Date(Date.now() + 2500).toISOString()
  const { id } = await writer.promotions.draft({ shopId, draft: await video(hub, '准点'), publishAt })
  await writer.promotions.submit(id)
  assert.equal((await boss.promotions.approve({ id })).status, 'scheduled')
  await until(hub, id, 'published')
  const steps = await hub.promotions.steps(id)
  assert.ok(steps.find(({ status }) => status === 'queued').at >= publishAt)
})

test('a hub that wants no approval publishes what is submitted', async (t) => {
  const { hub, shopId, sandbox } = await hubWithAccount(t, { hub: { approval: false } })
  const pictures = []
  for (const tag of [1, 2]) pictures.push((await hub.media.add({ bytes: picture({ tag }) })).id)
  const draft = { kind: 'image_text', title: '三款', text: '三款新茶', media: pictures }
  const { id } = await hub.promotions.draft({ shopId, draft })
  assert.equal((await hub.promotions.submit(id)).status, 'queued')
  const { approval } = await until(hub, id, 'published')
  assert.equal(approval, undefined)
  assert.equal(sandbox.control.writes({ platform: 'douyin' }).items.length, 1)
})

test('a live preview says when in its text, and waits for its own time', async (t) => {
  const { hub, shopId, sandbox } = await hubWithAccount(t)
  const { writer, boss } = people(hub)
  const cover = await hub.media.add({ bytes: picture() })
  const live = { startsAt: '2100-01-01T00:00:00Z', endsAt: '2100-01-01T10:00:00+08:00', room: '一号直播间' }
  const draft = { kind: 'live_preview', title: '开年', text: '{start} 见 {room} #直播', media: [cover.id], live }
  const made = await writer.promotions.draft({ shopId, draft, publishAt: '2099-12-31T00:00:00Z' })
  assert.deepEqual([made.publishAt, made.draft.live.endsAt], ['2099-12-31T00:00:00.000Z', '2100-01-01T02:00:00.000Z'])
  await writer.promotions.submit(made.id)
  assert.equal((await boss.promotions.approve({ id: made.id })).status, 'scheduled')
  assert.equal((await writer.promotions.schedule({ id: made.id })).status, 'queued')
  await until(hub, made.id, 'published')
  assert.equal(sandbox.control.writes({ platform: 'douyin' }).items[0].params.text, '1月1日 08:00 见 一号直播间 #直播')
})

test('a preview whose broadcast begins and ends is told of', async (t) => {
  const { hub, shopId } = await hubWithAccount(t)
  const heard = new EventEmitter()
  hub.on('promotion.live', (news) => heard.emit(news.state, news))
  // The clock is looked at every five seconds; what began and ended in between is told as over alone.
  const live = { startsAt: new Date(Date.now() + 500).toISOString(), endsAt: new Date(Date.now() + 7000).toISOString() }
  const media = await hub.media.add({ bytes: picture() })
  const told = ['live_time', 'over'].map((state) => once(heard, state, { signal: AbortSignal.timeout(PATIENCE_MS) }))
  const { id } = await approved(hub, shopId, { kind: 'live_preview', title: '现在', media: [media.id], live })
  for (const [{ promotion }] of await Promise.all(told)) assert.equal(promotion.id, id)
})

test('errors say what is wrong and what to do', async (t) => {
  const { hub, shopId } = await hubWithAccount(t)
  const { writer, boss } = people(hub)
  const viewer = hub.as({ id: 'u3', roles: ['viewer'] })
  const bad = { kind: 'live_preview', title: ' ', text: 'x' }
  const wrong = await failsWith('INVALID_REQUEST', () => writer.promotions.draft({ shopId, draft: bad }))
  for (const words of ['`title`', '`media`', '`live`']) assert.ok(wrong.message.includes(words), wrong.message)
  const unknown = await failsWith('INVALID_REQUEST', () => writer.promotions.draft({ shopId, draft: { ...bad, vidoe: 1 } }))
  assert.match(unknown.message, /vidoe.*known: /)
  assert.match((await failsWith('NOT_FOUND', () => hub.promotions.get('404'))).message, /404/)
  const other = await video(hub, '别处')
  await failsWith('NOT_FOUND', () => writer.promotions.draft({ shopId: '404', draft: other }))
  const store = await writer.promotions.draft({ shopId, draft: { kind: 'shop_video', title: 't', target: '1', media: (await video(hub, '')).media } })
  assert.match((await failsWith('UNSUPPORTED', () => writer.promotions.submit(store.id))).message, /douyin/)
  const made = await writer.promotions.draft({ shopId, draft: await video(hub, '谁能看') })
  await failsWith('FORBIDDEN', () => viewer.promotions.submit(made.id))
  assert.equal((await viewer.promotions.get(made.id)).id, made.id)
  assert.match((await failsWith('CONFLICT', () => boss.promotions.approve({ id: made.id }))).message, /does not ask/)
  assert.match((await failsWith('CONFLICT', () => hub.promotions.check(made.id))).message, /does not have it/)
  assert.match((await failsWith('CONFLICT', () => hub.promotions.metrics({ id: made.id, refresh: true }))).message, /does not have it/)
  assert.match((await failsWith('CONFLICT', () => boss.promotions.resolve({ id: made.id, resolution: 'drop' }))).message, /needs nobody/)
  await failsWith('FORBIDDEN', () => hub.promotions.resolve({ id: made.id, resolution: 'drop' }))
  assert.equal((await writer.promotions.cancel(made.id)).status, 'cancelled')
  assert.match((await failsWith('CONFLICT', () => writer.promotions.submit(made.id))).message, /only a draft/)
})

test('a push is answered when it is the platform\'s, and a stranger learns nothing', async (t) => {
  const { hub, sandbox } = await hubWithAccount(t)
  const { appKey, appSecret } = sandbox.douyin
  const body = Buffer.from(JSON.stringify({ event: 'verify_webhook', client_key: appKey, content: { challenge: 12345 } }))
  const signature = createHash('sha1').update(appSecret).update(body).digest('hex')
  const push = (headers) => hub.notices.receive({ platform: 'douyin', headers, body })
  assert.deepEqual(await push({ 'x-douyin-signature': signature, accept: ['a', 'b'] }), { status: 200, body: '{"challenge":12345}' })
  for (const headers of [{}, { 'x-douyin-signature': signature.replace(/./, (digit) => (digit === '0' ? '1' : '0')) }]) {
    assert.deepEqual(await push(headers), { status: 401, body: '{}' })
  }
  await failsWith('UNSUPPORTED', () => hub.notices.receive({ platform: 'jd', headers: {}, body }))
})
