'use strict'
// The seeded shops and their records, made when first asked for, and pdd.mall.info.get (fact sheet 8).
const { Random, deriveSeed } = require('../../random')
const { write } = require('../../json')
const { Shelf } = require('../../shelf')
const { accept } = require('./envelope')
const { specId } = require('./catalog')
const { seedGoods } = require('./goods_seed')
const { goodsItem } = require('./goods_wire')
const { seedOrders, seedRefunds } = require('./order_seed')
const { orderItem } = require('./order_wire')
const { refundItem } = require('./refund_wire')
const words = require('./words')

class Shop {
  constructor (number, options, bornAt) {
    this.number = number
    this.options = options
    this.bornAt = bornAt
    this.seed = deriveSeed(options.seed, 'pinduoduo', 'shop', number)
    const random = new Random(this.seed)
    this.id = String(100_000_000 + random.below(800_000_000))
    const name = words.shopNames[number % words.shopNames.length]
    this.name = number < words.shopNames.length ? name : `${name}${number + 1}店`
    this.specs = new Map() // id → { parentId, name } of the specifications this shop may use
    this.activities = [] // of marketing.js
    this.images = new Set() // addresses of uploaded pictures
    this.made = {}
  }

  /** A specification as SKUs hold it. */
  spec (parentId, name) {
    const id = String(specId(parentId, name))
    this.specs.set(id, { parentId, name })
    return { id, parentId, name }
  }

  /** Goods as they were seeded: orders refer to these, so that a later price change leaves old orders alone. */
  get seededGoods () {
    this.made.seeded ??= seedGoods(this, this.options.products, this.bornAt, this.options.historyDays)
    return this.made.seeded
  }

  get goods () {
    this.made.goods ??= new Shelf(this.seededGoods, version => write(goodsItem(version)))
    return this.made.goods
  }

  get seededTrades () {
    this.made.trades ??= seedRefunds(this, seedOrders(this, this.options.orders, this.bornAt, this.options.historyDays))
    return this.made.trades
  }

  get orders () {
    this.made.orders ??= new Shelf(this.seededTrades.orders, version => write(orderItem(version, this)))
    return this.made.orders
  }

  get refunds () {
    this.made.refunds ??= new Shelf(this.seededTrades.refunds, version => write(refundItem(version, this)))
    return this.made.refunds
  }

  /** Lets lists catch up with late changes. */
  settle (now) {
    this.made.goods?.settle(now)
    this.made.orders?.settle(now)
    this.made.refunds?.settle(now)
  }

  /** Renders every record now, so that measurements do not pay for it; in list order, so that a page is close in memory. */
  warm () {
    for (const version of this.goods.axes.createTime.rows) this.goods.bytes(version)
    for (const version of this.orders.axes.updateTime.rows) this.orders.bytes(version)
  }
}

function infoOf (shop) {
  return {
    mall_id: Number(shop.id), mall_name: shop.name, logo: `https://img.pddpic.example.invalid/logo/${shop.id}.png`,
    mall_desc: '沙箱里的店铺', merchant_type: 1 + shop.number % 6, mall_character: shop.number % 4
  }
}

function mallInfo (call, shop, params) {
  params.only()
  return accept(infoOf(shop))
}

/** Every second shop signed the agreement of 多多进宝. */
function cpsProtocol (call, shop, params) {
  params.only()
  return accept({ status: shop.number % 2 === 0 })
}

module.exports = { Shop, infoOf, mallInfo, cpsProtocol }
