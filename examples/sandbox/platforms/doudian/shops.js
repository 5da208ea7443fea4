'use strict'
// The seeded shops: their names, categories and brands, and their records, made when first asked for.
const { Random, deriveSeed } = require('../../random')
const { write } = require('../../json')
const { Shelf } = require('../../shelf')
const { acceptValue } = require('./envelope')
const { Refused } = require('./params')
const { categories, categoryById, brands } = require('./catalog')
const { seedProducts } = require('./product_seed')
const { productItem } = require('./product_wire')
const { seedOrders, orderItem } = require('./order_seed')
const { seedRefunds } = require('./refund_seed')
const { refundItem } = require('./refund_wire')
const words = require('./words')

class Shop {
  constructor (number, options, bornAt) {
    this.number = number
    this.options = options
    this.bornAt = bornAt
    this.seed = deriveSeed(options.seed, 'doudian', 'shop', number)
    const random = new Random(this.seed)
    this.id = String(10_000_000 + random.below(80_000_000))
    const name = words.shopNames[number % words.shopNames.length]
    this.name = number < words.shopNames.length ? name : `${name}${number + 1}店`
    this.made = {}
    this.materials = new Map() // id → picture, see materials.js
    this.hasHidden = false // whether products were published that lists may have to hide
  }

  /** Products as they were seeded: orders refer to these, so that a later price change leaves old orders alone. */
  get seededProducts () {
    this.made.seeded ??= seedProducts(this, this.options.products, this.bornAt, this.options.historyDays)
    return this.made.seeded
  }

  get products () {
    this.made.products ??= new Shelf(this.seededProducts, version => write(productItem(version)))
    return this.made.products
  }

  get orders () {
    this.made.orders ??= new Shelf(this.seededCases.orders, version => write(orderItem(version, this)))
    return this.made.orders
  }

  /** Orders and the after-sale cases they have. */
  get seededCases () {
    this.made.cases ??= seedRefunds(this, seedOrders(this, this.options.orders, this.bornAt, this.options.historyDays))
    return this.made.cases
  }

  get refunds () {
    this.made.refunds ??= new Shelf(this.seededCases.refunds, version => write(refundItem(version, this)))
    return this.made.refunds
  }

  /** Lets lists catch up with late changes. */
  settle (now) {
    this.made.products?.settle(now)
    this.made.orders?.settle(now)
    this.made.refunds?.settle(now)
  }

  /** Renders every record now, so that measurements do not pay for it; in list order, so that a page is close in memory. */
  warm () {
    for (const version of this.products.axes.createTime.rows) this.products.bytes(version)
    for (const version of this.orders.axes.updateTime.rows) this.orders.bytes(version)
  }
}

/** shop.getShopCategory: the children of `cid`, 0 being the root. */
function getShopCategory (call, shop, params) {
  params.only('cid')
  const cid = params.integer('cid')
  if (cid !== 0 && !categoryById.has(cid)) throw new Refused('parameterInvalid', 'cid 不存在')
  return acceptValue(categories.filter(row => row.parent_id === cid))
}

function brandList (call, shop, params) {
  params.only()
  return acceptValue(brands)
}

module.exports = { Shop, getShopCategory, brandList }
