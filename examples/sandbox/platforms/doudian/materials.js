'use strict'
// The material centre, fact sheet 2.10: pictures are given by their address and reviewed; only then they have an address
// that products may use. Shapes: the official Go SDK. `materil_name` is spelt as the platform spells it.
const crypto = require('node:crypto')
const { shanghaiText } = require('../../clock')
const { acceptValue } = require('./envelope')
const { Refused } = require('./params')

const HOST = 'p9-aio.example.invalid'
const MAX_NAME = 50
const WAITING = 1
const REVIEWING = 2
const PASSED = 3
const REJECTED = 4
const ROOT_FOLDER = '0'
const PICTURE_SIDE = 800

/** Half of the time it waits, half of it is looked at. */
function auditStatus ({ startedAt, at, outcome }, nowMs) {
  if (nowMs >= at) return outcome === 'approve' ? PASSED : REJECTED
  return nowMs - startedAt < (at - startedAt) / 2 ? WAITING : REVIEWING
}

function byteUrl (material, nowMs) {
  return auditStatus(material, nowMs) === PASSED ? material.url : ''
}

function readUpload (params) {
  params.only('folder_id', 'url', 'material_name', 'need_distinct')
  for (const name of ['folder_id', 'url', 'material_name']) {
    if (params.text(name) === '') throw new Refused('parameterMissing', `缺少参数 ${name}`)
  }
  if (params.text('folder_id') !== ROOT_FOLDER) throw new Refused('parameterInvalid', '文件夹不存在')
  if ([...params.text('material_name')].length > MAX_NAME) throw new Refused('parameterInvalid', `material_name 最多 ${MAX_NAME} 个字符`)
  if (!/^https?:\/\/[^/\s]+\/\S+$/.test(params.text('url'))) throw new Refused('parameterInvalid', 'url 不是公网可访问的地址')
  return { source: params.text('url'), name: params.text('material_name'), distinct: params.flag('need_distinct') }
}

/** An id of 19 digits. Nothing is fetched: the same address is the same picture. */
function newMaterial (shop, { source, name }, { reviews, nowMs }) {
  const number = String(shop.materials.size + 1).padStart(6, '0')
  const look = crypto.createHash('md5').update(`${source}|${number}`).digest('hex')
  return {
    id: `71${shop.id.padStart(11, '0')}${number}`, source, name, url: `https://${HOST}/ecom-shop-material/jpeg_m_${look}_www800-800`,
    startedAt: nowMs, at: nowMs + reviews.materialMs, outcome: reviews.materialOutcome
  }
}

function uploadImageSync (shop, params, desk) {
  const wish = readUpload(params)
  const known = [...shop.materials.values()].find(one => wish.distinct && one.source === wish.source && auditStatus(one, desk.nowMs) === PASSED)
  const material = known ?? newMaterial(shop, wish, desk)
  shop.materials.set(material.id, material)
  const answer = { material_id: material.id, folder_id: ROOT_FOLDER, is_new: !known, audit_status: auditStatus(material, desk.nowMs), byte_url: byteUrl(material, desk.nowMs) }
  return { target: material.id, params: { url: wish.source, name: wish.name }, changed: !known, answer }
}

function queryMaterialDetail (call, shop, params) {
  params.only('material_id')
  const id = params.text('material_id')
  if (id === '') throw new Refused('parameterMissing', '缺少参数 material_id')
  const material = shop.materials.get(id)
  if (!material) throw new Refused('notFound', '素材不存在')
  const status = auditStatus(material, call.now)
  const text = ms => shanghaiText(Math.floor(ms / 1000))
  return acceptValue({
    material_info: {
      material_id: id, folder_id: ROOT_FOLDER, origin_url: material.source, byte_url: byteUrl(material, call.now), materil_name: material.name,
      material_type: 'photo', operate_status: status === WAITING ? 0 : 1, audit_status: status, audit_reject_desc: status === REJECTED ? '图片含有违禁内容' : '',
      size: 204800, photo_info: { height: PICTURE_SIDE, width: PICTURE_SIDE, format: 'jpeg' }, video_info: null,
      create_time: text(material.startedAt), update_time: text(Math.min(call.now, material.at)), delete_time: ''
    }
  })
}

/** False for an address of this platform that is no passed picture of this shop; others need only be reachable. */
function isUsable (shop, url, nowMs) {
  if (!/^https?:\/\/[^/\s]+\/\S+$/.test(url)) return false
  if (new URL(url).host !== HOST) return true
  return [...shop.materials.values()].some(one => byteUrl(one, nowMs) === url)
}

module.exports = { uploadImageSync, queryMaterialDetail, isUsable }
