'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor, caller, NOON } = require('./support')

const SECOND = NOON / 1000
const LATER = SECOND + 60
const STATE = 'isv.business-failed:2010402'

/** A sandbox a minute after its start, so that every write shows in its update time. */
async function begin (t, options) {
  const sandbox = await sandboxFor(t, options)
  const client = caller(sandbox)
  sandbox.control.setClock({ advanceMs: 60_000 })
  const all = kind => sandbox.control.truth({ kind, limit: 1000 }).items
  const product = state => all('products').find(one => [one.status, one.check_status, one.draft_status].join('/') === state)
  const order = status => all('orders').find(one => one.order_status === status)
  const byId = (kind, id) => all(kind).find(one => (one.product_id && kind === 'products' ? one.product_id : one.order_id ?? one.id) === id)
  const writes = () => sandbox.control.writes({}).items
  return { sandbox, ...client, all, product, order, byId, writes }
}

function states (one) {
  return [one.status, one.check_status, one.draft_status].join('/')
}

test('listing goes through review, and update time and lists follow', async t => {
  const { sandbox, call, product, byId, writes } = await begin(t, { reviewMs: 5000 })
  const { product_id: id } = product('1/1/0')
  const answer = await call('product.setOnline', { product_id: id })
  assert.deepEqual([answer.code, answer.data], [10000, {}])
  assert.deepEqual([states(byId('products', id)), byId('products', id).update_time], ['0/2/2', LATER])
  assert.deepEqual(writes(), [{ seq: 1, at: NOON + 60_000, shopId: sandbox.doudian.shops[0].shopId, method: 'product.setOnline', target: id, params: {}, changed: true, requestId: answer.log_id }])
  assert.equal((await call('product.setOnline', { product_id: id })).sub_code, STATE)
  sandbox.control.setClock({ advanceMs: 4999 })
  assert.equal(states((await call('product.detail', { product_id: id })).data), '0/2/2')
  sandbox.control.setClock({ advanceMs: 1 })
  assert.equal(states((await call('product.detail', { product_id: id })).data), '0/3/0')
  const { data } = await call('product.listV2', { page: 1, size: 10, update_start_time: LATER, status: 0, check_status: 3 })
  assert.deepEqual([data.total, data.data[0].update_time], [1, LATER + 5])
  assert.equal((await call('product.setOnline', { product_id: id })).code, 10000)
  assert.deepEqual([writes().length, writes()[1].changed], [2, false])
})

test('a review can end in rejection, and a product taken down meanwhile is left alone', async t => {
  const { sandbox, call, product, byId } = await begin(t, { reviewOutcome: 'reject', reviewMs: 1000 })
  const { product_id: id } = product('1/1/0')
  await call('product.setOnline', { product_id: id })
  sandbox.control.edit({ kind: 'product', id, set: { status: 1, check_status: 1, draft_status: 0 } })
  sandbox.control.setClock({ advanceMs: 1000 })
  assert.equal(states(byId('products', id)), '1/1/0')
  await call('product.setOnline', { product_id: id })
  assert.deepEqual(sandbox.control.review().pending.map(one => one.productId), [id])
  sandbox.control.setClock({ advanceMs: 1000 })
  assert.equal(states(byId('products', id)), '0/4/4')
  sandbox.control.review({ ms: 0, outcome: 'approve' })
  await call('product.setOnline', { product_id: id })
  assert.equal(states(byId('products', id)), '0/3/0')
  assert.throws(() => sandbox.control.review({ outcome: 'maybe' }), /unknown outcome/)
})

test('taking down works from the shelf and is refused from elsewhere', async t => {
  const { sandbox, call, product, byId, writes } = await begin(t)
  const { product_id: id } = product('0/3/0')
  assert.equal((await call('product.setOffline', { product_id: id })).code, 10000)
  assert.deepEqual([states(byId('products', id)), byId('products', id).update_time], ['1/1/0', LATER])
  assert.equal((await call('product.setOffline', { product_id: id })).code, 10000)
  assert.deepEqual(writes().map(one => one.changed), [true, false])
  for (const [status, check, draft] of [[2, 1, 0], [1, 5, 0], [0, 2, 2]]) {
    sandbox.control.edit({ kind: 'product', id, set: { status, check_status: check, draft_status: draft } })
    assert.equal((await call('product.setOffline', { product_id: id })).sub_code, STATE)
    assert.equal((await call('product.setOnline', { product_id: id })).sub_code, STATE)
  }
  assert.equal(writes().length, 2)
})

test('a price is set by any name of the SKU and shows in lists', async t => {
  const { call, all, byId, writes } = await begin(t)
  const [sku] = all('skus')
  const names = [{ sku_id: sku.id }, { code: sku.code }, { out_sku_id: sku.out_sku_id }, { sku_id: sku.id, code: sku.code }]
  for (const [index, name] of names.entries()) {
    const price = 100 + index
    assert.equal((await call('sku.editPrice', { product_id: sku.product_id, ...name, price })).code, 10000)
    assert.equal((await call('sku.list', { product_id: sku.product_id })).data.find(one => one.outer_sku_id === sku.outer_sku_id).price, price)
    assert.deepEqual([byId('products', sku.product_id).discount_price, byId('products', sku.product_id).update_time], [price, LATER])
  }
  assert.deepEqual(writes().map(one => [one.target, one.params.price]), names.map((_, index) => [sku.id, 100 + index]))
})

test('an absolute stock is set, an increment acts once per idempotent_id', async t => {
  const { call, all, byId, writes } = await begin(t)
  const [sku, other] = all('skus')
  const base = { product_id: sku.product_id, sku_id: sku.id }
  const sync = params => call('sku.syncStock', { ...base, ...params })
  const stock = async () => (await call('sku.stockNum', { sku_id: sku.id })).data.stock_num
  assert.equal((await sync({ stock_num: 10 })).code, 10000)
  assert.equal(await stock(), 10)
  assert.equal((await sync({ stock_num: -4, incremental: true, idempotent_id: 'a' })).code, 10000)
  assert.equal((await sync({ stock_num: -4, incremental: true, idempotent_id: 'a' })).code, 10000)
  assert.equal(await stock(), 6)
  assert.deepEqual(writes().map(one => one.changed), [true, true, false])
  const reused = await sync({ stock_num: -5, incremental: true, idempotent_id: 'a' })
  assert.deepEqual([reused.code, reused.sub_code], [40004, 'isv.idempotent-id-existed'])
  assert.equal((await sync({ stock_num: -7, incremental: true, idempotent_id: 'b' })).sub_code, 'isv.business-failed:2010403')
  assert.equal((await sync({ stock_num: 0 })).code, 10000)
  assert.equal((await sync({ stock_num: 7, incremental: true, idempotent_id: 'b' })).code, 10000) // a refused id is free again
  assert.deepEqual([await stock(), byId('products', sku.product_id).update_time, writes().length], [7, LATER, 5])
  assert.equal((await call('sku.stockNum', { code: other.code, sku_id: sku.id })).sub_code, 'isv.business-failed:2010001')
})

test('an order that is to be shipped is shipped once', async t => {
  const { call, order, byId, writes } = await begin(t)
  const companies = (await call('order.logisticsCompanyList')).data
  assert.ok(companies.length > 3 && companies.every(one => Number.isInteger(one.id) && one.name && one.code))
  const { order_id: id } = order(2)
  const shipment = { order_id: id, company_code: companies[0].code, logistics_code: 'SF1234567890' }
  const answer = await call('order.logisticsAdd', shipment)
  assert.deepEqual([answer.code, answer.data], [10000, {}])
  const { data } = await call('order.searchList', { page: 0, size: 10, update_time_start: LATER })
  const [row] = data.shop_order_list
  assert.deepEqual([data.total, row.order_id, row.order_status, row.ship_time, row.update_time], [1, id, 3, LATER, LATER])
  assert.ok(row.sku_order_list.every(line => line.order_status === 3))
  assert.deepEqual(row.logistics_info.map(one => [one.tracking_no, one.company, one.ship_time]), [['SF1234567890', companies[0].code, LATER]])
  assert.deepEqual(byId('orders', id).logistics_info[0].tracking_no, 'SF1234567890')
  assert.equal((await call('order.logisticsAdd', shipment)).sub_code, 'isv.business-failed:2010404')
  const part = order(101)
  assert.equal((await call('order.logisticsAdd', { ...shipment, order_id: part.order_id })).code, 10000)
  const parcels = byId('orders', part.order_id).logistics_info
  assert.deepEqual([parcels.length, parcels[0], parcels[1].tracking_no], [2, part.logistics_info[0], 'SF1234567890'])
  for (const status of [1, 105, 4]) {
    assert.equal((await call('order.logisticsAdd', { ...shipment, order_id: order(status).order_id })).sub_code, 'isv.business-failed:2010405')
  }
  assert.deepEqual(writes().map(one => [one.method, one.target, one.params.logisticsCode]), [['order.logisticsAdd', id, 'SF1234567890'], ['order.logisticsAdd', part.order_id, 'SF1234567890']])
})

test('writes are checked as strictly as reads, and a refused one leaves no trace', async t => {
  const { sandbox, call, all, order, writes } = await begin(t)
  const [sku] = all('skus')
  const name = { product_id: sku.product_id, sku_id: sku.id }
  const ship = { order_id: order(2).order_id, company_code: 'shunfeng', logistics_code: 'SF1' }
  const before = JSON.stringify([all('products'), all('orders'), all('skus')])
  const refused = [
    ['product.setOnline', {}, 'isv.parameter-missing'],
    ['product.setOnline', { product_id: 'x' }, 'isv.parameter-format-invalid'],
    ['product.setOnline', { product_id: '1' }, 'isv.business-failed:2010001'],
    ['product.setOffline', { product_id: sku.product_id, reason: '' }, 'isv.parameter-invalid'],
    ['sku.editPrice', { ...name }, 'isv.parameter-missing'],
    ['sku.editPrice', { ...name, price: 0 }, 'isv.parameter-invalid'],
    ['sku.editPrice', { ...name, price: 1.5 }, 'isv.parameter-format-invalid'],
    ['sku.editPrice', { sku_id: sku.id, price: 1 }, 'isv.parameter-missing'],
    ['sku.editPrice', { product_id: sku.product_id, price: 1 }, 'isv.parameter-missing'],
    ['sku.editPrice', { ...name, code: 'other', price: 1 }, 'isv.business-failed:2010001'],
    ['sku.syncStock', { ...name }, 'isv.parameter-missing'],
    ['sku.syncStock', { ...name, stock_num: -1 }, 'isv.parameter-invalid'],
    ['sku.syncStock', { ...name, stock_num: 1, incremental: true }, 'isv.parameter-missing'],
    ['sku.syncStock', { ...name, stock_num: 1, incremental: 1 }, 'isv.parameter-format-invalid'],
    ['sku.syncStock', { ...name, stock_num: 1, out_warehouse_id: 'w' }, 'isv.parameter-invalid'],
    ['sku.stockNum', {}, 'isv.parameter-missing'],
    ['order.logisticsCompanyList', { page: 1 }, 'isv.parameter-invalid'],
    ['order.logisticsAdd', { ...ship, order_id: undefined }, 'isv.parameter-missing'],
    ['order.logisticsAdd', { ...ship, order_id: 12 }, 'isv.parameter-format-invalid'],
    ['order.logisticsAdd', { ...ship, order_id: '12' }, 'isv.business-failed:2010001'],
    ['order.logisticsAdd', { ...ship, company_code: 'nobody' }, 'isv.parameter-invalid'],
    ['order.logisticsAdd', { ...ship, logistics_code: '有空 格' }, 'isv.parameter-invalid'],
    ['order.logisticsAdd', { ...ship, company: '顺丰' }, 'isv.parameter-invalid']
  ]
  for (const [method, params, subCode] of refused) {
    assert.equal((await call(method, params)).sub_code, subCode, `${method} ${JSON.stringify(params)}`)
  }
  assert.equal(JSON.stringify([all('products'), all('orders'), all('skus')]), before)
  assert.deepEqual([writes(), sandbox.control.review().pending], [[], []])
})

test('the write log pages and tells shops apart', async t => {
  const { sandbox, call, all } = await begin(t, { shops: 2 })
  const [sku] = all('skus')
  for (let stock = 0; stock < 5; stock++) await call('sku.syncStock', { product_id: sku.product_id, sku_id: sku.id, stock_num: stock })
  const { shops: [first, second] } = sandbox.doudian
  const page = sandbox.control.writes({ shop: first.shopId, limit: 3 })
  assert.deepEqual([page.items.map(one => one.seq), page.next], [[1, 2, 3], 3])
  const rest = sandbox.control.writes({ shop: first.shopId, after: page.next, limit: 3 })
  assert.deepEqual([rest.items.map(one => one.params.stockNum), rest.next], [[3, 4], null])
  assert.deepEqual(sandbox.control.writes({ shop: second.shopId }), { items: [], next: null })
})
