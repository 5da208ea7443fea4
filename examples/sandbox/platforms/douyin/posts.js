'use strict'
// Reading posts back, fact sheet 1.7: the list of an account, and single posts.
const { accept } = require('./envelope')
const { Refused } = require('./params')
const { postRow, ZERO } = require('./post_wire')

const MAX_COUNT = 20 // not established (1.7); more is answered with as many

function newestFirst (a, b) {
  return b.position - a.position
}

/** What lists show now. Each list from the beginning brings posts that are late by lists one nearer. */
function listed (account) {
  const rows = []
  for (const { listed: version, current } of account.posts.records.values()) {
    if (version && !current.deleted && !(current.hiddenLists > 0)) rows.push(version)
  }
  return rows.sort(newestFirst)
}

function countDown (account) {
  for (const { current } of account.posts.records.values()) {
    if (current.hiddenLists > 0) current.hiddenLists--
  }
}

function list (call, world, { account, query }) {
  query.only('open_id', 'cursor', 'count')
  const cursor = call.stuck ? 0 : query.integer('cursor', 0)
  const count = Math.min(query.integer('count'), MAX_COUNT)
  if (cursor < 0 || count < 1) throw new Refused('parameterInvalid', 'cursor 或 count 超出范围')
  const select = () => ({ rows: listed(account), low: 0, high: account.posts.size })
  call.moveRows?.(account, account.posts, select)
  const found = select().rows.filter(post => cursor === 0 || post.position < cursor)
  if (cursor === 0) countDown(account)
  const page = found.slice(0, count)
  const last = page[page.length - 1]
  return accept({ cursor: last?.position ?? cursor, has_more: found.length > count, list: page.map(post => postRow(post, call.second)) })
}

/** Nothing proper is told of a post that only its author, or friends, may see. */
function dataRow (post, second) {
  const row = postRow(post, second)
  return post.privateStatus === 0 ? row : { ...row, title: '', create_time: 0, statistics: ZERO }
}

function wantedBy (params) {
  const [items, videos] = [params.list('item_ids'), params.list('video_ids')]
  if (items.length + videos.length === 0) throw new Refused('parameterMissing', '缺少参数 item_ids')
  return post => items.includes(post.id) || videos.includes(post.videoId)
}

/** What is not there, or is somebody else's, has no row. */
function data (call, world, { account, params, query }) {
  query.only('open_id')
  params.only('item_ids', 'video_ids')
  const wanted = wantedBy(params)
  const posts = [...account.posts.records.values()].map(record => record.current).filter(post => !post.deleted && wanted(post))
  return accept({ list: posts.sort(newestFirst).map(post => dataRow(post, call.second)) })
}

module.exports = { list, data }
