'use strict'
// Messages by polling, fact sheet 7.1, 7.2 and 7.4: thin notices of what changed, repeated until they are confirmed.
const { write } = require('../../json')
const { shanghaiText } = require('../../clock')
const { Refused } = require('./params')
const { yuan } = require('./item_wire')
const { stockOf, ON_SALE, SOLD_OUT, DELETED, VIOLATION } = require('./item_seed')
const { amountsOf, lineId } = require('./trade_money')

const AGAIN_MS = 300_000 // one blog: about five minutes
const GROUP = 'default'
const TRADE_TOPICS = {
  WAIT_SELLER_SEND_GOODS: 'TradeBuyerPay', SELLER_CONSIGNED_PART: 'TradePartlySellerShip', WAIT_BUYER_CONFIRM_GOODS: 'TradeSellerShip',
  TRADE_FINISHED: 'TradeSuccess', TRADE_CLOSED: 'TradeClose', TRADE_CLOSED_BY_TAOBAO: 'TradeClose'
}
const REFUND_TOPICS = { WAIT_BUYER_RETURN_GOODS: 'RefundSellerAgreeAgreement', SELLER_REFUSE_BUYER: 'RefundSellerRefuseAgreement', WAIT_SELLER_CONFIRM_GOODS: 'RefundBuyerReturnGoods', CLOSED: 'RefundClosed', SUCCESS: 'RefundSuccess' }

function tradeNotice (before, trade, shop) {
  const name = !before ? 'TradeCreate' : before.status !== trade.status ? TRADE_TOPICS[trade.status] ?? 'TradeChanged' : before.memo !== trade.memo ? 'TradeMemoModified' : 'TradeChanged'
  return {
    topic: `taobao_trade_${name}`,
    content: { tid: BigInt(trade.id), oid: BigInt(lineId(trade, trade.lines[0])), type: trade.type, status: trade.status, payment: yuan(amountsOf(trade).payment), seller_nick: shop.nick, buyer_open_uid: shop.buyerOf(trade) }
  }
}

function itemTopic (before, item) {
  if (!before) return 'ItemAdd'
  if (before.state === item.state) return stockOf(before) === stockOf(item) ? 'ItemUpdate' : 'ItemStockChanged'
  if (item.state === DELETED) return 'ItemDelete'
  if (item.state === VIOLATION) return 'ItemPunishDownshelf'
  if (item.state === SOLD_OUT) return 'ItemZeroStock'
  return item.state === ON_SALE ? 'ItemUpshelf' : 'ItemDownshelf'
}

function itemNotice (before, item, shop) {
  const topic = itemTopic(before, item)
  const content = { num_iid: BigInt(item.id), nick: shop.nick, title: item.title, price: yuan(item.price), num: stockOf(item), status: item.state }
  if (topic === 'ItemStockChanged') content.increment = stockOf(item) - stockOf(before)
  return { topic: `taobao_item_${topic}`, content }
}

/** `refund_id` is a number here and a text in answers. */
function refundNotice (before, refund, shop) {
  const name = before ? REFUND_TOPICS[refund.status] ?? 'RefundBuyerModifyAgreement' : 'RefundCreated'
  const line = refund.trade.lines[refund.place]
  return {
    topic: `taobao_refund_${name}`,
    content: { refund_id: BigInt(refund.id), tid: BigInt(refund.trade.id), oid: BigInt(lineId(refund.trade, line)), refund_fee: yuan(amountsOf(refund.trade).lines[refund.place].divided), modified: shanghaiText(refund.updateTime), seller_nick: shop.nick }
  }
}

/** No second `Item` in the name; the result is a boolean. */
function auditNotice (item, outcome, shop) {
  return {
    topic: 'taobao_item_AuditResultNotify',
    content: { audit_result: outcome === 'approve', item_id: BigInt(item.id), message: item.reason ?? '审核通过', detail_url: '', trace_id: `t${item.id}`, user_nick: shop.nick }
  }
}

class Messages {
  constructor () {
    this.permits = new Map() // "appKey/shopId" → topics, or null for all
    this.queues = new Map() // appKey → messages that are not confirmed
    this.made = 0
  }

  queue (appKey) {
    if (!this.queues.has(appKey)) this.queues.set(appKey, [])
    return this.queues.get(appKey)
  }

  /** Queues a notice for every app that the shop has a permit for. */
  publish (shop, { topic, content }, nowMs) {
    for (const [key, topics] of this.permits) {
      const [appKey, shopId] = key.split('/')
      if (shopId !== shop.id || (topics && !topics.includes(topic))) continue
      this.queue(appKey).push({
        seenAt: -Infinity,
        message: { id: 7_000_000_000_000_000_000n + BigInt(++this.made), topic, content: write(content), user_id: BigInt(shop.id), user_nick: shop.nick, pub_time: shanghaiText(Math.floor(nowMs / 1000)), pub_app_key: appKey }
      })
    }
  }

  changed (shop, shelf, before, version, nowMs) {
    if (this.permits.size === 0) return
    const notice = shelf === shop.made.trades ? tradeNotice : shelf === shop.made.refunds ? refundNotice : itemNotice
    this.publish(shop, notice(before, version, shop), nowMs)
  }

  audited (shop, item, outcome, nowMs) {
    this.publish(shop, auditNotice(item, outcome, shop), nowMs)
  }

  /** Who closed an authorisation gets no more of the shop than this. */
  revoked (shop, appKey, nowMs) {
    const key = `${appKey}/${shop.id}`
    if (!this.permits.has(key)) return
    this.publish(shop, { topic: 'taobao_top_AuthCancel', content: { open_id: `AAE${shop.seed.toString(36)}`, user_id: BigInt(shop.id) } }, nowMs)
    this.permits.delete(key)
  }

  take (appKey, most, nowMs) {
    const due = this.queue(appKey).filter(entry => nowMs - entry.seenAt >= AGAIN_MS).slice(0, most)
    for (const entry of due) entry.seenAt = nowMs
    return due.map(entry => entry.message)
  }

  confirm (appKey, ids) {
    this.queues.set(appKey, this.queue(appKey).filter(({ message }) => !ids.includes(String(message.id))))
  }
}

/** Overwrites what was permitted before; without topics all of them. */
function permit (shop, params, desk) {
  params.only('topics')
  const topics = params.list('topics')
  desk.messages.permits.set(`${desk.appKey}/${shop.id}`, topics)
  return { tree: { is_success: true }, target: shop.id, params: { topics }, changed: true }
}

/** Naming a group without having any is an error, so only the default group can be named. */
function checkGroup (params) {
  if (params.text('group_name', GROUP) !== GROUP) throw new Refused('parameterInvalid', 'group_name', '分组不存在')
}

function consume (call, shop, params, { app, world }) {
  params.only('group_name', 'quantity')
  checkGroup(params)
  return { messages: world.messages.take(app.appKey, params.integer('quantity', 100, 10, 200), call.now) }
}

function confirm (call, shop, params, { app, world }) {
  params.only('group_name', 's_message_ids')
  checkGroup(params)
  params.required('s_message_ids')
  world.messages.confirm(app.appKey, params.list('s_message_ids', 200))
  return { is_success: true }
}

function userGet (call, shop, params, { app, world }) {
  params.only('fields', 'nick', 'user_platform')
  const owner = world.shops.find(one => one.nick === params.required('nick'))
  const key = owner && `${app.appKey}/${owner.id}`
  if (!key || !world.messages.permits.has(key)) throw new Refused('recordNotExist', 'tmc_user')
  return { tmc_user: { user_nick: owner.nick, is_valid: world.desk.of(app.appKey, owner.id)?.revoked === false, topics: world.messages.permits.get(key) ?? [] } }
}

module.exports = { Messages, permit, consume, confirm, userGet }
