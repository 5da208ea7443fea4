'use strict'
// The picture zone, fact sheet 9.5: bytes as Base64 in the business JSON, `return_code` 1 for success.
const { Refused } = require('./envelope')
const { deriveSeed } = require('../../random')

const MAX_BYTES = 1024 * 1024
const MAX_NAME_BYTES = 64
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
const MAGIC = [['png', '89504e47'], ['jpg', 'ffd8ff'], ['gif', '47494638'], ['bmp', '424d']]

function formatOf (bytes) {
  const head = bytes.subarray(0, 4).toString('hex')
  return MAGIC.find(([, magic]) => head.startsWith(magic))?.[0]
}

function refused (desc) {
  return { answer: { return_code: 0, desc } }
}

function upload (shop, params, desk) {
  params.only('image_data', 'picture_cate_id', 'picture_name')
  const text = params.required('image_data')
  if (!BASE64.test(text)) throw new Refused('wrongParameter', 'image_data 不是 Base64')
  const name = params.text('picture_name')
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return refused('图片名称不能超过64字节')
  const bytes = Buffer.from(text, 'base64')
  const format = formatOf(bytes)
  if (!format) return refused('图片格式不支持')
  if (bytes.length > MAX_BYTES) return refused('图片不能超过1M')
  const number = shop.pictures.length + 1
  const id = String(deriveSeed(shop.seed, 'picture', number))
  const url = `jfs/t1/${number}/${bytes.length}/${deriveSeed(text).toString(16)}/${id}.${format}`
  const picture = { id, url, name: name || `${id}.${format}`, cate: params.text('picture_cate_id') || '0', size: bytes.length, format, at: desk.now }
  shop.pictures.push(picture)
  return { target: id, params: { pictureName: picture.name, size: picture.size }, changed: true, answer: { return_code: 1, desc: '成功', picture_id: id, picture_url: url } }
}

/** A member of `imgList`; the sheet gives its units, the names follow the upload's. */
function pictureItem ({ id, url, name, cate, size, at }) {
  return { picture_id: id, picture_cate_id: cate, picture_name: name, picture_url: url, picture_size: size, picture_width: 800, picture_height: 800, created: at * 1000, modified: at * 1000 }
}

function query (call, shop, params) {
  params.only('picture_id', 'picture_cate_id', 'picture_name', 'start_date', 'end_Date', 'page_num', 'page_size')
  const page = params.integer('page_num', { fallback: 1, low: 1 })
  const size = params.integer('page_size', { fallback: 20, low: 1, high: 100 })
  const [from = -Infinity, to = Infinity] = params.window('start_date', 'end_Date') ?? []
  const [id, cate, name] = ['picture_id', 'picture_cate_id', 'picture_name'].map(one => params.text(one))
  const found = shop.pictures.filter(one => one.at >= from && one.at <= to && (id === '' || one.id === id) && (cate === '' || one.cate === cate) && one.name.includes(name))
  const start = call.stuck ? 0 : (page - 1) * size
  return { return_code: 1, desc: '成功', total_num: found.length, imgList: found.slice(start, start + size).map(pictureItem) }
}

module.exports = { upload, query }
