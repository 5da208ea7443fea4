'use strict'
// Publishing products, fact sheet 2.10: product.addV2 and product.editV2, and what became of the reviews. The same product
// sent twice is two products, whatever their outer_product_id.
const { deriveSeed } = require('../../random')
const { shanghaiText } = require('../../clock')
const { acceptValue } = require('./envelope')
const { Refused } = require('./params')
const { readProduct } = require('./publish_read')
const { lookOf } = require('./publish_skus')
const { productId, newSku } = require('./product_seed')
const { skuItem, specDetailIds } = require('./product_wire')
const { productOf, nextVersion } = require('./writes')

const FIRST_PUBLISHED_INDEX = 5_000_000 // far from the seeded ones
const DELETED = 2
const BANNED = 5
const APPROVED = 3
const IN_REVIEW = 2
const SAVED = 1
const PUBLISH_STATUSES = [0, 1, 2]
const MAX_PAGE = 99
const MAX_PAGE_SIZE = 100

/** SKUs with ids: a known one keeps its own, found by the id or by its specifications. */
function withIds (id, wishes, known) {
  let position = known.reduce((last, sku) => Math.max(last, sku.position + 1), 0)
  return wishes.map(({ wishedId, ...wish }) => {
    const mine = known.find(sku => (wishedId ? sku.id === wishedId : lookOf(sku) === lookOf(wish)))
    if (wishedId && !mine) throw new Refused('notFound', `商品规格 ${wishedId} 不存在`)
    const sku = mine ?? newSku(id, position++, wish.colour, wish.size, wish.price, wish.stock)
    return { ...sku, ...wish, outId: wish.outId || sku.outId }
  })
}

function createdAnswer (version) {
  return {
    product_id: BigInt(version.id), out_product_id: version.content.outId, outer_product_id: version.content.outerId, create_time: shanghaiText(version.createTime),
    sku: version.skus.map(sku => {
      const item = skuItem(version, sku)
      const { id, out_sku_id: outId, outer_sku_id: outerId, code, spec_detail_id1: first, spec_detail_id2: second, spec_detail_id3: third } = item
      return { sku_id: id, out_sku_id: outId, outer_sku_id: outerId, code, spec_detail_id1: first, spec_detail_id2: second, spec_detail_id3: third, spec_detail_ids: specDetailIds(item) }
    })
  }
}

/** New and not yet approved: no list shows it unless it is asked for by check_status. */
function addV2 (shop, params, desk) {
  const { commit, facts: { name, leaf, wishes }, content } = readProduct(shop, params, desk.nowMs)
  const index = FIRST_PUBLISHED_INDEX + shop.products.size
  const id = productId(shop, index)
  const version = {
    id, index, leaf, name, content, createTime: desk.now, updateTime: desk.now, skus: withIds(id, wishes, []), look: deriveSeed(shop.seed, 'published', index),
    draft: null, hidden: true, set: null, skuSet: null, ...startOf(shop, { id, name, content, live: false }, commit, desk)
  }
  shop.hasHidden = true
  desk.put(shop.products, version)
  return { target: id, params: { outerId: content.outerId, commit }, changed: true, answer: createdAnswer(version) }
}

/** The states a version has once it is sent: under review, or only saved. */
function startOf (shop, { id, name, content, live }, commit, desk) {
  if (!commit) return live ? { draftStatus: SAVED } : { status: 0, checkStatus: 1, draftStatus: SAVED }
  const about = { id, title: name, image: content.pics[0] }
  return desk.reviews.begin(shop, about, desk.nowMs, { live, toWarehouse: !live && content.startSale === 1 })
}

/** What is on sale stays as it is until its new version is approved; anything else is changed at once. */
function editV2 (shop, params, desk) {
  const { commit, facts: { name, leaf, wishes }, content } = readProduct(shop, params, desk.nowMs, 'product_id')
  const version = productOf(shop, params)
  const { id, status, checkStatus, draftStatus } = version
  if (status === DELETED || checkStatus === BANNED) throw new Refused('productState', '商品已删除或被封禁，不能编辑')
  if (draftStatus === IN_REVIEW) throw new Refused('productState', '商品审核中，不能编辑')
  const live = status === 0 && checkStatus === APPROVED
  const facts = { name, leaf, skus: withIds(id, wishes, version.skus) }
  const start = startOf(shop, { id, name, content, live }, commit, desk)
  const changes = live ? { draft: { facts, content } } : { ...facts, content, draft: null }
  desk.put(shop.products, nextVersion(version, { ...changes, ...start }, desk.now))
  return { target: id, params: { outerId: content.outerId, commit }, changed: true, answer: {} }
}

function recordRow ({ id, title, image, startedAt, at, state, reasons }) {
  return {
    product_id: BigInt(id), title, img_url: image, publish_status: state, publish_time: Math.floor(startedAt / 1000),
    audit_time: state === 0 ? 0 : Math.floor(at / 1000), audit_reason: reasons
  }
}

/** product.auditList: every review there was, newest first. Pages count from 0. */
function auditList (call, shop, params, { reviews }) {
  params.only('publish_status', 'page', 'size', 'product_id')
  const status = params.integer('publish_status')
  if (!PUBLISH_STATUSES.includes(status)) throw new Refused('parameterInvalid', 'publish_status 只支持 0、1、2')
  const page = params.integer('page', undefined, 0, MAX_PAGE)
  const size = params.integer('size', undefined, 1, MAX_PAGE_SIZE)
  const id = params.integerText('product_id')
  const found = reviews.of(shop).filter(one => one.state === status && (id === undefined || one.id === id))
  const start = call.stuck ? 0 : page * size
  return acceptValue({ records: found.slice(start, start + size).map(recordRow), total: found.length })
}

module.exports = { addV2, editV2, auditList }
