'use strict'
// What control changes of accounts and their posts.
const { plainValue, splitFields } = require('../../edit')
const { addPost } = require('./publish')
const words = require('./words')

const FACTS = {
  title: 'text', video_status: 'status', is_reviewed: 'reviewed', is_top: 'top', media_type: 'mediaType', create_time: 'createTime',
  private_status: 'privateStatus', deleted: 'deleted'
}
const ACCOUNT = { nickname: 'name', e_account_role: 'role', fans: 'fans', banned: 'banned', mayPost: 'mayPost' }

/** Posts that many people have just seen. */
function changePosts (account, count, random, second, put) {
  const ids = [...account.posts.records.keys()]
  return random.sample(ids, count).map(id => {
    const post = account.posts.current(id)
    put(account.posts, { ...post, extraPlays: post.extraPlays + random.between(10, 500), updateTime: second })
    return id
  })
}

/** Posts the user makes in the app, without the application. */
function addPosts (world, account, count, nowMs) {
  return Array.from({ length: count }, () => addPost(world, account, { text: world.random.pick(words.titles), via: 'app', media: [world.random.hex(64)] }, nowMs).id)
}

/** Videos that are uploaded and not used. */
function addVideos (world, account, count, second) {
  return Array.from({ length: count }, () => {
    const sha256 = world.random.hex(64)
    return world.uploads.keepVideo(account, { bytes: 1_000_000, sha256, mark: sha256, kind: 'mp4', seconds: 12, parts: null, at: second }).id
  })
}

function editAccount (account, set) {
  for (const [name, value] of Object.entries(set)) {
    if (!ACCOUNT[name]) throw new RangeError(`unknown field: ${name}`)
    account[ACCOUNT[name]] = plainValue(value)
  }
  return true
}

function editPost (account, id, set, second, put) {
  const post = account.posts.current(id)
  if (!post) return false
  const { known, rest } = splitFields(set, FACTS, ['item_id'])
  const position = known.createTime === undefined ? post.position : known.createTime * 1000
  put(account.posts, { ...post, position, updateTime: second, ...known, set: { ...post.set, ...rest } })
  return true
}

/** Sets fields of one record; false when this account has no such one. */
function edit (account, kind, id, set, second, put) {
  switch (kind) {
    case 'account': return account.isKnownAs(id) && editAccount(account, set)
    case 'post': return editPost(account, id, set, second, put)
    default: throw new RangeError(`unknown kind: ${kind}`)
  }
}

module.exports = { changePosts, addPosts, addVideos, edit }
