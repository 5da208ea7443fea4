'use strict'
// Changing wares that exist: shelf, title, price, times, pictures (fact sheet 9.2). A handler checks, stores through
// `desk.put` and answers `{ target, params, changed, answer }`; a refusal is thrown before anything is stored.
const { Refused } = require('./envelope')
const { findSku } = require('./wares')
const { MAIN_COLOUR } = require('./ware_seed')
const { audited } = require('./ware_audit')
const { DELETED, NEVER_LISTED, DOWN, BANNED, ON_SALE, baseOf, isWaiting, isRefused } = require('./ware_state')

const MAX_TITLE_ON_UPDATE = 45
const UP = 1
const RECOVERABLE_S = 45 * 86_400

function wareOf (shop, params) {
  const version = shop.wares.current(params.id('wareId'))
  if (!version) throw new Refused('wrongValue', '商品不存在')
  return version
}

/** A ware that can be changed: not deleted, not taken down by the platform. */
function openWareOf (shop, params) {
  const version = wareOf(shop, params)
  if (version.status === DELETED || baseOf(version.status) === BANNED) throw new Refused('wrongValue', '商品已删除或被平台下架')
  return version
}

function done (version, params = {}, changed = true) {
  return { target: version.id, params, changed, answer: { success: true } }
}

function refusedAnswer (words) {
  return { answer: { success: false, message: words } }
}

/** Up and down are final at once, without an audit; only what an audit refused or holds back cannot go up. */
function upOrDown (shop, params, desk) {
  params.only('wareId', 'opType', 'note')
  const up = params.integer('opType', { low: 1, high: 2 }) === UP
  const version = wareOf(shop, params)
  const base = baseOf(version.status)
  if (base === DELETED || base === BANNED) return refusedAnswer('商品已删除或被平台下架，不能上下架')
  if (up && base === NEVER_LISTED && (isWaiting(version.status) || isRefused(version.status))) return refusedAnswer('商品未通过审核，不能上架')
  if (!up && base === NEVER_LISTED) return refusedAnswer('商品从未上架')
  const wanted = up ? ON_SALE : DOWN
  if (base === wanted) return done(version, { opType: up ? 1 : 2 }, false)
  const times = up ? { onlineTime: desk.now } : { offlineTime: desk.now }
  desk.put(shop.wares, desk.next(version, { status: version.status - base + wanted, ...times }))
  return done(version, { opType: up ? 1 : 2 })
}

function updateWareTitle (shop, params, desk) {
  params.only('wareId', 'title')
  const title = params.required('title')
  if (title.length > MAX_TITLE_ON_UPDATE) throw new Refused('wrongValue', `title 最多${MAX_TITLE_ON_UPDATE}字`)
  const version = openWareOf(shop, params)
  desk.put(shop.wares, desk.next(version, { title, ...audited(shop, version, desk) }))
  return done(version, { title })
}

function deleteWare (shop, params, desk) {
  params.only('wareId')
  const version = wareOf(shop, params)
  if (version.status === DELETED) return done(version, {}, false)
  if (baseOf(version.status) === ON_SALE) return refusedAnswer('在售商品不能删除，请先下架')
  desk.put(shop.wares, desk.next(version, { status: DELETED, deletedAt: desk.now, review: null }))
  return done(version)
}

function recoverWare (shop, params, desk) {
  params.only('wareId')
  const version = wareOf(shop, params)
  if (version.status !== DELETED) return done(version, {}, false)
  if (desk.now - (version.deletedAt ?? version.updateTime) > RECOVERABLE_S) return refusedAnswer('商品删除超过45天，不能恢复')
  desk.put(shop.wares, desk.next(version, { status: DOWN }))
  return done(version)
}

/** Changes one SKU; its ware's modified time moves with it. */
function changeSku (shop, { version, sku }, changes, desk) {
  const skus = version.skus.map(one => (one.id === sku.id ? { ...one, ...changes, updateTime: desk.now } : one))
  desk.put(shop.wares, desk.next(version, { skus }))
}

function requireSku (shop, params) {
  const found = findSku(shop, params.id('skuId'))
  if (!found) throw new Refused('wrongValue', 'SKU不存在')
  if (found.version.status === DELETED) throw new Refused('wrongValue', '商品已删除')
  return found
}

function updateSkuJdPrice (shop, params, desk) {
  params.only('skuId', 'jdPrice')
  const price = params.yuan('jdPrice')
  if (price < 1) throw new Refused('wrongValue', 'jdPrice 应大于0')
  const found = requireSku(shop, params)
  changeSku(shop, found, { price }, desk)
  return { target: found.sku.id, params: { wareId: found.version.id, jdPrice: params.text('jdPrice') }, changed: true, answer: { success: true } }
}

/** updateWareMarketPrice and updateWareCostPrice: the price's name is read as `marketPrice` and `costPrice`. */
function warePrice (name) {
  return (shop, params, desk) => {
    params.only('wareId', name)
    const price = params.yuan(name)
    const version = openWareOf(shop, params)
    desk.put(shop.wares, desk.next(version, { [name]: price }))
    return done(version, { [name]: params.text(name) })
  }
}

/** Comma lists of equal length. */
function updateImages (shop, params, desk) {
  params.only('wareId', 'colorId', 'imgIndex', 'imgUrl', 'imgZoneId')
  const [colours, indexes, urls] = ['colorId', 'imgIndex', 'imgUrl'].map(name => params.requiredList(name))
  if (colours.length !== indexes.length || colours.length !== urls.length) throw new Refused('wrongValue', 'colorId、imgIndex、imgUrl 的个数不一致')
  const images = urls.map((imgUrl, place) => ({ colorId: colours[place], imgIndex: Number(indexes[place]), imgUrl }))
  if (!images.some(one => one.colorId === MAIN_COLOUR && one.imgIndex === 1)) throw new Refused('wrongValue', '缺少主图')
  const version = openWareOf(shop, params)
  desk.put(shop.wares, desk.next(version, { images, ...audited(shop, version, desk) }))
  return done(version, { images: images.length })
}

module.exports = { upOrDown, updateWareTitle, deleteWare, recoverWare, updateSkuJdPrice, warePrice, updateImages, changeSku, openWareOf, done }
