'use strict'
// Coupons of the first generation, fact sheet 12.
const { slice } = require('../../shelf')
const { Refused } = require('./envelope')
const { yuanNumber } = require('./money')

const MIN_DISCOUNT = 100 // fen: at least 1 yuan and below 5000
const MAX_DISCOUNT = 500_000
const CASH_LIKE = 0

function couponItem (version) {
  const item = {
    couponId: BigInt(version.id), name: version.name, type: version.type, bindType: version.bindType, grantType: version.grantType, num: version.num,
    discount: yuanNumber(version.discount), quota: yuanNumber(version.quota), validityType: version.validityType, beginTime: version.begin * 1000,
    endTime: version.end * 1000, created: version.createTime * 1000, deleted: version.status === 'CLOSED',
    sendNum: Math.min(version.num, 7), usedNum: Math.min(version.num, 3)
  }
  return Object.assign(item, version.set)
}

function create (shop, params, desk) {
  params.only('name', 'type', 'bindType', 'grantType', 'num', 'discount', 'quota', 'validityType', 'beginTime', 'endTime')
  const type = params.integer('type', { low: 0, high: 1 })
  const discount = params.yuan('discount')
  const quota = type === CASH_LIKE ? 0 : params.yuan('quota')
  const [begin, end] = params.window('beginTime', 'endTime') ?? []
  if (begin === undefined || end === undefined) throw new Refused('wrongParameter', '缺少参数 beginTime 或 endTime')
  if (discount < MIN_DISCOUNT || discount >= MAX_DISCOUNT) throw new Refused('wrongValue', 'discount 应不小于1且小于5000')
  if (type !== CASH_LIKE && quota <= discount) throw new Refused('wrongValue', 'quota 应大于 discount')
  const version = {
    id: String(910_000_000 + shop.number * 100_000 + shop.coupons.size), createTime: desk.now, updateTime: desk.now, status: 'OPEN', name: params.required('name'), type,
    bindType: params.integer('bindType'), grantType: params.integer('grantType'), num: params.integer('num', { low: 1 }), discount, quota,
    validityType: params.integer('validityType'), begin, end, set: null
  }
  desk.put(shop.coupons, version)
  return { target: version.id, params: { name: version.name }, changed: true, answer: { couponId: BigInt(version.id) } }
}

function close (shop, params, desk) {
  params.only('couponId')
  const version = shop.coupons.current(params.id('couponId'))
  if (!version) throw new Refused('wrongValue', '优惠券不存在')
  const changed = version.status !== 'CLOSED'
  if (changed) desk.put(shop.coupons, desk.next(version, { status: 'CLOSED' }))
  return { target: version.id, params: {}, changed, answer: { closeResult: true } }
}

/** Newest first. The kits (lostinfo, XiBao) ask for `ip` and `port`, give no count, and pages of at most 20. */
function getCouponList (call, shop, params) {
  params.only('name', 'page', 'pageSize', 'ip', 'port')
  for (const name of ['ip', 'port']) params.required(name)
  const page = params.integer('page', { fallback: 1, low: 1 })
  const size = params.integer('pageSize', { fallback: 20, low: 1, high: 20 })
  const name = params.text('name')
  const filter = name === '' ? null : row => row.name.includes(name)
  const select = () => shop.coupons.select('createTime', {}, filter, name)
  call.moveRows?.(shop, shop.coupons, select)
  const found = select()
  const rows = slice(found, call.stuck ? 0 : (page - 1) * size, size, false)
  return { couponList: rows.map(couponItem) }
}

module.exports = { create, close, getCouponList, couponItem }
