'use strict'
// Links that open the app on a phone, fact sheet 1.9: written, and read with all that has to hold of them.
const { shareSignature } = require('./sign')

const KNOWN = [
  'share_type', 'client_key', 'nonce_str', 'timestamp', 'signature', 'state', 'video_path', 'image_path', 'image_list_path',
  'share_to_publish', 'title', 'hashtag_list', 'micro_app_info', 'poi_id'
]
const NEEDED = ['share_type', 'client_key', 'nonce_str', 'timestamp', 'signature']
const MEDIA = ['video_path', 'image_path', 'image_list_path']
const MAX_AGE_S = 7200
const MAX_IMAGES = 30

/** What is wrong with a link; the app on the phone would say it. */
class BadLink extends Error {}

function writeLink ({ appKey, nonce, ticket, timestamp }, content) {
  const fields = { share_type: 'h5', client_key: appKey, nonce_str: nonce, timestamp: String(timestamp), signature: shareSignature(nonce, ticket, timestamp), ...content }
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return `snssdk1128://openplatform/share?${pairs.join('&')}`
}

function need (holds, problem) {
  if (!holds) throw new BadLink(problem)
}

function fieldsOf (link) {
  const [, search] = /^snssdk1128:\/\/openplatform\/share\?(.*)$/s.exec(link) ?? []
  need(search !== undefined, '不是 snssdk1128://openplatform/share 链接')
  const pairs = [...new URLSearchParams(search)]
  const fields = Object.fromEntries(pairs)
  need(Object.keys(fields).length === pairs.length, '参数重复')
  for (const name of Object.keys(fields)) need(KNOWN.includes(name), `沙箱不支持参数 ${name}`)
  for (const name of NEEDED) need(fields[name], `缺少参数 ${name}`)
  return fields
}

function jsonList (text, name) {
  let value
  try {
    value = JSON.parse(text)
  } catch {
    throw new BadLink(`${name} 不是合法的 JSON`)
  }
  need(Array.isArray(value) && value.length > 0 && value.every(one => typeof one === 'string'), `${name} 不是字符串数组`)
  return value
}

/** The addresses of what is shared: one kind of media, nothing else. */
function mediaOf (fields) {
  const kinds = MEDIA.filter(name => fields[name])
  need(kinds.length === 1, '应有且只有一种素材')
  const [kind] = kinds
  const paths = kind === 'image_list_path' ? jsonList(fields[kind], kind) : [fields[kind]]
  need(paths.length <= MAX_IMAGES, `最多 ${MAX_IMAGES} 张图片`)
  for (const path of paths) need(/^https?:\/\/[^/]/.test(path), `${kind} 不是网络地址`)
  return { isVideo: kind === 'video_path', paths }
}

function checkSignature (fields, app, shares, second) {
  const { nonce_str: nonce, timestamp, signature } = fields
  need(/^\d{10}$/.test(timestamp) && Math.abs(Number(timestamp) - second) <= MAX_AGE_S, 'timestamp 不正确')
  need(second < (shares.ends.get(nonce) ?? Infinity), '链接已过期')
  need(shares.ticketsOf(app.appKey, second).some(ticket => shareSignature(nonce, ticket, timestamp) === signature), '签名校验失败')
}

/** Answers `{ app, share, shareId, isVideo, paths, text }`, or throws BadLink. `share` is null without a share_id. */
function readLink (link, { apps, shares, second }) {
  const fields = fieldsOf(link)
  need(fields.share_type === 'h5', 'share_type 应为 h5')
  const app = apps.get(fields.client_key)
  need(app, 'client_key 不正确')
  checkSignature(fields, app, shares, second)
  const share = fields.state ? shares.ids.get(fields.state) : null
  need(share === null || share?.appKey === app.appKey, 'state 不是该应用的 share_id')
  const topics = fields.hashtag_list ? jsonList(fields.hashtag_list, 'hashtag_list').map(topic => `#${topic}`) : []
  return { app, share, shareId: fields.state ?? null, ...mediaOf(fields), text: [fields.title, ...topics].filter(Boolean).join(' ') }
}

module.exports = { writeLink, readLink, BadLink }
