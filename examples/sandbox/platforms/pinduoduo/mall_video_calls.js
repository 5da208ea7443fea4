'use strict'
// The calls of pdd.live.*, fact sheet 13. Files come to the upload gateway, the video itself is made on the other one.
const { accept } = require('./envelope')
const { Refused, integerText, memberId, memberText } = require('./params')
const { liveGoods } = require('./goods')

const MAX_PART_BYTES = 20 * 1024 * 1024
const SUCCESS = 1_000_000 // as it was seen: the code of a success is not 0
const TYPES = ['video/mp4', 'video/webm', 'video/quicktime']

function init (shop, params, { videos }) {
  params.only('content_type')
  const type = params.required('content_type')
  if (!TYPES.includes(type)) throw new Refused('businessParameter', `不支持的 content_type ${type}`)
  const sign = videos.begin(shop, type)
  return { target: sign, params: { type }, changed: true, answer: accept({ upload_sign: sign }) }
}

function part (shop, params, { videos, files }) {
  params.only('upload_sign', 'part_num')
  const sign = params.required('upload_sign')
  const number = params.integer('part_num', undefined, 1, 10_000)
  const file = files.get('part_file')
  if (!file || files.size !== 1) throw new Refused('parameterMissing', '缺少文件 part_file')
  if (file.reader.size > MAX_PART_BYTES) throw new Refused('businessParameter', '分片不能超过 20MB')
  const { size: bytes, sha256, head } = file.reader
  videos.running(shop, sign).parts.set(number, { number, bytes, sha256, head })
  return { target: sign, params: { number, bytes, sha256 }, changed: true, answer: accept({ success: true }) }
}

function complete (shop, params, { videos }) {
  params.only('upload_sign')
  const { vid, bytes } = videos.complete(shop, params.required('upload_sign'))
  return { target: vid, params: { bytes }, changed: true, answer: accept({ vid }) }
}

/** Not in the sheet but for its name: the parts that have come. */
function check (call, shop, params, { videos }) {
  params.only('upload_sign')
  const { parts } = videos.running(shop, params.required('upload_sign'))
  return accept({ part_num_list: [...parts.keys()].sort((a, b) => a - b) })
}

function requestOf (params, ...names) {
  params.only('request')
  const request = params.object('request')
  for (const name of request.keys()) {
    if (!names.includes(name)) throw new Refused('businessParameter', `沙箱不支持参数 ${name}`)
  }
  return request
}

function needed (request, name) {
  const text = memberText(request, name)
  if (text === '') throw new Refused('parameterMissing', `缺少参数 ${name}`)
  return text
}

function contentOf (request, shop) {
  const cover = needed(request, 'cover')
  if (!shop.images.has(cover)) throw new Refused('businessParameter', 'cover 不是上传的图片')
  const synced = request.get('sync_explanation_video') ?? false
  if (typeof synced !== 'boolean') throw new Refused('businessParameter', 'sync_explanation_video 不是布尔值')
  return { cover, desc: needed(request, 'desc'), goodsId: memberId(request, 'goods_id'), synced }
}

/** The vid is used up by the attempt, also by one that is refused. */
function create (shop, params, { videos, nowMs }) {
  const request = requestOf(params, 'cover', 'desc', 'goods_id', 'vid', 'sync_explanation_video')
  const file = videos.use(shop, needed(request, 'vid'))
  const content = contentOf(request, shop)
  liveGoods(shop, content.goodsId)
  const video = videos.publish(shop, { ...content, vid: file.vid, bytes: file.bytes, parts: file.parts }, nowMs)
  const same = videos.of(shop).filter(one => one.desc === video.desc && one.goodsId === video.goodsId && one.bytes === video.bytes).length
  return {
    target: video.id, params: { vid: file.vid, desc: video.desc, goodsId: video.goodsId, count: same }, changed: true,
    answer: accept({ success: true, result: { video_id: Number(video.id) }, error_code: SUCCESS })
  }
}

function auditStatus (call, shop, params, { videos }) {
  const request = requestOf(params, 'video_id')
  const video = videos.of(shop).find(one => one.id === integerText(request.get('video_id'), 'video_id'))
  if (!video) throw new Refused('notFound', '视频不存在')
  const { id, status, reason } = video
  return accept({ success: true, result: { video_id: Number(id), audit_status: status, reject_reason: reason }, error_code: SUCCESS })
}

module.exports = { init, part, complete, check, create, auditStatus }
