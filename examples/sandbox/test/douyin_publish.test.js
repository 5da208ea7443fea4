'use strict'
const test = require('node:test')
const assert = require('node:assert')
const crypto = require('node:crypto')
const { sandboxFor, douyinCaller, mp4, VIDEO, PNG } = require('./douyin_support')

const platform = 'douyin'
const posts = sandbox => sandbox.control.truth({ platform, kind: 'posts' }).items
const uploads = sandbox => sandbox.control.truth({ platform, kind: 'uploads' }).items
const writes = sandbox => sandbox.control.writes({ platform }).items
const sha256 = bytes => crypto.createHash('sha256').update(bytes).digest('hex')
const file = (bytes, type = 'video/mp4') => ({ files: { video: { bytes, type } } })

/** Starts an upload in parts; answers a function that sends one, and one that ends it. */
async function inParts (client) {
  const { upload_id: id } = await client.ok('POST', `${VIDEO}/init_video_part_upload/`)
  const part = (number, bytes) => client.code('POST', `${VIDEO}/upload_video_part/`, { query: { upload_id: id, part_number: number }, ...file(bytes) })
  const complete = () => client.call('POST', `${VIDEO}/complete_video_part_upload/`, { query: { upload_id: id } })
  return { id, part, complete }
}

test('douyin: a video goes from upload to review to the list, and its numbers grow', async t => {
  const sandbox = await sandboxFor(t)
  const client = douyinCaller(sandbox)
  const { item_id: id, video_id: videoId } = await client.create('春茶 #好物分享')
  for (const text of [id, videoId]) assert.match(text, /^@.*\+.*\/.*==$/)
  const [before] = (await client.list()).list
  assert.deepEqual([before.item_id, before.title, before.video_status, before.is_reviewed, before.media_type, before.statistics.play_count], [id, '春茶 #好物分享', 4, false, 4, 0])
  sandbox.control.setClock({ advanceMs: 3_600_000 })
  const [after] = (await client.list()).list
  assert.ok([1, 5].includes(after.video_status) && after.is_reviewed && after.statistics.play_count > 0)
  sandbox.control.setClock({ advanceMs: 3_600_000 })
  const [later] = (await client.list()).list
  assert.ok(later.statistics.play_count > after.statistics.play_count)
  assert.deepEqual(posts(sandbox).find(post => post.item_id === id).statistics, later.statistics)
})

test('douyin: a video_id makes one post, the same content many, and the log counts them', async t => {
  const sandbox = await sandboxFor(t)
  const client = douyinCaller(sandbox)
  const video = await client.upload()
  await client.create('一', video)
  assert.equal(await client.code('POST', `${VIDEO}/create_video/`, { json: { video_id: video, text: '一' } }), 2190007)
  await client.create('一')
  assert.deepEqual(writes(sandbox).map(({ method, params }) => [method, params.text, params.count]), [['video/create_video', '一', 1], ['video/create_video', '一', 2]])
  assert.deepEqual(Object.values(Object.values(sandbox.control.truthSummary().douyin)[0].contents), [2])
})

test('douyin: files are known by size and hash, in one piece and in parts', async t => {
  const sandbox = await sandboxFor(t)
  const client = douyinCaller(sandbox)
  sandbox.control.settings({ platform, minPartBytes: 100 })
  const bytes = mp4({ bytes: 900 })
  const whole = await client.upload(bytes)
  const { part, complete } = await inParts(client)
  // The cut goes through the box that tells how long it plays.
  const cut = bytes.indexOf('mvhd') + 6
  assert.deepEqual([await part(1, bytes.subarray(0, 200)), await part(2, bytes.subarray(200, cut)), await part(3, bytes.subarray(cut))], [0, 0, 0])
  const { data } = await complete()
  const known = new Map(uploads(sandbox).map(one => [one.id, one]))
  for (const id of [whole, data.video.video_id]) {
    const { bytes: size, sha256: hash, kind, seconds } = known.get(id)
    assert.deepEqual([size, hash, kind, seconds], [bytes.length, sha256(bytes), 'mp4', 12])
  }
  await client.create('分片', data.video.video_id)
  assert.equal((await complete()).data.error_code, 2100005)
})

test('douyin: parts come in any order, and again; gaps, small ones and strangers are refused', async t => {
  const sandbox = await sandboxFor(t, { shops: 2 })
  const client = douyinCaller(sandbox)
  sandbox.control.settings({ platform, minPartBytes: 100 })
  const bytes = mp4({ bytes: 500 })
  const first = await inParts(client)
  assert.equal(await first.part(0, bytes), 2100005)
  assert.equal(await first.part(3, bytes.subarray(300)), 0)
  assert.equal(await first.part(1, Buffer.concat([bytes.subarray(0, 50), Buffer.alloc(50)])), 0)
  assert.equal((await first.complete()).data.error_code, 2100005)
  assert.equal(await first.part(2, bytes.subarray(99, 300)), 0)
  assert.equal(await first.part(1, bytes.subarray(0, 99)), 0)
  assert.equal((await first.complete()).data.error_code, 2100005)
  assert.equal(await first.part(1, bytes.subarray(0, 100)), 0)
  assert.equal(await first.part(2, bytes.subarray(100, 300)), 0)
  const { video } = (await first.complete()).data
  const known = uploads(sandbox).find(one => one.id === video.video_id)
  assert.deepEqual(known.parts.map(part => part.sha256), [[0, 100], [100, 300], [300]].map(([from, to]) => sha256(bytes.subarray(from, to))))
  assert.equal(known.sha256, null)

  // A part sent again makes the hash of the whole unknown, unless it is the same.
  const again = async part => {
    const parts = await inParts(client)
    for (const [number, from, to] of [[1, 0, 100], [2, 100, 300], [3, 300]]) await parts.part(number, bytes.subarray(from, to))
    await parts.part(1, part)
    const { video_id: id } = (await parts.complete()).data.video
    return uploads(sandbox).find(one => one.id === id).sha256
  }
  assert.equal(await again(bytes.subarray(0, 100)), sha256(bytes))
  assert.equal(await again(Buffer.concat([bytes.subarray(0, 90), Buffer.alloc(10)])), null)

  const other = douyinCaller(sandbox, { shopId: sandbox.douyin.shops[1].shopId })
  const second = await inParts(client)
  const stranger = { query: { upload_id: second.id, part_number: 1 }, ...file(bytes) }
  assert.equal(await other.code('POST', `${VIDEO}/upload_video_part/`, stranger), 2100005)
  sandbox.control.setClock({ advanceMs: 2 * 3_600_000 })
  assert.equal(await second.part(1, bytes), 2100005)
})

test('douyin: material is judged by what it is', async t => {
  const sandbox = await sandboxFor(t)
  const client = douyinCaller(sandbox)
  const upload = (bytes, type) => client.code('POST', `${VIDEO}/upload_video/`, file(bytes, type))
  const webm = Buffer.concat([Buffer.from('1a45dfa3', 'hex'), Buffer.alloc(100)])
  assert.equal(await upload(webm, 'video/webm'), 0)
  assert.equal(await upload(webm, 'video/mp4'), 2113001)
  assert.equal(await upload(mp4(), 'application/octet-stream'), 0)
  assert.equal(await upload(mp4({ brand: 'qt  ' }), 'video/quicktime'), 2113001)
  assert.equal(await upload(PNG, 'video/mp4'), 2113001)
  assert.equal(await upload(mp4({ seconds: 901 })), 2190006)
  assert.equal(await upload(mp4({ seconds: 900 })), 0)
  assert.equal(await upload(Buffer.alloc(0)), 2100005)
  assert.equal(await client.code('POST', `${VIDEO}/upload_video/`, { files: { file: { bytes: mp4() } } }), 2100005)
  assert.equal(await client.code('POST', `${VIDEO}/upload_video/`, { json: {} }), 2100005)
  sandbox.control.settings({ platform, maxWholeBytes: 500, maxTotalBytes: 700, maxImageBytes: 10, minPartBytes: 1 })
  assert.equal(await upload(mp4({ bytes: 501 })), 2190005)
  const { part, complete } = await inParts(client)
  await part(1, mp4({ bytes: 701 }))
  assert.equal((await complete()).data.error_code, 2190005)
  assert.equal(await client.code('POST', `${VIDEO}/upload_image/`, { files: { image: { bytes: PNG } } }), 2190005)
})

test('douyin: a body larger than what is kept of others is read to its end', async t => {
  const sandbox = await sandboxFor(t)
  const client = douyinCaller(sandbox)
  const bytes = mp4({ bytes: 20 * 1024 * 1024 })
  const id = await client.upload(bytes)
  assert.deepEqual(uploads(sandbox).map(one => [one.id, one.bytes, one.sha256]), [[id, bytes.length, sha256(bytes)]])
})

test('douyin: pictures make a post, and may be used again', async t => {
  const sandbox = await sandboxFor(t)
  const client = douyinCaller(sandbox)
  const { image } = await client.ok('POST', `${VIDEO}/upload_image/`, { files: { image: { bytes: PNG, type: 'image/png' } } })
  assert.deepEqual([image.width, image.height], [400, 600])
  const create = json => client.call('POST', `${VIDEO}/create_image_text/`, { json })
  for (let i = 0; i < 2; i++) assert.equal((await create({ image_list: [image.image_id], text: '图' })).data.error_code, 0)
  assert.equal((await client.list()).list[0].media_type, 2)
  for (const list of [[], [image.image_id, '@no'], Array(31).fill(image.image_id)]) assert.equal((await create({ image_list: list })).data.error_code, 2100005)
  assert.equal(await client.code('POST', `${VIDEO}/upload_image/`, { files: { image: { bytes: PNG, type: 'image/jpeg' } } }), 2113001)
})

test('douyin: what a post may not have, and who may not post', async t => {
  const sandbox = await sandboxFor(t)
  const client = douyinCaller(sandbox)
  const video = await client.upload()
  const create = json => client.code('POST', `${VIDEO}/create_video/`, { json: { video_id: video, ...json } })
  assert.equal(await create({ text: '这里有敏感词' }), 2111001)
  assert.equal(await create({ private_status: 3 }), 2100005)
  assert.equal(await create({ at_users: 'x' }), 2100005)
  assert.equal(await create({ cover_tsp: -1 }), 2100005)
  assert.equal(await create({ poi_id: 'p', micro_app_id: 'm' }), 2100005)
  assert.equal(await create({ tilte: 'x' }), 2100005)
  assert.equal(await create({ custom_cover_image_url: '@no' }), 2100005)
  assert.equal(await create({ video_id: '@no' }), 2190007)
  assert.equal(await client.code('POST', `${VIDEO}/create_video/`, { json: '{"video_id":' }), 2100005)
  sandbox.control.edit({ platform, kind: 'account', id: client.openId, set: { mayPost: false } })
  assert.equal(await create({ text: '好' }), 2114005)
  sandbox.control.edit({ platform, kind: 'account', id: client.openId, set: { mayPost: true } })
  sandbox.control.settings({ platform, publishesPerDay: 1 })
  assert.equal(await create({ text: '好', cover_tsp: 1.5, private_status: 1, download_type: 2, at_users: [client.openId] }), 0)
  assert.equal(await client.code('POST', `${VIDEO}/create_video/`, { json: { video_id: await client.upload() } }), 2114007)
  sandbox.control.setClock({ advanceMs: 12 * 3_600_000 })
  assert.equal(await client.code('POST', `${VIDEO}/create_video/`, { json: { video_id: await client.upload() } }), 0)
  assert.equal(writes(sandbox).length, 2)
})

test('douyin: control ends reviews, all together or one by one', async t => {
  const sandbox = await sandboxFor(t)
  const client = douyinCaller(sandbox)
  const state = async id => {
    const { list } = await client.ok('POST', `${VIDEO}/video_data/`, { json: { item_ids: [id] } })
    return [list[0].video_status, list[0].is_reviewed]
  }
  sandbox.control.review({ platform, outcome: 'reject', ms: 1000 })
  const { item_id: refused } = await client.create('一')
  sandbox.control.setClock({ advanceMs: 1000 })
  assert.deepEqual(await state(refused), [2, true])
  assert.deepEqual(sandbox.control.review({ platform, outcome: 'hold' }).pending, [])
  const [{ item_id: second }, { item_id: third }] = [await client.create('二'), await client.create('三')]
  sandbox.control.setClock({ advanceMs: 86_400_000 })
  assert.deepEqual(await state(second), [4, false])
  const { pending } = sandbox.control.review({ platform, approve: second, reject: [third] })
  assert.deepEqual(pending, [])
  assert.ok([1, 5].includes((await state(second))[0]))
  assert.deepEqual(await state(third), [2, true])
  assert.throws(() => sandbox.control.review({ platform, approve: '@no' }), /no such post/)
})

test('douyin: a new post may be late in lists, by time or by lists', async t => {
  const sandbox = await sandboxFor(t)
  const client = douyinCaller(sandbox)
  const newest = async () => (await client.list()).list[0].item_id
  sandbox.control.settings({ platform, lateLists: 2 })
  const { item_id: first } = await client.create('一')
  const { list } = await client.ok('POST', `${VIDEO}/video_data/`, { json: { item_ids: [first] } })
  assert.equal(list.length, 1)
  const seen = [await newest(), await newest(), await newest()].map(id => id === first)
  assert.deepEqual(seen, [false, false, true])
  sandbox.control.settings({ platform, lateLists: 0, lateMs: 60_000 })
  const { item_id: second } = await client.create('二')
  assert.equal(await newest(), first)
  sandbox.control.setClock({ advanceMs: 60_000 })
  assert.equal(await newest(), second)
  assert.throws(() => sandbox.control.settings({ platform, lateList: 1 }), /unknown setting/)
  assert.throws(() => sandbox.control.settings({ platform, lateLists: 'x' }), /cannot be/)
})
