'use strict'
// A shop's orders as they are at the start, and what a version of one looks like on the wire (fact sheet 2.12, 2.13).
const { Random, deriveSeed } = require('../../random')
const words = require('./words')

const DAY_S = 86400
const BURST_SIZE = 250 // orders sharing one update second: paging has to survive more rows than a page in one second
const ORDERS_PER_BURST = 5000
const UNPAID_LIFE_S = 1800
const UNPAID = 1
const CANCELLED = 4
const COMPLETED = 5
const PART_SHIPPED = 101
const SHIPPED = 3
const TO_SHIP = 2
const AFTER_SHIPPING = [SHIPPED, COMPLETED]

// by age of the last change: recent orders are on their way, old ones have ended
const FRESH_STATES = [[UNPAID, 12], [105, 10], [2, 40], [PART_SHIPPED, 4], [SHIPPED, 24], [CANCELLED, 10]]
const OLD_STATES = [[COMPLETED, 72], [SHIPPED, 12], [CANCELLED, 14], [2, 2]]
const NEXT_STATE = { 1: 105, 105: 2, 2: SHIPPED, 101: SHIPPED, 3: COMPLETED }

const NO_AFTER_SALE = { after_sale_status: 0, after_sale_type: 0, refund_status: 0 }

const CIPHER_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

// 19 digits: the second of creation keeps ids roughly in time order, as the platform's are; the rest keeps them apart.
function orderId (createTime, index) {
  return `69${String(createTime).padStart(10, '0')}${String((index * 3_141_593 + 271_828) % 10_000_000).padStart(7, '0')}`
}

function newOrder (shop, index, createTime, updateTime, status) {
  const random = new Random(deriveSeed(shop.seed, 'order', index))
  const life = updateTime - createTime
  const paid = status !== UNPAID && (status !== CANCELLED || random.chance(0.3))
  const payTime = paid ? createTime + Math.min(random.between(5, 900), life) : 0
  const shipped = AFTER_SHIPPING.includes(status) || status === PART_SHIPPED
  const shipTime = shipped ? payTime + Math.floor((updateTime - payTime) * random.next()) : 0
  const finishTime = status === COMPLETED ? updateTime : 0
  return {
    id: orderId(createTime, index), createTime, updateTime, status, payTime, shipTime, finishTime,
    look: random.below(0xffffffff), extraPromotion: 0, sellerWords: null, afterSale: null, set: null
  }
}

/** All orders of a shop, with a few seconds made dense on purpose. */
function seedOrders (shop, count, now, historyDays) {
  const random = new Random(deriveSeed(shop.seed, 'orders'))
  const span = Math.floor(historyDays * DAY_S)
  const bursts = Math.max(1, Math.floor(count / ORDERS_PER_BURST))
  const burstSize = Math.min(BURST_SIZE, Math.floor(count / 4))
  const burstSeconds = Array.from({ length: bursts }, () => now - random.between(3600, span))
  return Array.from({ length: count }, (_, index) => {
    const burst = Math.floor(index / burstSize)
    const updateTime = burst < bursts ? burstSeconds[burst] : now - random.between(30, span)
    const createTime = updateTime - random.between(60, 6 * DAY_S)
    const status = random.weighted(now - updateTime < 3 * DAY_S ? FRESH_STATES : OLD_STATES)
    return newOrder(shop, index, createTime, updateTime, status)
  })
}

function orderLines (version, shop, random) {
  const lines = []
  const count = random.weighted([[1, 60], [2, 25], [3, 10], [4, 5]])
  for (let i = 0; i < count; i++) {
    const product = random.pick(shop.seededProducts)
    const sku = random.pick(product.skus)
    lines.push({ product, sku, number: random.weighted([[1, 80], [2, 15], [5, 5]]), place: i })
  }
  return lines
}

/** Splits `amount` over lines by their sums, the rest going to the first, so that the parts add up exactly. */
function shares (amount, sums) {
  const total = sums.reduce((a, b) => a + b, 0)
  const parts = sums.map(sum => Math.floor((amount * sum) / total))
  parts[0] += amount - parts.reduce((a, b) => a + b, 0)
  return parts
}

function amountsOf (version, lines, random) {
  const sums = lines.map(line => line.sku.price * line.number)
  const goods = sums.reduce((a, b) => a + b, 0)
  const post = random.chance(0.25) ? random.pick([600, 800, 1200]) : 0
  const seeded = random.chance(0.45) ? Math.floor(goods * random.pick([0.05, 0.1, 0.2])) : 0
  const promotion = Math.min(seeded + version.extraPromotion, goods)
  return { sums, goods, post, promotion, pay: goods - promotion + post, promotionShares: shares(promotion, sums) }
}

function lineItem (version, line, amounts) {
  const { product, sku, number, place } = line
  const promotion = amounts.promotionShares[place]
  const post = place === 0 ? amounts.post : 0
  return {
    order_id: place === 0 ? version.id : `${version.id.slice(0, -1)}${(Number(version.id.slice(-1)) + place) % 10}`,
    parent_order_id: version.id,
    product_id: BigInt(product.id),
    product_id_str: product.id,
    product_name: product.name,
    sku_id: BigInt(sku.id),
    out_sku_id: 700000000 + product.index * 16 + sku.position,
    code: `C${sku.id.slice(-6)}`,
    item_num: number,
    origin_amount: sku.price,
    sum_amount: amounts.sums[place],
    promotion_amount: promotion,
    post_amount: post,
    pay_amount: amounts.sums[place] - promotion + post,
    order_status: version.status,
    author_id: 0,
    room_id: 0,
    room_id_str: '',
    video_id: '',
    after_sale_info: place === 0 && version.afterSale ? version.afterSale : NO_AFTER_SALE
  }
}

function cipher (random, length) {
  return `#${random.text(CIPHER_ALPHABET, length)}==#1##`
}

function place ([id, name]) {
  return { id, name }
}

/** Plain fields are empty, masked and encrypted twins are there, province to street stay readable (2.13). */
function receiver (random) {
  const where = random.pick(words.places)
  const area = { province: place(where.province), city: place(where.city), town: place(where.town), street: place(where.street) }
  return {
    post_tel: '',
    post_receiver: '',
    post_addr: { ...area, detail: '', encrypt_detail: cipher(random, 40) },
    encrypt_post_tel: cipher(random, 24),
    encrypt_post_receiver: cipher(random, 20),
    mask_post_tel: `1${random.pick(['38', '59', '86', '77'])}****${random.digits(4)}`,
    mask_post_receiver: `${random.pick(words.surnames)}**`,
    mask_post_addr: { ...area, detail: `${random.between(1, 99)}***${random.between(1, 30)}**` }
  }
}

function logistics (version, lines, random) {
  const number = `${random.pick(['SF', 'YT', 'JT', '78'])}${random.digits(12)}`
  const company = random.pick(words.companies)
  if (!version.shipTime) return []
  const seeded = { tracking_no: number, company, ship_time: version.shipTime, delivery_id: `${version.id}1` }
  const goods = lines.map(line => ({ product_name: line.product.name, product_id_str: line.product.id, sku_id: BigInt(line.sku.id), product_count: line.number }))
  const { shipment } = version
  if (!shipment) return [{ ...seeded, product_info: goods }]
  const added = { tracking_no: shipment.tracking, company: shipment.company, ship_time: shipment.shipTime, delivery_id: `${version.id}2`, product_info: goods }
  // What was partly shipped before keeps its parcel.
  return shipment.shipTime === version.shipTime ? [added] : [{ ...seeded, product_info: goods }, added]
}

/** An element of shop_order_list, about 2.4 KB. */
function orderItem (version, shop) {
  return Object.assign(viewOf(version, shop).item, version.set)
}

/** The order as it was seeded and changed, without what was edited, and the lines it is made of. */
function viewOf (version, shop) {
  const random = new Random(version.look)
  const lines = orderLines(version, shop, random)
  const amounts = amountsOf(version, lines, random)
  const payType = random.pick([1, 2, 5, 9, 12]) // drawn always: a later version must not shift what follows
  const item = {
    order_id: version.id,
    order_status: version.status,
    main_status: version.status,
    create_time: version.createTime,
    update_time: version.updateTime,
    pay_time: version.payTime,
    ship_time: version.shipTime,
    finish_time: version.finishTime,
    order_expire_time: version.createTime + UNPAID_LIFE_S,
    exp_ship_time: version.payTime ? version.payTime + 2 * DAY_S : 0,
    order_amount: amounts.goods + amounts.post,
    pay_amount: amounts.pay,
    post_amount: amounts.post,
    promotion_amount: amounts.promotion,
    promotion_shop_amount: amounts.promotion,
    promotion_platform_amount: 0,
    pay_type: version.payTime ? payType : 0,
    order_type: 0,
    trade_type: 0,
    b_type: 2,
    buyer_words: random.pick(words.buyerWords),
    seller_words: version.sellerWords ?? random.pick(words.sellerWords),
    seller_remark_stars: random.below(6),
    ...receiver(random),
    doudian_open_id: `1@#${random.text(CIPHER_ALPHABET, 32)}=`,
    logistics_info: logistics(version, lines, random),
    sku_order_list: lines.map(line => lineItem(version, line, amounts))
  }
  return { item, lines }
}

module.exports = { seedOrders, newOrder, orderItem, viewOf, NEXT_STATE, UNPAID, CANCELLED, COMPLETED, SHIPPED, TO_SHIP, PART_SHIPPED }
