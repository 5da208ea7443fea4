'use strict'
// What a seller does to a trade: ship, note, close (fact sheet 5.6 and 5.8).
const { Refused } = require('./params')
const { wantedFields, pick } = require('./fields')
const { requireTrade } = require('./trades')
const { lineId } = require('./trade_money')
const { UNPAID, TO_SHIP, PART_SHIPPED, SHIPPED, CANCELLED, ALL_PAID } = require('./trade_seed')
const words = require('./words')

const RESEND_LIFE_S = 50 * 86400
const MAX_MEMO_BYTES = 1000
const YOUNG_S = 10
const SEND = ['tid', 'out_sid', 'company_code', 'sub_tid', 'is_split', 'feature', 'sender_id', 'cancel_id', 'seller_ip']
const SHIPPING = { shipping: { is_success: true } }
const COMPANIES = words.companies.map(([id, code, name, pattern]) => ({ id, code, name, reg_mail_no: pattern }))

function companies (call, shop, params) {
  params.only('fields', 'order_mode', 'is_recommended')
  const wanted = wantedFields(params, 'logistics_company')
  return { logistics_companies: COMPANIES.map(company => pick(company, wanted)) }
}

function companyOf (params) {
  const company = COMPANIES.find(one => one.code === params.required('company_code'))
  if (!company) throw new Refused('parameterInvalid', 'company_code', '物流公司不存在')
  return company
}

/** The number of a waybill has the form its carrier gives it. */
function waybill (params, company) {
  const sid = params.required('out_sid')
  if (!new RegExp(company.reg_mail_no).test(sid)) throw new Refused('waybillInvalid', undefined, `${company.name} 的运单号 ${sid} 格式不正确`)
  return sid
}

/** The lines that are meant: all that are left, or with is_split=1 those of sub_tid. */
function placesOf (trade, params) {
  const split = params.oneOf('is_split', ['0', '1'], '0') === '1'
  if (split !== params.has('sub_tid')) throw new Refused('parameterMismatch', undefined, 'is_split=1 与 sub_tid 应同时使用')
  const wanted = params.list('sub_tid')
  const lines = trade.lines.filter(line => (wanted ? wanted.includes(lineId(trade, line)) : !line.shipped))
  if (wanted && lines.length !== wanted.length) throw new Refused('tradeNotExist', 'sub_tid')
  if (lines.some(line => line.shipped)) throw new Refused('tradeState', undefined, '子订单已发货')
  return lines.map(line => line.place)
}

function checkShippable (trade) {
  if (trade.status !== TO_SHIP && trade.status !== PART_SHIPPED) throw new Refused('tradeState')
  if (trade.type === 'step' && trade.stepStatus !== ALL_PAID) throw new Refused('tradeState', undefined, '预售订单尾款未付')
}

function next (trade, changes, now) {
  return { ...trade, ...changes, updateTime: Math.max(now, trade.updateTime) }
}

/** The trade with the lines at `places` shipped. */
function shipped (trade, places, shipment, now) {
  const lines = trade.lines.map(line => (places.includes(line.place) ? { ...line, shipped: true } : line))
  const status = lines.every(line => line.shipped) ? SHIPPED : PART_SHIPPED
  return next(trade, { lines, status, shipTime: trade.shipTime || now, pendingSend: null, shipments: shipment ? [...trade.shipments, { ...shipment, places, at: now }] : trade.shipments }, now)
}

function done (shop, desk, trade, params, tree = SHIPPING) {
  desk.put(shop.trades, trade)
  return { tree, target: trade.id, params, changed: true }
}

/** Self-arranged carriers: shipped at once, and not for cash on delivery. */
function offlineSend (shop, params, desk) {
  params.only(...SEND)
  const trade = requireTrade(shop, params.id('tid'))
  const company = companyOf(params)
  const sid = waybill(params, company)
  checkShippable(trade)
  if (trade.type === 'cod') throw new Refused('tradeState', undefined, '货到付款订单不能自己联系物流')
  const places = placesOf(trade, params)
  return done(shop, desk, shipped(trade, places, { kind: 'offline', company: company.name, sid }, desk.now), { companyCode: company.code, sid, places })
}

/** Online orders: without a number the trade stays unshipped until it is confirmed. */
function onlineSend (shop, params, desk) {
  params.only(...SEND)
  const trade = requireTrade(shop, params.id('tid'))
  const company = companyOf(params)
  checkShippable(trade)
  const places = placesOf(trade, params)
  const sid = params.has('out_sid') ? waybill(params, company) : null
  const log = { companyCode: company.code, sid, places }
  if (!sid) return done(shop, desk, next(trade, { pendingSend: { company, places } }, desk.now), log)
  return done(shop, desk, shipped(trade, places, { kind: 'online', company: company.name, sid }, desk.now), log)
}

function onlineConfirm (shop, params, desk) {
  params.only('tid', 'out_sid', 'sub_tid', 'is_split', 'seller_ip')
  const trade = requireTrade(shop, params.id('tid'))
  if (!trade.pendingSend) throw new Refused('tradeState', undefined, '没有待确认的在线发货')
  const { company, places } = trade.pendingSend
  const sid = waybill(params, company)
  return done(shop, desk, shipped(trade, places, { kind: 'online', company: company.name, sid }, desk.now), { sid, places })
}

function dummySend (shop, params, desk) {
  params.only('tid', 'feature', 'seller_ip')
  const trade = requireTrade(shop, params.id('tid'))
  checkShippable(trade)
  const places = trade.lines.filter(line => !line.shipped).map(line => line.place)
  return done(shop, desk, shipped(trade, places, null, desk.now), { dummy: true, places })
}

/** Another number for what was sent by the seller's own means, within 50 days; online parcels here count as picked up. */
function resend (shop, params, desk) {
  params.only(...SEND)
  const trade = requireTrade(shop, params.id('tid'))
  const company = companyOf(params)
  const sid = waybill(params, company)
  const last = trade.shipments[trade.shipments.length - 1]
  if (trade.status !== SHIPPED || !last || last.kind !== 'offline' || desk.now - last.at > RESEND_LIFE_S) throw new Refused('tradeState')
  const shipments = trade.shipments.map(one => (one === last ? { ...one, company: company.name, sid } : one))
  return done(shop, desk, next(trade, { shipments }, desk.now), { companyCode: company.code, sid })
}

function trace (call, shop, params) {
  params.only('tid', 'sub_tid', 'is_split', 'seller_nick')
  const trade = requireTrade(shop, params.id('tid'))
  const last = trade.shipments[trade.shipments.length - 1]
  if (!trade.shipTime) throw new Refused('tradeState')
  return { tid: BigInt(trade.id), out_sid: last?.sid ?? '', company_name: last?.company ?? '', status: '已发出', trace_list: [] }
}

function memoUpdate (shop, params, desk) {
  params.only('tid', 'memo', 'flag', 'reset')
  const trade = requireTrade(shop, params.id('tid'))
  const memo = params.text('memo')
  if (Buffer.byteLength(memo) > MAX_MEMO_BYTES) throw new Refused('parameterInvalid', 'memo', 'memo 不能超过1000字节')
  const flag = params.integer('flag', trade.flag, 0, 5)
  const kept = params.flag('reset') ? '' : memo || trade.memo
  const version = next(trade, { memo: kept, flag }, desk.now)
  return done(shop, desk, version, { memo: kept, flag }, { trade: { tid: BigInt(trade.id), modified: shop.tradeWire(version).modified } })
}

function close (shop, params, desk) {
  params.only('tid', 'close_reason')
  const tid = params.id('tid')
  params.required('close_reason')
  const reason = params.oneOf('close_reason', words.closeReasons)
  const trade = requireTrade(shop, tid)
  if (trade.status !== UNPAID) throw new Refused('tradeState')
  if (desk.now - trade.createTime < YOUNG_S) throw new Refused('closeTooFast')
  const version = next(trade, { status: CANCELLED, endTime: desk.now, closeReason: reason }, desk.now)
  return done(shop, desk, version, { reason }, { trade: { tid: BigInt(trade.id), modified: shop.tradeWire(version).modified } })
}

module.exports = { companies, offlineSend, onlineSend, onlineConfirm, dummySend, resend, trace, memoUpdate, close }
