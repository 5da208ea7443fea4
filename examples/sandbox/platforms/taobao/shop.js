'use strict'
// The seeded shops and their records, made when first asked for; who a session belongs to (fact sheet 5.1).
const { Random, deriveSeed } = require('../../random')
const { Shelf } = require('../../shelf')
const { shanghaiText } = require('../../clock')
const { Refused } = require('./params')
const { wantedFields, pick } = require('./fields')
const { seedItems } = require('./item_seed')
const { itemWire } = require('./item_wire')
const { seedTrades } = require('./trade_seed')
const { tradeWire } = require('./trade_wire')
const { refundsOf, refundWire } = require('./refund_seed')
const { categories } = require('./catalog')
const words = require('./words')

class Shop {
  constructor (number, options, bornAt) {
    this.number = number
    this.options = options
    this.bornAt = bornAt
    this.seed = deriveSeed(options.seed, 'taobao', 'shop', number)
    const random = new Random(this.seed)
    this.id = String(2_200_000_000_000 + random.below(900_000_000)) // the seller's user id
    this.sid = 100_000_000 + random.below(800_000_000)
    this.type = number % 2 === 0 ? 'C' : 'B' // Taobao, Tmall
    const place = number % words.shopNames.length
    const more = number < words.shopNames.length ? '' : String(number + 1)
    this.name = words.shopNames[place] + more
    this.nick = words.nicks[place] + more
    this.made = {}
    this.tradesMade = options.orders
    this.itemsMade = options.products
    this.wires = new WeakMap() // version → its wire form
    this.pictures = []
    this.coupons = []
    this.activities = []
  }

  /** Items as they were seeded: trades refer to these, so that a later price change leaves old trades alone. */
  get seededItems () {
    this.made.seeded ??= seedItems(this, this.options.products, this.bornAt, this.options.historyDays)
    return this.made.seeded
  }

  get items () {
    this.made.items ??= new Shelf(this.seededItems)
    return this.made.items
  }

  get trades () {
    if (!this.made.trades) this.makeTrades()
    return this.made.trades
  }

  get refunds () {
    if (!this.made.refunds) this.makeTrades()
    return this.made.refunds
  }

  /** Both at once: refunds are those of the trades as seeded, whatever is asked for first. */
  makeTrades () {
    const seeded = seedTrades(this, this.options.orders, this.bornAt, this.options.historyDays)
    this.made.trades = new Shelf(seeded)
    this.made.refunds = new Shelf(seeded.flatMap(refundsOf))
  }

  wireOf (version, make) {
    if (!this.wires.has(version)) this.wires.set(version, make(version, this))
    return this.wires.get(version)
  }

  itemWire (version) {
    return this.wireOf(version, itemWire)
  }

  tradeWire (version) {
    return this.wireOf(version, tradeWire)
  }

  refundWire (version) {
    return this.wireOf(version, refundWire)
  }

  /** A buyer as this shop knows them: not comparable between shops. */
  buyerOf (trade) {
    return `AA${deriveSeed(this.seed, 'buyer', trade.look % 997).toString(36).toUpperCase()}x${trade.look % 997}`
  }

  settle (now) {
    for (const shelf of [this.made.items, this.made.trades, this.made.refunds]) shelf?.settle(now)
  }

  warm () {
    for (const version of this.items.axes.updateTime.rows) this.itemWire(version)
    for (const version of this.trades.axes.updateTime.rows) this.tradeWire(version)
    for (const version of this.refunds.axes.updateTime.rows) this.refundWire(version)
  }
}

function userOf (shop) {
  return {
    user_id: BigInt(shop.id), nick: shop.nick, open_uid: `AAE${shop.seed.toString(36)}`, type: shop.type, status: 'normal', avatar: 'https://img.example.invalid/avatar.jpg',
    seller_credit: { level: 12, score: 20450, total_num: 21000, good_num: 20700 }, has_shop: true, item_img_num: 5, item_img_size: 3072, prop_img_num: 24, is_golden_seller: false
  }
}

function userSeller (call, shop, params) {
  params.only('fields')
  return { user: pick(userOf(shop), wantedFields(params, 'user')) }
}

function shopOf (shop) {
  return { sid: shop.sid, title: shop.name, pic_path: '/ad/41/TB1sandbox.jpg', modified: shanghaiText(shop.bornAt - 86400) }
}

function shopSeller (call, shop, params) {
  params.only('fields')
  return { shop: pick(shopOf(shop), wantedFields(params, 'shop')) }
}

function sellerCats (call, shop, params) {
  params.only()
  const names = ['当季新品', '热卖', '清仓']
  return { seller_cats: names.map((name, at) => ({ cid: shop.sid * 10 + at, parent_cid: 0, name, sort_order: at + 1, type: 'manual_type' })) }
}

function itemCats (call, shop, params) {
  params.only('cids', 'parent_cid', 'fields')
  if (params.has('cids') === params.has('parent_cid')) throw new Refused('parameterMismatch', undefined, 'cids 与 parent_cid 二选一')
  const wanted = wantedFields(params, 'item_cat')
  const cids = params.list('cids')
  const parent = params.optionalId('parent_cid')
  return { item_cats: categories.filter(row => (cids ? cids.includes(String(row.cid)) : String(row.parent_cid) === parent)).map(row => pick(row, wanted)) }
}

/** Allowed categories and brands of the seller. */
function authorizedCats (call, shop, params) {
  params.only('fields')
  return { seller_authorize: { item_cats: categories.filter(row => row.parent_cid === 0).map(({ cid, name, status }) => ({ cid, name, status })) } }
}

module.exports = { Shop, userOf, shopOf, userSeller, shopSeller, sellerCats, itemCats, authorizedCats }
