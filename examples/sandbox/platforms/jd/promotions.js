'use strict'
// Promotions read and steered, fact sheet 12, second generation. Names of the records are those that the public kits
// in three languages read (`promo_name`, `promo_type`, `promo_status`).
const { slice } = require('../../shelf')
const { shanghaiText } = require('../../clock')
const { yuanText } = require('./money')
const { promotionOf, done } = require('./promotion_make')
const { NOT_COMMITTED, INVALID, REFUSED, TO_REVIEW, APPROVED, RUNNING, PAUSED } = require('./promotion_seed')

const SYSTEM = ['ip', 'port', 'request_id'] // asked for beside the filters
const DRAFT_S = 30 * 60 // the help page: what is not finished in half an hour may be lost

/** What both forms of a promotion say alike. */
function commonItem (version) {
  return {
    promo_id: BigInt(version.id),
    begin_time: shanghaiText(version.begin),
    end_time: shanghaiText(version.end),
    favor_mode: version.favorMode,
    bound: version.bound,
    member: version.member,
    slogan: version.slogan,
    comment: version.comment
  }
}

/** A promotion as the truth shows it, with all that it is made of. */
function promotionItem (version) {
  const { name, type, status, modes } = version
  const skus = version.skus.map(({ skuId, priceFen, promoFen }) => [skuId, yuanText(priceFen), yuanText(promoFen)])
  return { ...commonItem(version), name, type, status, skus, modes, created: shanghaiText(version.createTime), modified: shanghaiText(version.updateTime), ...version.set }
}

/** A promotion as the second generation answers it. */
function readItem (version) {
  const { name: promo_name, type: promo_type, status: promo_status } = version
  return { ...commonItem(version), promo_name, promo_type, promo_status, created: version.createTime * 1000, modified: version.updateTime * 1000, ...version.set }
}

function promotionSkuItem (version, { skuId, priceFen, promoFen, num, bindType, seq }) {
  return { promo_id: BigInt(version.id), sku_id: BigInt(skuId), jd_price: yuanText(priceFen), promo_price: yuanText(promoFen), num, bind_type: bindType, seq }
}

/** A step of the second generation: from one of `states` to another. */
function step (states, next) {
  return (shop, params, desk) => {
    params.only('promo_id', ...SYSTEM)
    for (const name of SYSTEM) params.required(name)
    const version = promotionOf(shop, params, 'promo_id')
    if (!states.includes(version.status)) return { answer: { result: { success: false, message: '促销当前状态不支持该操作' } } }
    desk.put(shop.promotions, desk.next(version, { status: next, review: null }))
    return done(version, {}, { result: { success: true } })
  }
}

const suspend = step([RUNNING], PAUSED)
const resume = step([PAUSED], RUNNING)
const remove = step([NOT_COMMITTED, REFUSED, TO_REVIEW, APPROVED, RUNNING, PAUSED], INVALID)
const approve = step([TO_REVIEW], APPROVED)

function select (call, shop, params) {
  for (const name of SYSTEM) params.required(name)
  const type = params.text('type')
  const status = params.text('promo_status')
  const name = params.text('name')
  const id = params.text('promo_id')
  const filter = row => (type === '' || String(row.type) === type) && (status === '' || String(row.status) === status) && row.name.includes(name) && (id === '' || row.id === id)
  const bounds = { createTime: params.window('begin_created', 'end_created') }
  const find = () => shop.promotions.select('createTime', bounds, filter, JSON.stringify([bounds, type, status, name, id]))
  call.moveRows?.(shop, shop.promotions, find)
  return find()
}

const FILTERS = ['type', 'promo_status', 'name', 'promo_id', 'begin_created', 'end_created', ...SYSTEM]

function pageOf (params) {
  return [params.integer('page', { fallback: 1, low: 1 }), params.integer('pageS_size', { fallback: 20, low: 1, high: 20 })]
}

/** The page size is spelt `pageS_size` (1.6, 12). The kits (the official Java one, XiBao) read a bare list without a count. */
function list (call, shop, params) {
  params.only(...FILTERS, 'page', 'pageS_size')
  const [page, size] = pageOf(params)
  const found = select(call, shop, params)
  const rows = slice(found, call.stuck ? 0 : (page - 1) * size, size, false)
  return { promotion_list: rows.map(readItem) }
}

function count (call, shop, params) {
  params.only(...FILTERS)
  const found = select(call, shop, params)
  return { result: { total_count: found.high - found.low } }
}

/** Which type it is has to be said beside the id. */
function typedOf (shop, params) {
  for (const name of ['ip', 'port', 'promo_type']) params.required(name)
  const version = shop.promotions.current(params.id('promo_id'))
  return version && String(version.type) === params.text('promo_type') ? version : undefined
}

function get (call, shop, params) {
  params.only('promo_id', 'promo_type', ...SYSTEM)
  const version = typedOf(shop, params)
  return version ? { jos_promotion: readItem(version) } : {}
}

function skuList (call, shop, params) {
  params.only('promo_id', 'promo_type', 'sku_id', 'ware_id', 'bind_type', 'page', 'pageS_size', ...SYSTEM)
  const [page, size] = pageOf(params)
  const version = typedOf(shop, params)
  const rows = version?.skus.slice((page - 1) * size, page * size) ?? []
  return rows.length > 0 ? { promotion_sku_list: rows.map(row => promotionSkuItem(version, row)) } : {}
}

/** What is approved runs once its time has come, and ends with it; a draft that nobody finishes lapses. */
function stateAt (version, now) {
  if (version.status === APPROVED && version.begin <= now) return RUNNING
  if ([APPROVED, RUNNING, PAUSED].includes(version.status) && version.end < now) return INVALID
  if (version.status === NOT_COMMITTED && now - version.createTime > DRAFT_S) return INVALID
  return version.status
}

module.exports = { suspend, resume, remove, approve, list, count, get, skuList, stateAt, promotionItem }
