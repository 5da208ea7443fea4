'use strict'
const test = require('node:test')
const assert = require('node:assert')
const crypto = require('node:crypto')
const { sandboxFor, pddCaller } = require('./pinduoduo_support')
const { mp4, PNG } = require('./douyin_support')

const platform = 'pinduoduo'
const FAMILY = 'pdd.live.video.mall'
const STATUS = `${FAMILY}.querymallvideoauditstatus`
const ON_UPLOAD = { encoding: 'form', path: '/api/upload' }

async function begin (t, options) {
  const sandbox = await sandboxFor(t, options)
  const client = pddCaller(sandbox)
  const [goods] = sandbox.control.truth({ platform, kind: 'products', limit: 1 }).items
  const init = async (type = 'video/mp4') => (await client.ok(`${FAMILY}.upload.part.init`, { content_type: type }, ON_UPLOAD)).upload_sign
  const part = (sign, number, bytes) => client.call(`${FAMILY}.upload.part`, { upload_sign: sign, part_num: String(number) }, { encoding: 'multipart', files: { part_file: bytes } })
  const complete = sign => client.call(`${FAMILY}.upload.part.complete`, { upload_sign: sign }, ON_UPLOAD)
  const { url: cover } = await client.ok('pdd.live.img.mall.upload', {}, { encoding: 'multipart', files: { file: PNG } })
  const upload = async (bytes = mp4()) => {
    const sign = await init()
    await part(sign, 1, bytes)
    return (await complete(sign)).response.vid
  }
  const request = async given => ({ request: { cover, desc: '春茶 #好茶#', goods_id: goods.goods_id, vid: await upload(), sync_explanation_video: false, ...given } })
  const create = async given => client.call(`${FAMILY}.create`, await request(given))
  const status = async id => (await client.ok(STATUS, { request: { video_id: id } })).result
  return { sandbox, client, init, part, complete, upload, request, create, status }
}

test('pinduoduo: a short video goes from parts to review, and a success has a code of its own', async t => {
  const { sandbox, client, init, part, complete, create, status } = await begin(t)
  const bytes = mp4({ bytes: 3000 })
  const sign = await init()
  assert.equal((await part(sign, 2, bytes.subarray(1000))).response.success, true)
  assert.deepEqual((await client.ok(`${FAMILY}.upload.part.check`, { upload_sign: sign }, ON_UPLOAD)).part_num_list, [2])
  assert.equal((await complete(sign)).error_response.error_code, 50001)
  await part(sign, 1, bytes.subarray(0, 1000))
  const { vid } = (await complete(sign)).response
  assert.equal((await complete(sign)).error_response.error_code, 50001)
  const { response } = await create({ vid })
  assert.deepEqual([response.success, response.error_code], [true, 1_000_000])
  const id = response.result.video_id
  assert.deepEqual((await status(id)).audit_status, 0)
  sandbox.control.setClock({ advanceMs: 200 })
  assert.deepEqual(await status(id), { video_id: id, audit_status: 1, reject_reason: '' })
  const [video] = sandbox.control.truth({ platform, kind: 'mallVideos' }).items
  const hash = piece => crypto.createHash('sha256').update(piece).digest('hex')
  assert.deepEqual([video.video_id, video.vid, video.bytes, video.parts.map(one => one.sha256)], [String(id), vid, bytes.length, [hash(bytes.subarray(0, 1000)), hash(bytes.subarray(1000))]])
})

test('pinduoduo: every attempt to make a video uses its file up', async t => {
  const { sandbox, client, upload, request, create } = await begin(t, { shops: 2 })
  const vid = await upload()
  const code = async given => (await create({ vid, ...given })).error_response?.error_code
  const [, second] = sandbox.pinduoduo.shops
  const [foreign] = sandbox.control.truth({ platform, kind: 'products', shop: second.shopId, limit: 1 }).items
  assert.equal(await code({ goods_id: foreign.goods_id }), 50001)
  assert.equal(await code(), 50001)
  assert.equal(await code({ vid: 'v0' }), 50001)
  const other = pddCaller(sandbox, { shopId: second.shopId })
  assert.equal((await other.refused(`${FAMILY}.create`, await request())).error_code, 50001)
  for (const [given, expected] of [[{ desc: '' }, 21002], [{ cover: 'https://a.example/1.png' }, 21001], [{ sync_explanation_video: 'x' }, 21001], [{ title: 'x' }, 21001], [{ goods_id: 'x' }, 21001]]) {
    assert.equal(await code({ vid: await upload(), ...given }), expected)
  }
  assert.equal((await client.refused(STATUS, { request: { video_id: 1 } })).error_code, 50001)
  await create()
  await create()
  const made = sandbox.control.writes({ platform }).items.filter(({ method }) => method === `${FAMILY}.create`)
  assert.deepEqual(made.map(({ params }) => params.count), [1, 2])
})

test('pinduoduo: files are what they were announced as, and parts have their size', async t => {
  const { init, part, complete, client } = await begin(t)
  assert.equal((await client.refused(`${FAMILY}.upload.part.init`, { content_type: 'image/png' }, ON_UPLOAD)).error_code, 21001)
  assert.equal((await client.refused(`${FAMILY}.upload.part.init`, { content_type: 'video/mp4' })).error_code, 20035)
  const sign = await init('video/webm')
  assert.equal((await part(sign, 0, mp4())).error_response.error_code, 21001)
  assert.equal((await part('x', 1, mp4())).error_response.error_code, 50001)
  await part(sign, 1, mp4())
  assert.equal((await complete(sign)).error_response.error_code, 50001)
  assert.equal((await part(sign, 2, Buffer.alloc(20 * 1024 * 1024 + 1))).error_response.error_code, 21001)
  assert.equal((await part(sign, 2, Buffer.alloc(20 * 1024 * 1024))).response.success, true)
  assert.equal((await client.refused('pdd.live.img.mall.upload', {}, { encoding: 'multipart', files: { file: Buffer.alloc(9 * 1024 * 1024) } })).error_code, 52004)
})

test('pinduoduo: control judges videos', async t => {
  const { sandbox, create, status } = await begin(t)
  const review = wish => sandbox.control.review({ platform, ...wish })
  review({ videoOutcome: 'hold' })
  const [first, second] = [await create(), await create()].map(answer => answer.response.result.video_id)
  sandbox.control.setClock({ advanceMs: 86_400_000 - 1000 })
  assert.equal((await status(first)).audit_status, 0)
  assert.deepEqual(review({ approve: first, reject: [second] }).pendingVideos, [])
  assert.deepEqual([(await status(first)).audit_status, (await status(second)).audit_status], [1, 2])
  assert.ok((await status(second)).reject_reason)
  assert.throws(() => review({ approve: 1 }), /no such video/)
  assert.throws(() => review({ videoOutcome: 'ban' }), /unknown outcome/)
  review({ videoMs: 10, videoOutcome: 'reject' })
  const third = (await create()).response.result.video_id
  sandbox.control.setClock({ advanceMs: 10 })
  assert.equal((await status(third)).audit_status, 2)
})

test('pinduoduo: faults strike videos: an answer is lost, the video is there', async t => {
  const { sandbox, client, create, request } = await begin(t)
  const given = await request()
  sandbox.control.fault({ fault: 'lost_reset', platform, method: `${FAMILY}.create`, times: 1 })
  await assert.rejects(client.call(`${FAMILY}.create`, given), { code: 'ECONNRESET' })
  assert.equal(sandbox.control.truth({ platform, kind: 'mallVideos' }).items.length, 1)
  assert.equal((await client.refused(`${FAMILY}.create`, given)).error_code, 50001)
  sandbox.control.fault({ fault: 'lost_code', platform, method: `${FAMILY}.create`, times: 1 })
  assert.equal((await create()).error_response.error_code, 47110)
  sandbox.control.fault({ fault: 'unknown_status', platform, method: STATUS, times: 1 })
  const [{ video_id: id }] = sandbox.control.truth({ platform, kind: 'mallVideos' }).items
  assert.equal((await client.ok(STATUS, { request: { video_id: id } })).result.audit_status, 777)
})
