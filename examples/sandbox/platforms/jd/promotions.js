'use strict'
// Promotions, fact sheet 12: made step by step with the first generation, read and steered with the second.
const { slice } = require('../../shelf')
const { shanghaiText } = require('../../clock')
const { Refused } = require('./envelope')
const { fenOf } = require('./params')
const { yuanText } = require('./money')
const { findSku } = require('./wares')
const { NOT_COMMITTED, INVALID, REFUSED, TO_REVIEW, APPROVED, RUNNING, PAUSED, TOTAL } = require('./promotion_seed')

const TYPES = [1, 4, 6, 10]
const MAX_NAME = 10
const MAX_DAYS_S = 180 * 86_400
const SYSTEM = ['ip', 'port', 'request_id'] // asked for beside the filters
const PROMO_ID = '#promo_id' // literally so
const CHECK_APPROVES = 4
const CHECK_REFUSES = 1
const PERMILLE = /^\d{1,3}(\.\d)?$/

function promotionItem (version) {
  const item = {
    promo_id: BigInt(version.id),
    name: version.name,
    type: version.type,
    begin_time: shanghaiText(version.begin),
    end_time: shanghaiText(version.end),
    status: version.status,
    favor_mode: version.favorMode,
    bound: version.bound,
    member: version.member,
    slogan: version.slogan,
    comment: version.comment,
    created: shanghaiText(version.createTime),
    modified: shanghaiText(version.updateTime)
  }
  return Object.assign(item, version.set)
}

function promotionSkuItem (version, { skuId, priceFen, promoFen, num, bindType, seq }) {
  return { promo_id: BigInt(version.id), sku_id: BigInt(skuId), jd_price: yuanText(priceFen), promo_price: yuanText(promoFen), num, bind_type: bindType, seq }
}

function done (version, params, answer) {
  return { target: version.id, params, changed: true, answer }
}

function promotionOf (shop, params, name) {
  const version = shop.promotions.current(params.id(name))
  if (!version) throw new Refused('wrongValue', '促销不存在')
  return version
}

function draftOf (shop, params) {
  const version = promotionOf(shop, params, PROMO_ID)
  if (version.status !== NOT_COMMITTED) throw new Refused('wrongValue', '促销已提交，不能修改')
  return version
}

function add (shop, params, desk) {
  params.only('name', 'type', 'begin_time', 'end_time', 'bound', 'member', 'slogan', 'comment', 'favor_mode')
  const name = params.required('name')
  const type = params.integer('type')
  params.required('begin_time')
  params.required('end_time')
  const [begin, end] = params.window('begin_time', 'end_time')
  if (name.length > MAX_NAME) throw new Refused('wrongValue', `name 最多${MAX_NAME}字`)
  if (!TYPES.includes(type)) throw new Refused('wrongValue', 'type 不支持')
  if (end - begin > MAX_DAYS_S) throw new Refused('wrongValue', '促销时间不能超过180天')
  const version = {
    id: String(810_000_000 + shop.number * 100_000 + shop.promotions.size), createTime: desk.now, updateTime: desk.now, status: NOT_COMMITTED, name, type, begin, end,
    bound: params.integer('bound', { fallback: 0 }), member: params.integer('member', { fallback: 50 }), slogan: params.text('slogan'), comment: params.text('comment'),
    favorMode: params.integer('favor_mode', { fallback: 0 }), skus: [], modes: [], set: null
  }
  desk.put(shop.promotions, version)
  return done(version, { name, type }, { promo_id: BigInt(version.id) })
}

function fens (params, name, count) {
  const texts = params.requiredList(name)
  if (texts.length !== count) throw new Refused('wrongValue', `${name} 的个数与 sku_ids 不一致`)
  if (!texts.every(text => /^\d{1,8}(\.\d{1,2})?$/.test(text))) throw new Refused('wrongParameter', `${name} 不是金额`)
  return texts.map(fenOf)
}

function addSkus (shop, params, desk) {
  params.only(PROMO_ID, 'sku_ids', 'jd_prices', 'promo_prices', 'seq', 'num', 'bind_type')
  const version = draftOf(shop, params)
  const ids = params.requiredList('sku_ids')
  const prices = fens(params, 'jd_prices', ids.length)
  const promoPrices = fens(params, 'promo_prices', ids.length)
  const numbers = name => params.list(name)?.map(Number)
  const [seq, num, bindType] = ['seq', 'num', 'bind_type'].map(numbers)
  const unknown = ids.find(id => !findSku(shop, id))
  if (unknown !== undefined) throw new Refused('wrongValue', `SKU ${unknown} 不存在`)
  const added = ids.map((skuId, place) => ({ skuId, priceFen: prices[place], promoFen: promoPrices[place], num: num?.[place] ?? 1, bindType: bindType?.[place] ?? 1, seq: seq?.[place] ?? place + 1 }))
  desk.put(shop.promotions, desk.next(version, { skus: [...version.skus, ...added] }))
  return done(version, { skuIds: ids }, { ids: added.map((_, place) => version.skus.length + place + 1) })
}

function addOrderMode (shop, params, desk) {
  params.only(PROMO_ID, '#favor_mode', 'quota', 'rate', 'plus', 'minus', '#link')
  const version = draftOf(shop, params)
  if (version.type !== TOTAL) throw new Refused('wrongValue', '只有总价促销可以设置订单规则')
  const mode = Object.fromEntries(['#favor_mode', 'quota', 'rate', 'plus', 'minus', '#link'].map(name => [name.replace('#', ''), params.text(name)]))
  if (mode.rate !== '' && !PERMILLE.test(mode.rate)) throw new Refused('wrongValue', 'rate 不正确')
  desk.put(shop.promotions, desk.next(version, { modes: [...version.modes, mode] }))
  return done(version, mode, { id: version.modes.length + 1 })
}

/** What the platform's review makes of a promotion; a `ban` refuses it like a `reject`. */
function endOf (version, outcome, reason, second) {
  if (outcome !== 'approve') return { status: REFUSED, comment: reason ?? '促销价高于历史低价' }
  return { status: version.begin <= second ? RUNNING : APPROVED }
}

function commit (shop, params, desk) {
  params.only('promo_id')
  const version = promotionOf(shop, params, 'promo_id')
  if (version.status !== NOT_COMMITTED) throw new Refused('wrongValue', '促销已提交')
  if (version.skus.length === 0 && version.type !== TOTAL) throw new Refused('wrongValue', '促销没有商品')
  const review = desk.reviews.begin(shop, shop.promotions, version.id, desk.nowMs, endOf)
  desk.put(shop.promotions, desk.next(version, { status: TO_REVIEW, review }))
  return done(version, {}, { success: true })
}

/** The merchant's own check: 1 refuses, 4 approves. */
function check (shop, params, desk) {
  params.only('promo_id', 'status')
  const wish = params.integer('status')
  const version = promotionOf(shop, params, 'promo_id')
  if (wish !== CHECK_REFUSES && wish !== CHECK_APPROVES) throw new Refused('wrongValue', 'status 只支持 1 和 4')
  if (version.status !== TO_REVIEW) throw new Refused('wrongValue', '促销不在待审核状态')
  const end = wish === CHECK_APPROVES ? endOf(version, 'approve', null, desk.now) : { status: REFUSED }
  desk.put(shop.promotions, desk.next(version, { ...end, review: null }))
  return done(version, { status: wish }, { success: true })
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
  const filter = row => (type === '' || String(row.type) === type) && (status === '' || String(row.status) === status) && row.name.includes(name)
  const bounds = { createTime: params.window('begin_created', 'end_created') }
  const find = () => shop.promotions.select('createTime', bounds, filter, JSON.stringify([bounds, type, status, name]))
  call.moveRows?.(shop, shop.promotions, find)
  return find()
}

const FILTERS = ['type', 'promo_status', 'name', 'begin_created', 'end_created', ...SYSTEM]

/** The page size is spelt `pageS_size` (1.6, 12). The kits (the official Java one, XiBao) read a bare list without a count. */
function list (call, shop, params) {
  params.only(...FILTERS, 'page', 'pageS_size')
  const page = params.integer('page', { fallback: 1, low: 1 })
  const size = params.integer('pageS_size', { fallback: 20, low: 1, high: 20 })
  const found = select(call, shop, params)
  const rows = slice(found, call.stuck ? 0 : (page - 1) * size, size, false)
  return { promotion_list: rows.map(promotionItem) }
}

function count (call, shop, params) {
  params.only(...FILTERS)
  const found = select(call, shop, params)
  return { result: { total_count: found.high - found.low } }
}

function get (call, shop, params) {
  params.only('promo_id', ...SYSTEM)
  const version = shop.promotions.current(params.id('promo_id'))
  return { result: version ? { promotion: promotionItem(version) } : {} }
}

function skuList (call, shop, params) {
  params.only('promo_id', 'page', 'pageS_size', ...SYSTEM)
  const page = params.integer('page', { fallback: 1, low: 1 })
  const size = params.integer('pageS_size', { fallback: 20, low: 1, high: 20 })
  const version = promotionOf(shop, params, 'promo_id')
  const rows = version.skus.slice((page - 1) * size, page * size)
  return { result: { total_count: version.skus.length, sku_list: rows.map(row => promotionSkuItem(version, row)) } }
}

/** What is approved runs once its time has come, and ends with it. */
function stateAt (version, now) {
  if (version.status === APPROVED && version.begin <= now) return RUNNING
  if ([APPROVED, RUNNING, PAUSED].includes(version.status) && version.end < now) return INVALID
  return version.status
}

module.exports = { add, addSkus, addOrderMode, commit, check, suspend, resume, remove, approve, list, count, get, skuList, stateAt, promotionItem }
