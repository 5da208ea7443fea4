'use strict'
// The posts that accounts have from the start, and what a post is.
//
// A version of a post: `id` (item_id), `videoId`, `position` (the place in lists, the greatest first), times in seconds,
// `status` (video_status), `reviewed`, `top`, `mediaType`, `text`, `privateStatus`, `publicSince` (null while nobody sees
// it), `look` (what its statistics are drawn from), `extraPlays`, `media` (sha256 of its files), `via`, `shareId`,
// `hiddenLists` (lists it is still missing from), `deleted`, and `set`, wire fields laid over it.
const { Random, deriveSeed } = require('../../random')
const { opaqueId } = require('./ids')
const words = require('./words')

const DAY_S = 86_400
const PUBLISHED = 1
const UNSUITABLE = 2
const REVIEWING = 4
const PUBLIC = 5
const IMAGES = 2
const VIDEO = 4
const TOP_POSTS = 2

/** A post with what was not given made up. */
function newPost (given) {
  return {
    status: REVIEWING, reviewed: false, top: false, mediaType: VIDEO, text: '', privateStatus: 0, publicSince: null, extraPlays: 0,
    media: [], via: 'api', shareId: null, hiddenLists: 0, deleted: false, set: null, updateTime: given.createTime, ...given
  }
}

/** Which of the two good ends a review has: both are seen (1.7), and a post keeps to one. */
function approvedStatus (look) {
  return look % 2 === 0 ? PUBLISHED : PUBLIC
}

function seededPost (account, index, createTime, position) {
  const look = deriveSeed(account.seed, 'post', index)
  const random = new Random(look)
  const approved = random.chance(0.92)
  const topic = random.chance(0.5) ? ` #${random.pick(words.topics)}` : ''
  return newPost({
    id: opaqueId(random), videoId: opaqueId(random), position, createTime, look, reviewed: true, via: 'seed',
    text: `${random.pick(words.titles)}${topic} ${index + 1}`,
    status: approved ? approvedStatus(look) : UNSUITABLE,
    publicSince: approved ? createTime + random.between(60, 3600) : null,
    mediaType: random.chance(0.2) ? IMAGES : VIDEO,
    privateStatus: random.weighted([[0, 18], [1, 1], [2, 1]]),
    media: [random.hex(64)]
  })
}

/** Posts spread over the days before the start, the oldest first; the newest two are pinned. */
function seedPosts (account, count, bornAt, historyDays) {
  const random = new Random(deriveSeed(account.seed, 'post times'))
  const times = Array.from({ length: count }, () => bornAt - random.between(3600, Math.max(3601, Math.floor(historyDays * DAY_S)))).sort((a, b) => a - b)
  return times.map((time, index) => ({ ...seededPost(account, index, time, time * 1000 + index % 1000), top: index >= count - TOP_POSTS }))
}

module.exports = { newPost, seedPosts, approvedStatus, UNSUITABLE, IMAGES, VIDEO }
