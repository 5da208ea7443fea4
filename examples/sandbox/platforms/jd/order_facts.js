'use strict'
// What an order is made of besides its state: lines, amounts in fen, buyer, parcel. Drawn from the order's own seed, so
// that every form of it (order_item.js, shop_order_item.js) tells the same.
const { Random } = require('../../random')
const { CARRIERS } = require('./catalog')
const words = require('./words')

const SINGLE_ITEM_COUPON = '30' // the only kind that names a SKU (10.3)
const SHOP_COUPON = '100'
const JD_COUPON = '41' // paid by the platform

function linesOf (shop, random) {
  const lines = []
  const count = random.weighted([[1, 60], [2, 25], [3, 10], [4, 5]])
  for (let i = 0; i < count; i++) {
    const ware = random.pick(shop.seededWares)
    const sku = random.pick(ware.skus)
    lines.push({ ware, sku, number: random.weighted([[1, 80], [2, 15], [5, 5]]) })
  }
  return lines
}

/** Goods before discounts, minus what the seller gives, minus what the platform gives, plus freight. */
function amountsOf (version, lines, random) {
  const goods = lines.reduce((sum, { sku, number }) => sum + sku.price * number, 0)
  const seeded = random.chance(0.4) ? Math.floor(goods * random.pick([0.05, 0.1, 0.2])) : 0
  const seller = Math.min(seeded + version.extraDiscount, goods)
  const wanted = random.chance(0.2) ? random.pick([500, 1000, 1999]) : 0
  const platform = Math.min(wanted, goods - seller)
  const freight = random.chance(0.2) ? random.pick([600, 800, 1200]) : 0
  const pay = goods - seller - platform + freight
  const balance = random.chance(0.1) ? Math.min(pay, 300) : 0
  return { goods, seller, platform, freight, pay, balance, single: random.chance(0.5) }
}

function couponsOf (lines, { seller, platform, single }) {
  const coupons = []
  if (seller > 0) coupons.push(single ? { type: SINGLE_ITEM_COUPON, skuId: lines[0].sku.id, fen: seller } : { type: SHOP_COUPON, skuId: '', fen: seller })
  if (platform > 0) coupons.push({ type: JD_COUPON, skuId: '', fen: platform })
  return coupons
}

function buyerOf (random) {
  const place = random.pick(words.places)
  return {
    name: `${random.pick(words.surnames)}${random.pick(words.givenNames)}`,
    mobile: `1${random.pick(['38', '59', '86', '77'])}${random.digits(8)}`,
    place,
    address: `${place.province[1]}${place.city[1]}${place.county[1]}${place.street}${random.between(1, 99)}号${random.between(1, 30)}室`,
    openId: `oid${random.hex(24)}`,
    xid: `o*${random.hex(30)}`
  }
}

function parcelOf (version, random) {
  const seeded = { carrier: String(random.pick(CARRIERS)[0]), numbers: `JD${random.digits(13)}` }
  if (!version.shipTime) return null
  return version.shipment ?? seeded
}

/** `{ lines, amounts, coupons, buyer, parcel, payType, buyerRemark, venderRemark }`. */
function factsOf (version, shop) {
  const random = new Random(version.look)
  const lines = linesOf(shop, random)
  const amounts = amountsOf(version, lines, random)
  const buyer = buyerOf(random)
  const parcel = parcelOf(version, random)
  return {
    lines, amounts, coupons: couponsOf(lines, amounts), buyer, parcel, payType: random.weighted([[4, 90], [1, 7], [5, 3]]),
    buyerRemark: random.pick(words.buyerRemarks), venderRemark: version.remark ?? random.pick(words.venderRemarks)
  }
}

function maskName (name) {
  return `${name.slice(0, 1)}**`
}

function maskMobile (mobile) {
  return `${mobile.slice(0, 3)}****${mobile.slice(-4)}`
}

/** Province to county stay readable. */
function maskAddress ({ place }) {
  return `${place.province[1]}${place.city[1]}${place.county[1]}****`
}

module.exports = { factsOf, maskName, maskMobile, maskAddress }
