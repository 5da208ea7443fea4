'use strict'
// The seeded shops and the calls that identify them (fact sheet 7). A shop is known by its vender id; its shop id differs.
const { Random, deriveSeed } = require('../../random')
const { Shelf } = require('../../shelf')
const { seedWares } = require('./ware_seed')
const { seedOrders } = require('./order_seed')
const { seedRefunds, seedServices } = require('./refund_seed')
const { seedPromotions, seedCoupons } = require('./promotion_seed')
const { thirdLevel } = require('./catalog')
const words = require('./words')

const DAY_S = 86_400
const COL_TYPE_SOP = 0
const MAKERS = {
  wares: shop => shop.seededWares,
  orders: shop => shop.seededOrders,
  refunds: seedRefunds,
  services: seedServices,
  promotions: seedPromotions,
  coupons: seedCoupons
}

function noBytes () {
  throw new Error('this platform renders by field lists, not whole records') // see cut.js
}

class Shop {
  constructor (number, options, bornAt) {
    this.number = number
    this.options = options
    this.bornAt = bornAt
    this.seed = deriveSeed(options.seed, 'jd', 'shop', number)
    const random = new Random(this.seed)
    this.id = String(10_000_000 + random.below(80_000_000))
    this.shopId = String(1_000_000_000 + random.below(800_000_000))
    this.openedAt = bornAt - random.between(400, 3000) * DAY_S
    this.root = random.pick(thirdLevel)
    const name = words.shopNames[number % words.shopNames.length]
    this.name = number < words.shopNames.length ? name : `${name}${number + 1}店`
    this.made = {}
    this.pictures = [] // what was uploaded, in order
  }

  /** Wares as they were seeded: orders refer to these, so that a later price change leaves old orders alone. */
  get seededWares () {
    this.made.seeded ??= seedWares(this, this.options.products, this.bornAt, this.options.historyDays)
    return this.made.seeded
  }

  /** Orders as they were seeded: refunds and services are drawn from these, whenever they are first asked for. */
  get seededOrders () {
    this.made.seededOrders ??= seedOrders(this, this.options.orders, this.bornAt, this.options.historyDays)
    return this.made.seededOrders
  }

  shelf (kind) {
    this.made[kind] ??= new Shelf(MAKERS[kind](this), noBytes)
    return this.made[kind]
  }

  get wares () { return this.shelf('wares') }
  get orders () { return this.shelf('orders') }
  get refunds () { return this.shelf('refunds') }
  get services () { return this.shelf('services') }
  get promotions () { return this.shelf('promotions') }
  get coupons () { return this.shelf('coupons') }

  /** Lets lists catch up with late changes. */
  settle (nowMs) {
    for (const shelf of Object.values(this.made)) {
      if (shelf instanceof Shelf) shelf.settle(nowMs)
    }
  }

  /** Makes every shelf now, so that measurements do not pay for it. */
  warm () {
    for (const kind of Object.keys(MAKERS)) this.shelf(kind)
  }
}

function venderInfo (shop) {
  return { vender_id: BigInt(shop.id), shop_id: BigInt(shop.shopId), shop_name: shop.name, col_type: COL_TYPE_SOP, category_main: shop.root.fid }
}

function sellerVenderInfo (call, shop, params) {
  params.only('ext_json_param')
  return { vender_info_result: venderInfo(shop) }
}

function venderShopQuery (call, shop, params) {
  params.only()
  const { vender_id: venderId, shop_id: shopId, shop_name: name, category_main: main } = venderInfo(shop)
  return {
    shop_jos_result: {
      vender_id: venderId, shop_id: shopId, shop_name: name, open_time: shop.openedAt * 1000,
      logo_url: 'https://img10.360buyimg.com/n0/jfs/t1/sandbox/logo.png', brief: `${name}，品质保证`,
      category_main: main, category_main_name: shop.root.name
    }
  }
}

module.exports = { Shop, sellerVenderInfo, venderShopQuery }
