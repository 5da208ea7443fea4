'use strict'
// What is really there, for control: accounts, posts and files.
const { truthPage } = require('../../truth')
const { postRow } = require('./post_wire')
const { contentKey } = require('./publish')

/** A post with what no answer tells. */
function truePost (post, second) {
  const { privateStatus, media, via, shareId, deleted } = post
  return { ...postRow(post, second), private_status: privateStatus, media, via, share_id: shareId, deleted, content: contentKey(post) }
}

function fileOf (file) {
  const { id, bytes, sha256, kind, at, seconds = null, parts = null, usedBy = null } = file
  return { id, bytes, sha256, kind, at, seconds, parts, item_id: usedBy }
}

function byId (a, b) {
  return a.id < b.id ? -1 : 1
}

function current (account) {
  return [...account.posts.records.values()].map(record => record.current)
}

/** Entries `{ id, wire() }` of a kind, in order of id. */
function entriesOf (account, kind, second) {
  switch (kind) {
    case 'shops': return [{ id: account.id, wire: () => ({ ...account.info(account.homeKey), fans: account.fans, open_ids: Object.fromEntries(account.openIds) }) }]
    case 'posts': return current(account).sort(byId).map(post => ({ id: post.id, wire: () => truePost(post, second) }))
    case 'uploads': return [...account.videos.values(), ...account.images.values()].sort(byId).map(file => ({ id: file.id, wire: () => fileOf(file) }))
    default: throw new RangeError(`unknown kind: ${kind}`)
  }
}

function truthOf (account, kind, after, limit, second) {
  return truthPage(entriesOf(account, kind, second), after, limit)
}

function tally (list, key) {
  const counts = {}
  for (const one of list) counts[key(one)] = (counts[key(one)] ?? 0) + 1
  return counts
}

/** Counts of one account; `contents` has those that were posted more than once. */
function summaryOf (account) {
  const posts = current(account).filter(post => !post.deleted)
  const contents = Object.entries(tally(posts, contentKey)).filter(([, count]) => count > 1)
  return {
    shopName: account.name,
    posts: { count: posts.length, byStatus: tally(posts, post => post.status), lastUpdateTime: posts.reduce((latest, post) => Math.max(latest, post.updateTime), 0) },
    contents: Object.fromEntries(contents),
    uploads: account.videos.size + account.images.size
  }
}

module.exports = { truthOf, summaryOf }
