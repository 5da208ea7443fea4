'use strict'
// Making posts, fact sheet 1.6. The same content sent twice is two posts; only a video_id works once.
const crypto = require('node:crypto')
const { shanghaiText } = require('../../clock')
const { accept } = require('./envelope')
const { Refused } = require('./params')
const { opaqueId } = require('./ids')
const { newPost, IMAGES, VIDEO } = require('./post_seed')
const words = require('./words')

const COMMON = ['text', 'at_users', 'poi_id', 'micro_app_id', 'micro_app_title', 'micro_app_url', 'private_status', 'download_type']
const VIDEO_ONLY = ['video_id', 'cover_tsp', 'custom_cover_image_url', 'poi_commerce', 'ent_id', 'task_id', 'agent_client_key']
const MAX_IMAGES = 30

/** What posts are alike by: the same words over the same files. */
function contentKey ({ text, media }) {
  return crypto.createHash('sha256').update([text, ...media].join('\n')).digest('hex').slice(0, 16)
}

function checkText (text) {
  const word = words.sensitive.find(one => text.includes(one))
  if (word) throw new Refused('sensitiveText', `文本包含敏感词：${word}`)
  return text
}

/** What both kinds of posts have. Mini application and place are not shown anywhere, but only one of them may be. */
function readCommon (params) {
  if (params.has('micro_app_id') && params.has('poi_id')) throw new Refused('parameterInvalid', '只能挂载一种锚点')
  params.list('at_users')
  params.choice('download_type', 1, 0, 1, 2)
  for (const name of ['poi_id', 'micro_app_id', 'micro_app_title', 'micro_app_url']) params.optionalText(name)
  return { text: checkText(params.optionalText('text')), privateStatus: params.choice('private_status', 0, 0, 1, 2) }
}

/** An account may be kept from posting, by a person or by the number of its posts today. */
function checkAccount (account, rules, second) {
  if (!account.mayPost) throw new Refused('mayNotPost')
  const limit = rules.publishesPerDay
  const today = account.published.get(shanghaiText(second).slice(0, 10)) ?? 0
  if (limit !== null && today >= limit) throw new Refused('publishLimit')
}

/** After the newest of that second, so that no two have one place. */
function nextPosition (account, second) {
  let position = second * 1000
  for (const { current } of account.posts.records.values()) {
    if (current.createTime === second && current.position >= position) position = current.position + 1
  }
  return position
}

/** Puts a post into the account, under review; answers it. */
function addPost (world, account, given, nowMs) {
  const second = Math.floor(nowMs / 1000)
  const day = shanghaiText(second).slice(0, 10)
  account.published.set(day, (account.published.get(day) ?? 0) + 1)
  const { random, rules } = world
  const post = newPost({
    id: opaqueId(random), videoId: opaqueId(random), position: nextPosition(account, second), createTime: second,
    look: random.below(2 ** 32), hiddenLists: rules.lateLists, ...given
  })
  world.putter(account)(account.posts, post)
  world.reviews.begin(account, post.id, nowMs)
  return post
}

/** What the log of writes keeps of a new post; `count` says how often this content was posted. */
function entryOf (account, post) {
  const key = contentKey(post)
  const count = [...account.posts.records.values()].filter(({ current }) => contentKey(current) === key).length
  return { target: post.id, params: { videoId: post.videoId, text: post.text, media: post.media, shareId: post.shareId, content: key, count }, changed: true }
}

function freshVideo (account, id) {
  const video = account.videos.get(id)
  if (!video) throw new Refused('notFound')
  if (video.usedBy !== null) throw new Refused('notFound', '该 video_id 已经发布过')
  return video
}

function imageOf (account, id) {
  const image = account.images.get(id)
  if (!image) throw new Refused('parameterInvalid', '无效的 image_id')
  return image
}

function createVideo (call, world, { account, params, query }) {
  query.only('open_id')
  params.only(...COMMON, ...VIDEO_ONLY)
  const common = readCommon(params)
  params.seconds('cover_tsp')
  params.flag('poi_commerce')
  for (const name of ['ent_id', 'task_id', 'agent_client_key']) params.optionalText(name)
  if (params.has('custom_cover_image_url')) imageOf(account, params.text('custom_cover_image_url'))
  const video = freshVideo(account, params.text('video_id'))
  checkAccount(account, world.rules, call.second)
  const videoId = world.rules.listedVideoId === 'same' ? { videoId: video.id } : {}
  const post = addPost(world, account, { ...common, ...videoId, mediaType: VIDEO, media: [video.mark] }, call.now)
  video.usedBy = post.id
  return { entry: entryOf(account, post), answer: accept({ item_id: post.id, video_id: post.videoId }) }
}

function createImages (call, world, { account, params, query }) {
  query.only('open_id')
  params.only(...COMMON, 'image_list', 'music_id')
  const common = readCommon(params)
  params.optionalText('music_id')
  const ids = params.list('image_list')
  if (ids.length < 1 || ids.length > MAX_IMAGES) throw new Refused('parameterInvalid', `image_list 应有 1 到 ${MAX_IMAGES} 张图片`)
  const images = ids.map(id => imageOf(account, id))
  checkAccount(account, world.rules, call.second)
  const post = addPost(world, account, { ...common, mediaType: IMAGES, media: images.map(image => image.sha256) }, call.now)
  return { entry: entryOf(account, post), answer: accept({ item_id: post.id }) }
}

module.exports = { createVideo, createImages, addPost, entryOf, checkAccount, checkText, contentKey }
