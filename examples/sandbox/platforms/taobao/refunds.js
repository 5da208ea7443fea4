'use strict'
// Reading and deciding refunds, fact sheet 5.8.
const { Refused } = require('./params')
const { wantedFields, pick } = require('./fields')
const { cutPage, tradeFilter } = require('./trades')
const { refundVersion, refundFee, ASKED, TO_RETURN, RETURNED, REFUSED, SUCCESS } = require('./refund_seed')

const DEFAULT_TYPES = ['guarantee_trade', 'auto_delivery'] // fewer than for trades
const MAX_PROOF_BYTES = 130_000
const CEILINGS = { C: { count: 20, fen: 600_000 }, B: { count: 30, fen: 1_000_000 } }
const AGREEABLE = [ASKED, RETURNED]
const SMS_FROM_FEN = 50_000 // the sheet says "a certain sum"

function receive (call, shop, params) {
  params.only('fields', 'status', 'type', 'start_modified', 'end_modified', 'page_no', 'page_size', 'use_has_next')
  const wanted = wantedFields(params, 'refund')
  const bounds = { updateTime: [params.time('start_modified'), params.time('end_modified')] }
  const { rows, more } = cutPage(call, shop, shop.refunds, params, { axis: 'updateTime', bounds, ...tradeFilter(params, DEFAULT_TYPES) })
  return { refunds: rows.map(row => pick(shop.refundWire(row), wanted)), ...more }
}

function requireRefund (shop, id) {
  const version = shop.refunds.current(id)
  if (!version) throw new Refused('refundNotExist', 'refund_id')
  return version
}

function refundGet (call, shop, params) {
  params.only('refund_id', 'fields')
  return { refund: pick(shop.refundWire(requireRefund(shop, params.required('refund_id'))), wantedFields(params, 'refund')) }
}

/** Stores a refund's new state, and with it the trade it belongs to; a trade refunded in full is closed. */
function putRefund (shop, version, changes, now, put) {
  const trade = shop.trades.current(version.trade.id)
  const lines = trade.lines.map(line => (line.place === version.place ? { ...line, refund: { ...line.refund, ...changes } } : line))
  const closed = lines.every(line => line.refund?.status === SUCCESS)
  const next = { ...trade, lines, updateTime: Math.max(now, trade.updateTime), ...(closed ? { status: 'TRADE_CLOSED', endTime: trade.endTime || now } : {}) }
  put(shop.trades, next)
  put(shop.refunds, { ...refundVersion(next, lines[version.place]), set: version.set })
}

/** `id|amount-in-fen|version|phase`, the last for Tmall only. */
function agreements (params, shop) {
  return params.required('refund_infos').split(',').map(text => {
    const [id, fen, version, phase] = text.split('|')
    if (!/^\d+$/.test(fen ?? '') || !/^\d+$/.test(version ?? '') || (shop.type === 'B') !== (phase !== undefined)) throw new Refused('parameterInvalid', 'refund_infos')
    return { refund: requireRefund(shop, id), fen: Number(fen), version: Number(version), phase }
  })
}

function checkAgreement ({ refund, fen, version, phase }, shop) {
  const { refund_version: current, refund_phase: known } = shop.refundWire(refund)
  if (!AGREEABLE.includes(refund.status)) throw new Refused('refundState')
  if (version !== current) throw new Refused('refundVersion')
  if (fen !== refundFee(refund)) throw new Refused('parameterMismatch', undefined, '退款金额与申请不一致')
  if (phase !== undefined && phase !== known) throw new Refused('parameterMismatch', undefined, 'phase 与退款阶段不一致')
}

/** A failure inside of a success: the seller's telephone gets a code, and nothing is done until it is given. */
function needsCode (wishes) {
  return { tree: { succ: false, msg_code: 'NEED_SMS_CODE', message: '请输入短信验证码', results: wishes.map(({ refund }) => ({ refund_id: refund.id, succ: false })) } }
}

/** Money for good: amounts in fen here, though everything else about refunds is yuan. */
function agree (shop, params, desk) {
  params.only('refund_infos', 'code')
  const wishes = agreements(params, shop)
  const { count, fen } = CEILINGS[shop.type]
  if (wishes.length > count || wishes.reduce((sum, wish) => sum + wish.fen, 0) > fen) throw new Refused('parameterInvalid', 'refund_infos', '超过单次同意退款的笔数或金额')
  for (const wish of wishes) checkAgreement(wish, shop)
  if (!params.has('code') && wishes.reduce((sum, wish) => sum + wish.fen, 0) >= SMS_FROM_FEN) return needsCode(wishes)
  for (const { refund } of wishes) putRefund(shop, refund, { status: SUCCESS }, desk.now, desk.put)
  return {
    tree: { succ: true, msg_code: 'OP_SUCC', results: wishes.map(({ refund }) => ({ refund_id: refund.id, succ: true })) },
    target: wishes.map(({ refund }) => refund.id).join(), params: { fen: wishes.map(wish => wish.fen) }, changed: true
  }
}

/** Agrees to take goods back. */
function agreeReturn (shop, params, desk) {
  params.only('refund_id', 'refund_phase', 'refund_version', 'remark', 'seller_address_id', 'name', 'address', 'post', 'tel', 'mobile')
  const refund = requireRefund(shop, params.required('refund_id'))
  if (refund.status !== ASKED || !refund.goods) throw new Refused('refundState')
  if (params.integer('refund_version', undefined) !== shop.refundWire(refund).refund_version) throw new Refused('refundVersion')
  putRefund(shop, refund, { status: TO_RETURN }, desk.now, desk.put)
  return { tree: { result: true }, target: refund.id, params: {}, changed: true }
}

function refuseRefund (shop, params, desk) {
  params.only('refund_id', 'refuse_message', 'refuse_proof', 'refund_phase', 'refund_version', 'refuse_reason_id')
  const refund = requireRefund(shop, params.required('refund_id'))
  const proof = params.files.get('refuse_proof')
  if (proof && proof.bytes.length > MAX_PROOF_BYTES) throw new Refused('uploadFail')
  const message = params.required('refuse_message')
  if (![ASKED, RETURNED].includes(refund.status)) throw new Refused('refundState')
  if (params.has('refund_version') && params.integer('refund_version') !== shop.refundWire(refund).refund_version) throw new Refused('refundVersion')
  putRefund(shop, refund, { status: REFUSED, refusal: message }, desk.now, desk.put)
  return { tree: { refund: { refund_id: refund.id, status: REFUSED } }, target: refund.id, params: { message, proofBytes: proof?.bytes.length ?? 0 }, changed: true }
}

module.exports = { receive, refundGet, putRefund, agree, agreeReturn, refuseRefund }
