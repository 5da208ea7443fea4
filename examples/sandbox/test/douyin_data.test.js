'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor, douyinCaller, VIDEO, NOON } = require('./douyin_support')

const platform = 'douyin'
const DAY_MS = 86_400_000
const posts = (sandbox, shop) => sandbox.control.truth({ platform, kind: 'posts', shop }).items

/** Every row, page by page. */
async function walk (client, count) {
  const rows = []
  for (let cursor = 0, more = true; more;) {
    const page = await client.list({ cursor, count })
    rows.push(...page.list)
    cursor = page.cursor
    more = page.has_more
  }
  return rows
}

test('douyin: pages give every post once, newest first, whatever is posted meanwhile', async t => {
  const sandbox = await sandboxFor(t, { posts: 47 })
  const client = douyinCaller(sandbox)
  const first = await client.list({ count: 10 })
  await client.create('插队')
  const rest = []
  for (let { cursor, has_more: more } = first; more;) {
    const page = await client.list({ cursor, count: 7 })
    rest.push(...page.list)
    cursor = page.cursor
    more = page.has_more
  }
  const seen = [...first.list, ...rest].map(row => row.item_id)
  assert.deepEqual([seen.length, new Set(seen).size], [47, 47])
  const rows = await walk(client, 100)
  assert.deepEqual(rows.map(row => row.create_time), rows.map(row => row.create_time).sort((a, b) => b - a))
  const truth = new Map(posts(sandbox).map(post => [post.item_id, post]))
  for (const row of rows) assert.deepEqual(row, Object.fromEntries(Object.keys(row).map(name => [name, truth.get(row.item_id)[name]])))
  assert.equal((await client.list({ count: 100 })).list.length, 20)
  for (const query of [{ count: undefined }, { count: 0 }, { cursor: -1 }, { cursor: 'x' }, { page: 1 }]) {
    assert.equal(await client.code('GET', `${VIDEO}/video_list/`, { query: { cursor: 0, count: 10, ...query } }), 2100005, JSON.stringify(query))
  }
})

test('douyin: single posts are found by item or video, but not those of others, and private ones not properly', async t => {
  const sandbox = await sandboxFor(t, { shops: 2 })
  const client = douyinCaller(sandbox)
  const data = async json => (await client.ok('POST', `${VIDEO}/video_data/`, { json })).list
  const [one, two] = posts(sandbox).filter(post => post.private_status === 0)
  const [foreign] = posts(sandbox, sandbox.douyin.shops[1].shopId)
  const found = await data({ item_ids: [one.item_id, foreign.item_id, '@no'] })
  assert.deepEqual(found.map(row => [row.item_id, row.create_time, row.statistics]), [[one.item_id, one.create_time, one.statistics]])
  assert.equal((await data({ video_ids: [two.video_id] }))[0].item_id, two.item_id)
  sandbox.control.edit({ platform, kind: 'post', id: one.item_id, set: { private_status: 1 } })
  assert.deepEqual((await data({ item_ids: [one.item_id] })).map(row => [row.item_id, row.create_time]), [[one.item_id, 0]])
  assert.equal(await client.code('POST', `${VIDEO}/video_data/`, { json: {} }), 2100005)
})

test('douyin: changes and edits of posts show', async t => {
  const sandbox = await sandboxFor(t)
  const client = douyinCaller(sandbox)
  const before = new Map(posts(sandbox).map(post => [post.item_id, post]))
  const { posts: changed } = sandbox.control.change({ platform, posts: 3 })
  const after = new Map(posts(sandbox).map(post => [post.item_id, post]))
  for (const [id, { statistics: { play_count: plays }, video_status: status }] of before) {
    assert.equal(after.get(id).statistics.play_count > plays, changed.includes(id) && status !== 2)
  }
  const { posts: [made], videos } = sandbox.control.change({ platform, newPosts: 1, newVideos: 2 })
  assert.equal((await client.list()).list[0].item_id, made)
  await client.create('用它', videos[1])
  sandbox.control.edit({ platform, kind: 'post', id: made, set: { title: '改了', share_url: 'x', video_status: 5, create_time: NOON / 1000 + 5 } })
  const [row] = (await client.list()).list
  assert.deepEqual([row.item_id, row.title, row.share_url, row.video_status], [made, '改了', 'x', 5])
  sandbox.control.edit({ platform, kind: 'post', id: made, set: { deleted: true } })
  assert.notEqual((await client.list()).list[0].item_id, made)
  assert.throws(() => sandbox.control.edit({ platform, kind: 'post', id: made, set: { item_id: 'x' } }), /ids cannot/)
  assert.throws(() => sandbox.control.edit({ platform, kind: 'account', id: client.openId, set: { age: 1 } }), /unknown field/)
})

test('douyin: figures are of whole days, ready at ten the next morning', async t => {
  const sandbox = await sandboxFor(t)
  const client = douyinCaller(sandbox)
  sandbox.control.settings({ platform, stringNumbers: false })
  const get = async (name, query) => (await client.ok('GET', `/data/external/${name}/`, { query })).result_list
  const [post] = posts(sandbox).filter(one => one.video_status !== 2).sort((a, b) => a.create_time - b.create_time)
  const plays = await get('item/play', { item_id: post.item_id, date_type: 30 })
  assert.equal(plays.at(-1).date, '2026-03-02') // now it is noon of the third
  const base = await get('item/base', { item_id: post.item_id, date_type: 7 })
  assert.equal(base.length, 7)
  assert.equal(base[6].total_play, plays.reduce((sum, row) => sum + row.play, 0))
  assert.equal(base[6].total_play - base[5].total_play, plays.at(-1).play)
  for (const name of ['like', 'comment', 'share']) assert.ok(Number.isInteger((await get(`item/${name}`, { item_id: post.item_id, date_type: 15 }))[0][name]))
  sandbox.control.setClock({ advanceMs: 22 * 3_600_000 - 1000 })
  assert.equal((await get('user/item', { date_type: 7 })).at(-1).date, '2026-03-02')
  sandbox.control.setClock({ advanceMs: 1000 })
  const days = await get('user/item', { date_type: 15 })
  assert.deepEqual([days.length, days.at(-1).date, days.at(-1).total_issue], [15, '2026-03-03', 60])
  sandbox.control.settings({ platform, stringNumbers: true })
  assert.equal((await get('user/item', { date_type: 7 }))[0].total_issue, String(days.at(-7).total_issue))
})

test('douyin: figures are refused for old posts, other spans, few fans', async t => {
  const sandbox = await sandboxFor(t)
  const client = douyinCaller(sandbox)
  const code = (name, query) => client.code('GET', `/data/external/${name}/`, { query })
  const [post] = posts(sandbox)
  assert.equal(await code('item/like', { item_id: post.item_id, date_type: 8 }), 2100005)
  assert.equal(await code('item/like', { item_id: '@no', date_type: 7 }), 2190007)
  sandbox.control.setClock({ offsetMs: post.create_time * 1000 + 30 * DAY_MS - NOON })
  client.use(sandbox.control.tokens({ platform, issue: true }).accessToken)
  assert.equal(await code('item/like', { item_id: post.item_id, date_type: 7 }), 0)
  sandbox.control.setClock({ advanceMs: 1000 })
  assert.equal(await code('item/like', { item_id: post.item_id, date_type: 7 }), 2100005)
  for (const [fans, expected] of [[1000, 2190004], [1001, 0]]) {
    sandbox.control.edit({ platform, kind: 'account', id: client.openId, set: { fans } })
    for (const name of ['fans', 'profile']) assert.equal(await code(`user/${name}`, { date_type: 7 }), expected)
    for (const name of ['item', 'like', 'comment', 'share']) assert.equal(await code(`user/${name}`, { date_type: 7 }), 0)
  }
})
