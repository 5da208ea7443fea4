'use strict'
// Pictures, fact sheet 5.4: files come as multipart parts and take no part in the signature.
const { createHash } = require('node:crypto')
const { shanghaiText } = require('../../clock')
const { Refused } = require('./params')
const { requireItem } = require('./items')
const { next } = require('./item_writes')

const MAX_BYTES = 3 * 1024 * 1024
const MAX_TITLE = 50
const MAX_PROP_IMAGES = 24
const KINDS = [['png', '89504e47'], ['jpg', 'ffd8ff'], ['gif', '47494638']]

/** The file of that name and its kind, which its first bytes tell. */
function fileOf (params, name, kinds) {
  const file = params.files.get(name)
  if (!file) throw new Refused('parameterMissing', name, `缺少文件 ${name}`)
  const kind = KINDS.find(([, magic]) => file.bytes.toString('hex', 0, 8).startsWith(magic))?.[0]
  if (!kinds.includes(kind) || file.bytes.length > MAX_BYTES) throw new Refused('uploadFail')
  return { ...file, kind }
}

/** PNG tells its size; of the others it is not read. */
function pixels ({ kind, bytes }) {
  return kind === 'png' && bytes.length >= 24 ? `${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}` : '800x800'
}

/** Cut at 50 characters; a title that is there already gets a number. */
function freeTitle (shop, wanted) {
  const title = [...wanted].slice(0, MAX_TITLE).join('')
  const same = shop.pictures.filter(one => one.title === title || one.title.startsWith(`${title}(`)).length
  return same === 0 ? title : `${title}(${same})`
}

function upload (shop, params, desk) {
  params.only('img', 'image_input_title', 'title', 'picture_category_id', 'client_type', 'is_https')
  const name = params.required('image_input_title')
  if (!/\.(png|jpe?g|gif)$/i.test(name)) throw new Refused('parameterInvalid', 'image_input_title', 'image_input_title 应带后缀')
  params.oneOf('client_type', ['client:computer', 'client:phone'])
  const file = fileOf(params, 'img', ['png', 'jpg', 'gif'])
  const time = shanghaiText(desk.now)
  const picture = {
    picture_id: 10_000_000_000 + shop.number * 1_000_000 + shop.pictures.length, picture_category_id: params.integer('picture_category_id', 0, 0),
    picture_path: `https://img.example.invalid/imgextra/i1/${shop.id}/O1CN${shop.pictures.length}.${file.kind}`, title: freeTitle(shop, params.text('title', name.replace(/\.\w+$/, ''))),
    sizes: file.bytes.length, pixel: pixels(file), status: 'unfroze', md5: createHash('md5').update(file.bytes).digest('hex'),
    deleted: 'unfroze', referenced: false, created: time, modified: time
  }
  shop.pictures.push(picture)
  return { tree: { picture }, target: String(picture.picture_id), params: { title: picture.title, md5: picture.md5 }, changed: true }
}

function pictureGet (call, shop, params) {
  params.only('picture_id', 'title', 'picture_category_id', 'page_no', 'page_size')
  const size = params.integer('page_size', 40, 1, 100)
  const page = params.integer('page_no', 1, 1)
  const id = params.optionalId('picture_id')
  const category = params.optionalId('picture_category_id')
  const found = shop.pictures.filter(one => !one.gone && (id === undefined || String(one.picture_id) === id) && (category === undefined || String(one.picture_category_id) === category) && (!params.has('title') || one.title.includes(params.text('title'))))
  const start = call.stuck ? 0 : (page - 1) * size
  return { pictures: found.slice(start, start + size).map(({ gone: _gone, ...picture }) => picture), total_results: found.length }
}

function pictureDelete (shop, params) {
  params.only('picture_ids')
  params.required('picture_ids')
  const ids = params.list('picture_ids', 100)
  const gone = shop.pictures.filter(one => ids.includes(String(one.picture_id)) && !one.gone)
  for (const picture of gone) picture.gone = true
  return { tree: { success: 'true' }, target: ids.join(), params: {}, changed: gone.length > 0 }
}

/** Adds a picture to an item; its place among them is the sandbox's business. */
function withPicture (shop, desk, version, url, key) {
  const changed = next(version, { pictures: [...version.pictures, url] }, desk.now)
  desk.put(shop.items, changed)
  return { tree: { [key]: { id: BigInt(version.id) * 10n + BigInt(changed.pictures.length), url, created: shanghaiText(desk.now) } }, target: version.id, params: { url }, changed: true }
}

function itemImage (shop, params, desk) {
  params.only('num_iid', 'image', 'position', 'is_major', 'id', 'is_rectangle')
  const version = requireItem(shop, params.id('num_iid'))
  const { kind } = fileOf(params, 'image', ['png', 'jpg'])
  return withPicture(shop, desk, version, `https://img.example.invalid/${version.id}_${version.pictures.length}.${kind}`, 'item_img')
}

function propImage (shop, params, desk) {
  params.only('num_iid', 'properties', 'image', 'position', 'id')
  const version = requireItem(shop, params.id('num_iid'))
  if (!/^\d+:\d+$/.test(params.required('properties'))) throw new Refused('parameterInvalid', 'properties')
  if (version.pictures.length >= MAX_PROP_IMAGES) throw new Refused('uploadFail')
  const { kind } = fileOf(params, 'image', ['png', 'jpg'])
  return withPicture(shop, desk, version, `https://img.example.invalid/${version.id}_p${version.pictures.length}.${kind}`, 'prop_img')
}

/** A picture of the picture space, no file needed. */
function jointImage (shop, params, desk) {
  params.only('num_iid', 'pic_path', 'position', 'is_major', 'id')
  const version = requireItem(shop, params.id('num_iid'))
  const path = params.required('pic_path')
  if (!shop.pictures.some(one => one.picture_path === path && !one.gone)) throw new Refused('parameterInvalid', 'pic_path', '图片不在图片空间中')
  return withPicture(shop, desk, version, path, 'item_img')
}

module.exports = { upload, pictureGet, pictureDelete, itemImage, propImage, jointImage }
