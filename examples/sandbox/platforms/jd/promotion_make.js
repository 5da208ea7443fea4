'use strict'
// Making promotions, fact sheet 12, first generation: put together step by step, and nothing of it counts before the
// commit. Every `add` that passes makes a new draft: nothing here finds repeats. Limits beyond the sheet are those of
// the platform's own field comments in public kits, and of its help page on the promotion service.
const { Refused } = require('./envelope')
const { fenOf } = require('./params')
const { findSku } = require('./wares')
const { NOT_COMMITTED, REFUSED, TO_REVIEW, APPROVED, RUNNING, SINGLE, TOTAL } = require('./promotion_seed')

const TYPES = [1, 4, 6, 10]
const MAX_NAME = 10
const MAX_SLOGAN = 50
const MAX_COMMENT_BYTES = 200
const MAX_DAYS_S = 180 * 86_400
const MAX_SKUS_A_CALL = 100
const MAX_SKUS = 1000
const SOME_SKUS = 1
const ALL_BUT_SOME = 3
const PROMO_ID = '#promo_id' // literally so
const MODE = '#favor_mode'
const CHECK_APPROVES = 4
const CHECK_REFUSES = 1
const WHOLE = /^[1-9]\d{0,8}$/
const TENTHS = /^\d{1,8}(\.\d)?$/
const AMOUNT = /^\d{1,8}(\.\d{1,2})?$/

/** What a rule of an order-total promotion takes, by its mode: pieces, pieces and tenths, yuan. */
const MODES = {
  6: { quota: WHOLE, rate: WHOLE }, // of M pieces N are free
  13: { quota: TENTHS, rate: WHOLE }, // M yuan for any N pieces
  15: { quota: WHOLE, rate: TENTHS }, // M pieces at N tenths of the price
  16: { quota: WHOLE, minus: WHOLE } // from M yuan on, N yuan less
}
const OTHER_MODES = [0, 1, 2, 5, 7, 17]

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

/** Minutes count; a promotion begins within 180 days and lasts no longer. */
function readTimes (params, now) {
  params.required('begin_time')
  params.required('end_time')
  const [begin, end] = params.window('begin_time', 'end_time')
  if (end - begin < 60) throw new Refused('wrongValue', '结束时间必须大于开始时间至少一分钟')
  if (end - begin > MAX_DAYS_S) throw new Refused('wrongValue', '促销时间不能超过180天')
  if (begin - now > MAX_DAYS_S) throw new Refused('wrongValue', '开始时间应在180天之内')
  if (end <= now) throw new Refused('wrongValue', '结束时间必须晚于当前时间')
  return { begin, end }
}

function readWords (params) {
  const [name, slogan, comment] = [params.required('name'), params.text('slogan'), params.text('comment')]
  if (name.length > MAX_NAME) throw new Refused('wrongValue', `name 最多${MAX_NAME}字`)
  if (slogan.length > MAX_SLOGAN) throw new Refused('wrongValue', `slogan 最多${MAX_SLOGAN}字`)
  if (Buffer.byteLength(comment) > MAX_COMMENT_BYTES) throw new Refused('wrongValue', `comment 最多${MAX_COMMENT_BYTES}字节`)
  return { name, slogan, comment }
}

/** Order-total promotions say what they are about; the others need not. */
function readScope (params, type) {
  if (type !== TOTAL) return { bound: params.integer('bound', { fallback: 0 }), favorMode: params.integer('favor_mode', { fallback: 0 }) }
  const [bound, favorMode] = [params.integer('bound', { low: SOME_SKUS, high: ALL_BUT_SOME }), params.integer('favor_mode')]
  if (!MODES[favorMode] && !OTHER_MODES.includes(favorMode)) throw new Refused('wrongValue', 'favor_mode 不支持')
  if (favorMode === 13 && bound !== SOME_SKUS) throw new Refused('wrongValue', 'M元任选N件只支持部分商品参加')
  return { bound, favorMode }
}

function add (shop, params, desk) {
  params.only('name', 'type', 'begin_time', 'end_time', 'bound', 'member', 'slogan', 'comment', 'favor_mode')
  const words = readWords(params)
  const type = params.integer('type')
  if (!TYPES.includes(type)) throw new Refused('wrongValue', 'type 不支持')
  const version = {
    id: String(810_000_000 + shop.number * 100_000 + shop.promotions.size), createTime: desk.now, updateTime: desk.now, status: NOT_COMMITTED, type,
    ...words, ...readTimes(params, desk.now), ...readScope(params, type), member: params.integer('member', { fallback: 50 }), skus: [], modes: [], set: null
  }
  desk.put(shop.promotions, version)
  return done(version, { name: words.name, type }, { promo_id: BigInt(version.id) })
}

function fens (params, name, count) {
  const texts = params.requiredList(name)
  if (texts.length !== count) throw new Refused('wrongValue', `${name} 的个数与 sku_ids 不一致`)
  if (!texts.every(text => AMOUNT.test(text))) throw new Refused('wrongParameter', `${name} 不是金额`)
  return texts.map(fenOf)
}

/** Single items have a price of their own, below the shop's; order-total ones need none. */
function readPrices (params, version, ids) {
  const prices = fens(params, 'jd_prices', ids.length)
  if (!params.has('promo_prices') && version.type === TOTAL) return prices.map(price => [price, price])
  const promos = fens(params, 'promo_prices', ids.length)
  if (version.type === SINGLE && promos.some((promo, place) => promo >= prices[place])) throw new Refused('wrongValue', '促销价必须小于京东价')
  return prices.map((price, place) => [price, promos[place]])
}

/** What the shop does not sell is left out without a word: the answer counts what takes part. */
function addSkus (shop, params, desk) {
  params.only(PROMO_ID, 'sku_ids', 'jd_prices', 'promo_prices', 'seq', 'num', 'bind_type')
  const version = draftOf(shop, params)
  const ids = params.requiredList('sku_ids', MAX_SKUS_A_CALL)
  if (version.skus.length + ids.length > MAX_SKUS) throw new Refused('wrongValue', `一个促销最多${MAX_SKUS}个SKU`)
  const prices = readPrices(params, version, ids)
  const twice = ids.some((id, place) => ids.indexOf(id) !== place || version.skus.some(sku => sku.skuId === id))
  if (twice) throw new Refused('wrongValue', 'SKU 重复')
  const [seq, num, bindType] = ['seq', 'num', 'bind_type'].map(name => params.list(name)?.map(Number))
  const row = (skuId, place) => ({ skuId, priceFen: prices[place][0], promoFen: prices[place][1], num: num?.[place] ?? 1, bindType: bindType?.[place] ?? 1, seq: seq?.[place] ?? place + 1 })
  const added = ids.map(row).filter(({ skuId }) => findSku(shop, skuId))
  desk.put(shop.promotions, desk.next(version, { skus: [...version.skus, ...added] }))
  return done(version, { skuIds: ids }, { ids: added.map((_, place) => version.skus.length + place + 1) })
}

function addOrderMode (shop, params, desk) {
  params.only(PROMO_ID, MODE, 'quota', 'rate', 'plus', 'minus', '#link')
  const version = draftOf(shop, params)
  if (version.type !== TOTAL) throw new Refused('wrongValue', '只有总价促销可以设置订单规则')
  const mode = Object.fromEntries([MODE, 'quota', 'rate', 'plus', 'minus', '#link'].map(name => [name.replace('#', ''), params.text(name)]))
  if (params.integer(MODE) !== version.favorMode) throw new Refused('wrongValue', 'favor_mode 与促销不一致')
  const forms = Object.entries(MODES[version.favorMode] ?? { quota: AMOUNT })
  if (!forms.every(([name, form]) => form.test(mode[name]))) throw new Refused('wrongValue', `订单规则不正确，需要 ${forms.map(([name]) => name)}`)
  if (version.favorMode === 16 && (mode.rate !== '' || Number(mode.minus) >= Number(mode.quota))) throw new Refused('wrongValue', '满减送不支持 rate，减额应小于满额')
  desk.put(shop.promotions, desk.next(version, { modes: [...version.modes, mode] }))
  return done(version, mode, { ids: [version.modes.length + 1] })
}

/** What the platform's review makes of a promotion; a `ban` refuses it like a `reject`. */
function endOf (version, outcome, reason, second) {
  if (outcome !== 'approve') return { status: REFUSED, comment: reason ?? '促销价高于历史低价' }
  return { status: version.begin <= second ? RUNNING : APPROVED }
}

function commit (shop, params, desk) {
  params.only('promo_id')
  const version = promotionOf(shop, params, 'promo_id')
  if (version.status !== NOT_COMMITTED) throw new Refused('wrongValue', '促销已提交或已失效')
  const wantsSkus = version.type !== TOTAL || version.bound !== 2
  if (wantsSkus && version.skus.length === 0) throw new Refused('wrongValue', '促销没有商品')
  if (version.type === TOTAL && version.modes.length === 0) throw new Refused('wrongValue', '促销没有订单规则')
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

module.exports = { add, addSkus, addOrderMode, commit, check, promotionOf, done }
