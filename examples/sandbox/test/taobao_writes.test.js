'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor } = require('./support')
const { taobaoCaller, truth } = require('./taobao_support')

const P = { platform: 'taobao' }

async function stage (t, { issue = true, ...options } = {}) {
  const sandbox = await sandboxFor(t, options)
  const client = taobaoCaller(sandbox, { issue })
  const items = await truth(sandbox, 'products')
  const writes = () => sandbox.control.writes(P).items
  const now = async id => (await truth(sandbox, 'products')).find(one => one.num_iid === id)
  return { sandbox, ...client, items, writes, now }
}

test('taobao: on and off the shelf, told by where an item is listed; what is so already changes nothing', async t => {
  const { call, refused, items, writes, now } = await stage(t)
  const item = items.find(one => one.state === 'onsale')
  const { item: stamp } = await call('taobao.item.update.delisting', { num_iid: item.num_iid })
  assert.deepEqual(Object.keys(stamp), ['num_iid', 'modified'])
  assert.equal((await now(item.num_iid)).approve_status, 'instock')
  await call('taobao.item.update.delisting.tmall', { num_iid: item.num_iid })
  await call('taobao.item.update.listing', { num_iid: item.num_iid, num: 5 })
  assert.equal((await now(item.num_iid)).approve_status, 'onsale')
  await call('alibaba.item.operate.downshelf', { item_id: item.num_iid })
  assert.deepEqual(writes().map(one => [one.method, one.target, one.changed]), [
    ['taobao.item.update.delisting', item.num_iid, true], ['taobao.item.update.delisting.tmall', item.num_iid, false],
    ['taobao.item.update.listing', item.num_iid, true], ['alibaba.item.operate.downshelf', item.num_iid, true]
  ])
  const soldOut = items.find(one => one.state === 'sold_out' && one.skus.length > 0)
  assert.deepEqual(await refused('taobao.item.update.listing', { num_iid: soldOut.num_iid, num: 5 }), [15, 'isv.item-update-service-error:IC_CHECKSTEP_NUM_LESS_THAN_ONE'])
  const banned = items.find(one => one.state === 'violation_off_shelf')
  assert.deepEqual(await refused('alibaba.item.operate.upshelf', { item_id: banned.num_iid, quantity: 1 }), [15, 'isv.item-update-service-error:IC_CHECKSTEP_ITEM_PUNISHED'])
  await call('taobao.item.delete', { num_iid: item.num_iid })
  assert.deepEqual(await refused('taobao.item.seller.get', { num_iid: item.num_iid, fields: 'title' }), [15, 'isv.item-is-delete:invalid-numIid'])
  assert.equal(await now(item.num_iid), undefined)
})

test('taobao: stock is set or added to, by one way of naming SKUs; the last piece takes an item off the shelf', async t => {
  const { call, refused, items, now, writes } = await stage(t)
  const item = items.find(one => one.state === 'onsale' && one.skus.length > 1)
  const [first, second] = item.skus
  const stock = async () => (await now(item.num_iid)).skus.map(sku => sku.quantity)
  const update = params => call('taobao.item.quantity.update', { num_iid: item.num_iid, ...params })
  const { item: answer } = await update({ sku_id: first.sku_id, quantity: 40 })
  assert.equal(answer.skus.sku[0].quantity, 40)
  await update({ outer_id: first.outer_id, quantity: -15, type: 2 })
  await update({ outer_id: first.outer_id, quantity: -15, type: 2 })
  assert.equal((await stock())[0], 10)
  assert.deepEqual(await refused('taobao.item.quantity.update', { num_iid: item.num_iid, sku_id: first.sku_id, outer_id: first.outer_id, quantity: 1 }), [15, 'isv.parameters-mismatch'])
  assert.deepEqual(await refused('taobao.item.quantity.update', { num_iid: item.num_iid, sku_id: first.sku_id, quantity: -11, type: 2 }), [15, 'isv.item-update-service-error:IC_CHECKSTEP_QUANTITY_INVALID'])
  assert.deepEqual(await refused('taobao.item.quantity.update', { num_iid: item.num_iid, quantity: 1 }), [40, 'isv.missing-parameter:sku_id'])
  assert.deepEqual(await refused('taobao.item.quantity.update', { num_iid: item.num_iid, sku_id: 1, quantity: 1 }), [15, 'isv.sku-not-exist:sku_id'])
  await call('taobao.skus.quantity.update', { num_iid: item.num_iid, skuid_quantities: `${first.sku_id}:3;${second.sku_id}:4` })
  assert.deepEqual((await stock()).slice(0, 2), [3, 4])
  assert.equal(writes().length, 4)
  await call('taobao.skus.quantity.update', { num_iid: item.num_iid, skuid_quantities: item.skus.map(sku => `${sku.sku_id}:0`).join(';') })
  assert.deepEqual([(await now(item.num_iid)).state, (await now(item.num_iid)).approve_status], ['sold_out', 'instock'])
  await update({ sku_id: first.sku_id, quantity: 9 })
  assert.equal((await now(item.num_iid)).state, 'sold_out')
})

test('taobao: the idempotency key of tmall.item.quantity.update spares a second addition', async t => {
  const { call, refused, items, now, writes } = await stage(t)
  const item = items.find(one => one.state === 'onsale' && one.skus.length > 1)
  const [sku] = item.skus
  const params = (quantity, key = 'k1') => ({ item_id: item.num_iid, sku_quantities: `[{"sku_id":${sku.sku_id},"quantity":${quantity}}]`, options: JSON.stringify({ type: 2, outer_biz_key: key }) })
  assert.equal(typeof (await call('tmall.item.quantity.update', params(5))).quantity_update_result, 'string')
  await call('tmall.item.quantity.update', params(5))
  assert.equal((await now(item.num_iid)).skus[0].quantity, sku.quantity + 5)
  assert.deepEqual(writes().map(one => one.changed), [true, false])
  assert.deepEqual(await refused('tmall.item.quantity.update', params(6)), [15, 'isv.parameters-mismatch'])
  const mixed = `[{"sku_id":${sku.sku_id},"quantity":1},{"outer_id":"x","quantity":1}]`
  assert.deepEqual(await refused('tmall.item.quantity.update', { item_id: item.num_iid, sku_quantities: mixed }), [15, 'isv.parameters-mismatch'])
})

test('taobao: an item\'s price has to be one of its SKUs\' in stock', async t => {
  const { call, refused, items, now } = await stage(t)
  const item = items.find(one => one.state === 'onsale' && one.skus.length > 1)
  const [sku, other] = item.skus
  const names = { num_iid: item.num_iid, properties: sku.properties }
  assert.deepEqual(await refused('taobao.item.sku.price.update', { ...names, price: '66.60', item_price: '1.00' }), [15, 'isv.item-update-service-error:IC_CHECKSTEP_ITME_NOT_IN_SKU_PRICE'])
  await call('taobao.item.sku.price.update', { ...names, price: '66.60', item_price: '66.60' })
  assert.deepEqual([(await now(item.num_iid)).price, (await now(item.num_iid)).skus[0].price], ['66.60', '66.60'])
  await call('tmall.item.price.update', { item_id: item.num_iid, sku_prices: `[{"sku_id":${other.sku_id},"price":"5.00"}]` })
  assert.equal((await now(item.num_iid)).price, '5.00')
  assert.deepEqual(await refused('taobao.item.sku.price.update', { ...names, price: '6.666' }), [41, 'isv.invalid-parameter:price'])
})

async function tradeOf (sandbox, fits) {
  return (await truth(sandbox, 'orders')).find(fits)
}

const toShip = type => one => one.status === 'WAIT_SELLER_SEND_GOODS' && one.type === type

test('taobao: trades are shipped at once, in parts, or when they are confirmed', async t => {
  const { call, refused, sandbox, writes } = await stage(t, { historyDays: 3 })
  const status = async tid => (await tradeOf(sandbox, one => one.tid === tid)).status
  const whole = await tradeOf(sandbox, one => toShip('fixed')(one) && one.orders.length === 1)
  const send = { tid: whole.tid, company_code: 'SF', out_sid: 'SF123456789012' }
  assert.deepEqual(await refused('taobao.logistics.offline.send', { ...send, out_sid: 'nonsense' }), [15, 'isv.waybill-format-invalid'])
  assert.deepEqual((await call('taobao.logistics.offline.send', send)).shipping, { is_success: true })
  const shipped = await tradeOf(sandbox, one => one.tid === whole.tid)
  assert.deepEqual([shipped.status, shipped.orders[0].invoice_no, shipped.orders[0].logistics_company], ['WAIT_BUYER_CONFIRM_GOODS', 'SF123456789012', '顺丰速运'])
  assert.deepEqual(await refused('taobao.logistics.offline.send', send), [15, 'isv.trade-status-invalid'])
  await call('taobao.logistics.consign.resend', { ...send, out_sid: 'SF999999999999' })
  assert.equal((await tradeOf(sandbox, one => one.tid === whole.tid)).orders[0].invoice_no, 'SF999999999999')

  const parts = await tradeOf(sandbox, one => toShip('fixed')(one) && one.orders.length === 2)
  const part = oid => ({ tid: parts.tid, company_code: 'SF', out_sid: 'SF123456789013', is_split: 1, sub_tid: oid })
  await call('taobao.logistics.offline.send', part(parts.orders[0].oid))
  assert.equal(await status(parts.tid), 'SELLER_CONSIGNED_PART')
  assert.deepEqual(await refused('taobao.logistics.offline.send', part(parts.orders[0].oid)), [15, 'isv.trade-status-invalid'])
  await call('taobao.logistics.offline.send', part(parts.orders[1].oid))
  assert.equal(await status(parts.tid), 'WAIT_BUYER_CONFIRM_GOODS')

  const cash = await tradeOf(sandbox, toShip('cod'))
  const online = { tid: cash.tid, company_code: 'YTO' }
  assert.deepEqual(await refused('taobao.logistics.offline.send', { ...online, out_sid: 'YT1234567890123' }), [15, 'isv.trade-status-invalid'])
  await call('taobao.logistics.online.send', online)
  assert.equal(await status(cash.tid), 'WAIT_SELLER_SEND_GOODS')
  await call('taobao.logistics.online.confirm', { tid: cash.tid, out_sid: 'YT1234567890123' })
  assert.equal(await status(cash.tid), 'WAIT_BUYER_CONFIRM_GOODS')
  assert.equal(writes().length, 6)
})

test('taobao: a deposit is not enough to ship; memos and closing have their rules', async t => {
  const { call, refused, sandbox } = await stage(t, { historyDays: 3 })
  const [id] = sandbox.control.change({ ...P, newOrders: 1 }).orders
  assert.deepEqual(await refused('taobao.trade.close', { tid: id, close_reason: '缺货' }), [15, 'CLOSE_TRADE_TOO_FAST'])
  assert.deepEqual(await refused('taobao.trade.close', { tid: id, close_reason: '就是不想卖' }), [41, 'isv.invalid-parameter:close_reason'])
  await call('taobao.trade.memo.update', { tid: id, memo: '备注', flag: 3 })
  let trade = await tradeOf(sandbox, one => one.tid === id)
  assert.deepEqual([trade.seller_memo, trade.seller_flag], ['备注', 3])
  await call('taobao.trade.memo.update', { tid: id, memo: '不会留下', reset: true })
  trade = await tradeOf(sandbox, one => one.tid === id)
  assert.deepEqual([trade.seller_memo, trade.seller_flag], [undefined, 3])
  assert.deepEqual(await refused('taobao.trade.memo.update', { tid: id, memo: '长'.repeat(334) }), [41, 'isv.invalid-parameter:memo'])
  sandbox.control.edit({ ...P, kind: 'order', id, set: { type: 'step', step_trade_status: 'FRONT_PAID_FINAL_NOPAID', status: 'WAIT_SELLER_SEND_GOODS' } })
  assert.deepEqual(await refused('taobao.logistics.dummy.send', { tid: id }), [15, 'isv.trade-status-invalid'])
  sandbox.control.edit({ ...P, kind: 'order', id, set: { status: 'WAIT_BUYER_PAY' } })
  sandbox.control.setClock({ advanceMs: 10_000 })
  await call('taobao.trade.close', { tid: id, close_reason: '缺货' })
  assert.equal((await tradeOf(sandbox, one => one.tid === id)).status, 'TRADE_CLOSED_BY_TAOBAO')
})

test('taobao: a refund is agreed to in fen, with the version it has now; refusing carries a file', async t => {
  const { call, refused, sandbox } = await stage(t)
  const refunds = () => truth(sandbox, 'refunds')
  const asked = (await refunds()).filter(one => one.status === 'WAIT_SELLER_AGREE')
  const [first, second] = asked.filter(one => Number(one.refund_fee) < 500)
  const large = asked.find(one => Number(one.refund_fee) >= 500)
  const fen = Math.round(Number(first.refund_fee) * 100)
  assert.deepEqual(await refused('taobao.rp.refunds.agree', { refund_infos: `${first.refund_id}|${fen}|${first.refund_version - 1000}` }), [15, 'isv.refund-version-invalid'])
  assert.deepEqual(await refused('taobao.rp.refunds.agree', { refund_infos: `${first.refund_id}|${first.refund_fee}|${first.refund_version}` }), [41, 'isv.invalid-parameter:refund_infos'])
  await call('taobao.rp.refunds.agree', { refund_infos: `${first.refund_id}|${fen}|${first.refund_version}` })
  assert.equal((await refunds()).find(one => one.refund_id === first.refund_id).status, 'SUCCESS')
  const most = { refund_infos: `${large.refund_id}|${Math.round(Number(large.refund_fee) * 100)}|${large.refund_version}` }
  const failed = await call('taobao.rp.refunds.agree', most)
  assert.deepEqual([failed.succ, failed.msg_code, sandbox.control.writes(P).items.length], [false, 'NEED_SMS_CODE', 1])
  assert.equal((await call('taobao.rp.refunds.agree', { ...most, code: '1234' })).succ, true)
  const trade = await tradeOf(sandbox, one => one.tid === first.tid)
  assert.equal(trade.orders.find(line => line.oid === first.oid).refund_status, 'SUCCESS')
  assert.equal(trade.status === 'TRADE_CLOSED', trade.orders.length === 1)
  const proof = { refuse_proof: Buffer.from('89504e470d0a1a0a', 'hex') }
  assert.deepEqual(await refused('taobao.refund.refuse', { refund_id: second.refund_id, refuse_message: '已发货' }, { files: { refuse_proof: Buffer.alloc(130_001) } }), [3, undefined])
  await call('taobao.refund.refuse', { refund_id: second.refund_id, refuse_message: '已发货' }, { files: proof })
  assert.equal((await refunds()).find(one => one.refund_id === second.refund_id).status, 'SELLER_REFUSE_BUYER')
})

test('taobao: carriers need no session and tell the form of their numbers', async t => {
  const { call } = await stage(t, { issue: false })
  const { logistics_companies: { logistics_company: rows } } = await call('taobao.logistics.companies.get', { fields: 'id,code,name,reg_mail_no' })
  assert.ok(rows.every(row => row.code && new RegExp(row.reg_mail_no)))
})

test('taobao: what is refused leaves no trace in the write log', async t => {
  const { refused, writes, items } = await stage(t)
  await refused('taobao.item.update.listing', { num_iid: 1, num: 1 })
  await refused('taobao.item.quantity.update', { num_iid: items[0].num_iid, quantity: 1, unknown: 1 })
  assert.deepEqual(writes(), [])
})
