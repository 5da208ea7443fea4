'use strict'
// Uploading pictures, fact sheet 13: as a file on the upload gateway or as base64 on the other one.
const crypto = require('node:crypto')
const { kindOf } = require('../../media')
const { accept } = require('./envelope')
const { Refused } = require('./params')
const { IMAGE_HOST } = require('./goods_wire')

const MAX_BYTES = 1024 * 1024
const KEPT_BYTES = MAX_BYTES + 1 // of a file: enough to see that it is too large
const DATA_URI = /^data:image\/(?:jpeg|jpg|png);base64,/ // sources disagree whether it is needed (20): both are taken

function formatOf (bytes) {
  const kind = kindOf(bytes)
  if (kind !== 'jpeg' && kind !== 'png') throw new Refused('businessParameter', '图片格式只支持 JPG、JPEG、PNG')
  return kind
}

/** The address depends on the bytes alone, so a second upload is the same picture. */
function keep (shop, bytes) {
  if (bytes.length > MAX_BYTES) throw new Refused('businessParameter', '图片不能超过 1MB')
  const url = `https://${IMAGE_HOST}/open-gw/${crypto.createHash('md5').update(bytes).digest('hex')}.${formatOf(bytes)}`
  const changed = !shop.images.has(url)
  shop.images.add(url)
  return { url, entry: { target: url, params: { bytes: bytes.length }, changed } }
}

function base64 (shop, params) {
  params.only('image')
  const text = params.required('image').replace(DATA_URI, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw new Refused('businessParameter', 'image 不是 base64')
  const { url, entry } = keep(shop, Buffer.from(text, 'base64'))
  return { ...entry, answer: accept({ image_url: url }) }
}

/** pdd.goods.img.upload, and pdd.goods.filespace.image.upload with an id for the library. */
function fileUpload (answer) {
  return (shop, params, { files }) => {
    params.only()
    const file = files.get('file')
    if (!file || files.size !== 1) throw new Refused('parameterMissing', '缺少文件 file')
    const { url, entry } = keep(shop, file.reader.head)
    return { ...entry, answer: accept(answer(url, shop)) }
  }
}

const file = fileUpload(url => ({ url }))
const library = fileUpload((url, shop) => ({ file_id: 1_000_000 + [...shop.images].indexOf(url), url }))

module.exports = { base64, file, library, KEPT_BYTES }
