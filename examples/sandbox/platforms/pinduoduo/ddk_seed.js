'use strict'
// What a promoter of 多多进宝 has: goods to promote, ids for places (pid) and orders that came of them (fact sheet 12.2).
// The sheet names the methods, the status and few members; the other names of members are the sandbox's guess.
const { Random, deriveSeed } = require('../../random')
const { write } = require('../../json')
const { Shelf } = require('../../shelf')
const { truthPage } = require('../../truth')
const { viewOf } = require('./order_wire')
const { isListed, pictures } = require('./goods_wire')

const EVERY = 12 // one order of so many came by a promotion
const NEXT_STATUS = { 0: 1, 1: 2, 2: 3, 3: 5 } // paid, grouped, received, approved, settled (12.2)
const REJECTED = 4
const STATUS_OF = { toShip: 1, risk: 0, grouping: 0, shipped: 1, signed: 3, cancelled: REJECTED }

/** The opaque name goods have for promoters. */
function goodsSign (goodsId) {
  const random = new Random(deriveSeed('goods_sign', goodsId))
  return `Y9v2${random.text('ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789', 20)}_JQ${random.hex(8)}`
}

function rateOf (version) {
  return 10 + version.look % 200 // per-mille
}

/** Goods as pdd.ddk.goods.search shows them: money is fen, rates are per-mille. */
function promotedGoods (version, shop) {
  const [sku] = version.skus
  const hasCoupon = version.look % 3 === 0
  return {
    goods_sign: goodsSign(version.id), goods_name: version.name, goods_desc: pictures(version).desc, goods_image_url: pictures(version).carousel[0],
    mall_id: Number(shop.id), mall_name: shop.name, min_group_price: sku.multi, min_normal_price: sku.price, promotion_rate: rateOf(version),
    has_coupon: hasCoupon, coupon_discount: hasCoupon ? 100 : 0, coupon_min_order_amount: hasCoupon ? 1000 : 0,
    coupon_end_time: hasCoupon ? shop.bornAt + 10 * 86_400 : 0, search_id: `s${version.index}`
  }
}

function orderOf (shop, order, pid) {
  return {
    id: order.id, shop, order, pid, createTime: order.createdAt, updateTime: order.updateTime, status: STATUS_OF[order.state]
  }
}

/** One row of the promoter's orders. Times are unix seconds, money is fen. */
function orderRow (version) {
  const { lines: [{ goods, sku, count }], amounts } = viewOf(version.order, version.shop)
  const rate = rateOf(goods)
  return {
    order_sn: version.id, goods_id: BigInt(goods.id), goods_sign: goodsSign(goods.id), goods_name: goods.name, goods_quantity: count,
    goods_price: sku.multi, goods_thumbnail_url: pictures(goods).carousel[0], order_amount: amounts.pay, promotion_rate: rate,
    promotion_amount: Math.floor((amounts.pay * rate) / 1000), order_status: version.status, order_create_time: version.createTime,
    order_pay_time: version.order.payTime, order_modify_at: version.updateTime, order_receive_time: version.order.signTime, p_id: version.pid,
    custom_parameters: ''
  }
}

class Promotion {
  constructor (options, shops) {
    this.shops = shops
    const random = new Random(deriveSeed(options.seed, 'pinduoduo', 'promoter'))
    this.account = random.between(1_000_000, 9_999_999)
    this.firstPid = `${this.account}_${random.between(10_000_000, 99_999_999)}`
    this.pids = new Map([[this.firstPid, { bound: true }]])
    this.made = null
  }

  get orders () {
    this.made ??= new Shelf(this.shops.flatMap(shop => this.seed(shop)), version => write(orderRow(version)))
    return this.made
  }

  seed (shop) {
    return shop.seededTrades.orders.filter(order => order.index % EVERY === 0 && order.state in STATUS_OF).map(order => orderOf(shop, order, this.firstPid))
  }

  /** New places, which nobody registered yet. */
  generate (count) {
    return Array.from({ length: count }, () => {
      const pid = `${this.account}_${10_000_000 + this.pids.size * 7919}`
      this.pids.set(pid, { bound: false })
      return pid
    })
  }

  bind (pid, bound) {
    const place = this.pids.get(pid)
    if (!place) throw new RangeError(`no such pid: ${pid}`)
    place.bound = bound
  }

  /** Everything on sale in all shops, in order of id. */
  goods () {
    return this.shops.flatMap(shop => shop.goods.sortedIds().map(id => shop.goods.current(id)).filter(one => isListed(one) && one.status === 1).map(version => ({ version, shop })))
  }

  /** Takes orders of promotions one step further. */
  change (count, random, now) {
    if (count === 0) return []
    const open = this.orders.sortedIds().filter(id => this.orders.current(id).status in NEXT_STATUS)
    return random.sample(open, count).map(id => {
      const version = this.orders.current(id)
      this.orders.put({ ...version, status: NEXT_STATUS[version.status], updateTime: now, bytes: undefined }, now, now)
      return id
    })
  }

  /** Orders that came by the first place just now. */
  add (shop, ids, now) {
    for (const id of ids) this.orders.put(orderOf(shop, shop.orders.current(id), this.firstPid), now, now)
    return ids
  }

  truth (after, limit) {
    return truthPage(this.orders.sortedIds().map(id => ({ id, wire: () => orderRow(this.orders.current(id)) })), after, limit)
  }
}

module.exports = { Promotion, promotedGoods, goodsSign }
