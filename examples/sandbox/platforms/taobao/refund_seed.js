'use strict'
// Refunds: each belongs to one line of a trade (fact sheet 5.8 and 8).
const { shanghaiText } = require('../../clock')
const words = require('./words')
const { yuan } = require('./item_wire')
const { amountsOf, lineId } = require('./trade_money')

const ASKED = 'WAIT_SELLER_AGREE'
const TO_RETURN = 'WAIT_BUYER_RETURN_GOODS'
const RETURNED = 'WAIT_SELLER_CONFIRM_GOODS'
const REFUSED = 'SELLER_REFUSE_BUYER'
const CLOSED = 'CLOSED'
const SUCCESS = 'SUCCESS'
const STATES = [[ASKED, 25], [TO_RETURN, 10], [RETURNED, 10], [REFUSED, 5], [CLOSED, 15], [SUCCESS, 35]]
const WITH_GOODS = [TO_RETURN, RETURNED]

/** What a line knows of its refund: `{ id, status, … }`; the shelf of refunds is made of these. */
function newRefund (trade, line, random, done, createTime = trade.payTime + Math.floor((trade.updateTime - trade.payTime) * random.next())) {
  const status = done ? SUCCESS : random.weighted(STATES)
  const goods = WITH_GOODS.includes(status) || (line.shipped && random.chance(0.5))
  return {
    id: `${trade.id.slice(2, 18)}${String(10 + line.place)}`, status, goods, createTime, reason: random.pick(words.refundReasons),
    note: random.pick(words.messages), sid: status === RETURNED ? `SF${random.digits(12)}` : '', refusal: null
  }
}

/** The shelf's version of a line's refund. */
function refundVersion (trade, line) {
  return { ...line.refund, updateTime: trade.updateTime, trade, place: line.place, set: null }
}

function refundsOf (trade) {
  return trade.lines.filter(line => line.refund).map(line => refundVersion(trade, line))
}

/** What happens next to a refund, or null when it has ended. */
function nextRefundStatus ({ status, goods }) {
  if (status === ASKED) return goods ? TO_RETURN : SUCCESS
  return { [TO_RETURN]: RETURNED, [RETURNED]: SUCCESS, [REFUSED]: CLOSED }[status] ?? null
}

/** The amount a refund is about: what the line cost. */
function refundFee (version) {
  return amountsOf(version.trade).lines[version.place].divided
}

function goodStatus (version, line) {
  if (!line.shipped) return 'BUYER_NOT_RECEIVED'
  return version.sid ? 'BUYER_RETURNED_GOODS' : 'BUYER_RECEIVED'
}

/** All fields of a refund; `operation_contraint` is spelt as the platform spells it. */
function refundWire (version, shop) {
  const { trade } = version
  const line = trade.lines[version.place]
  const fee = refundFee(version)
  const wire = {
    refund_id: version.id,
    tid: BigInt(trade.id),
    oid: BigInt(lineId(trade, line)),
    status: version.status,
    order_status: trade.status,
    good_status: goodStatus(version, line),
    has_good_return: version.goods,
    refund_fee: yuan(fee),
    total_fee: yuan(fee),
    payment: yuan(version.status === SUCCESS ? 0 : fee),
    reason: version.reason,
    desc: version.note,
    refund_phase: trade.endTime && trade.status === 'TRADE_FINISHED' ? 'aftersale' : 'onsale',
    refund_version: version.updateTime * 1000,
    sid: version.sid,
    company_name: version.sid ? '顺丰速运' : '',
    dispute_type: version.goods ? 'REFUND_AND_RETURN' : 'REFUND',
    operation_contraint: shop.type === 'B' ? 'null' : 'cannot_refuse',
    num_iid: BigInt(line.item.id),
    title: line.item.title,
    num: line.num,
    price: yuan(line.sku?.price ?? line.item.price),
    outer_id: line.item.outerId,
    seller_nick: shop.nick,
    buyer_nick: '',
    buyer_open_uid: shop.buyerOf(trade),
    created: shanghaiText(version.createTime),
    modified: shanghaiText(version.updateTime)
  }
  return Object.assign(wire, version.set)
}

module.exports = { newRefund, refundVersion, refundsOf, nextRefundStatus, refundFee, refundWire, ASKED, TO_RETURN, RETURNED, REFUSED, CLOSED, SUCCESS }
