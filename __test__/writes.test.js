// Writes from JS: receipts, refusals, unknown outcomes, and arguments that must not reach a platform.
'use strict'
const assert = require('node:assert/strict')
const { test } = require('node:test')
const { failsWith } = require('./support')
const { ORDER, PRODUCT, hubOnStage } = require('./stage')

test('each write answers a receipt, and its change can be read', async (t) => {
  const { hub, shopId, sku, stage } = await hubOnStage(t)
  const seen = []
  const off = hub.on('change.state', (change) => seen.push(change.state))
  const shipment = { shopId, platformOrderId: ORDER, companyCode: 'shunfeng', trackingNumber: 'SF1' }
  const receipts = [
    await hub.products.setOnline({ shopId, platformProductId: PRODUCT, online: false }),
    await hub.products.setPrice({ ...sku, priceFen: 1999 }),
    await hub.products.setStock({ ...sku, stock: 20 }),
    await hub.products.setStock({ ...sku, delta: -3 }),
    await hub.orders.ship(shipment),
  ]
  for (const { changeId, state } of receipts) {
    assert.equal(typeof changeId, 'string')
    assert.equal(state, 'accepted')
  }
  assert.deepEqual([stage.online, stage.price, stage.stock, stage.parcel.tracking_no], [false, 1999, 17, 'SF1'])
  const changes = (await hub.changes.list({ shopId })).items
  assert.deepEqual(
    changes.map(({ operation }) => operation),
    ['orders.ship', 'products.stock', 'products.stock', 'products.price', 'products.online'],
  )
  assert.deepEqual([changes[1].delta, changes[2].stock, changes[3].priceFen, changes[4].online], [-3, 20, 1999, false])
  const change = await hub.changes.get(receipts[1].changeId)
  assert.deepEqual([change.evidence, change.attempt, change.actor], ['answer', 1, 'system'])
  assert.deepEqual(await hub.orders.companies(shopId), [{ code: 'shunfeng', name: '顺丰速运' }])
  off()
  assert.ok(seen.includes('accepted') && seen.includes('intent'), seen.join())
})

test('a refusal rejects with the platform’s code, an answer that got lost does not', async (t) => {
  const { hub, sku, stage } = await hubOnStage(t)
  stage.faults['sku.editPrice'] = ['refused', 'lost']
  const error = await failsWith('REJECTED', () => hub.products.setPrice({ ...sku, priceFen: 1 }))
  assert.deepEqual([error.platformCode, error.requestId], ['50002/isv.business-failed:2010326', 'l2'])
  const { changeId, state } = await hub.products.setPrice({ ...sku, priceFen: 2 })
  assert.equal(state, 'accepted')
  assert.equal((await hub.changes.get(changeId)).evidence, 'read_back')
  stage.faults['sku.syncStock'] = ['lost']
  assert.equal((await hub.products.setStock({ ...sku, delta: 5 })).state, 'accepted')
  assert.deepEqual([stage.stock, stage.executed], [15, ['sku.editPrice', 'sku.syncStock']])
  await failsWith('CONFLICT', () => hub.changes.cancel(changeId))
})

test('a shipment that nothing shows is unknown until a named person says more', async (t) => {
  const { hub, shopId, stage } = await hubOnStage(t)
  stage.faults['order.logisticsAdd'] = ['lost']
  stage.faults['order.orderDetail'] = ['refused', 'refused', 'refused', 'refused']
  const shipment = { shopId, platformOrderId: ORDER, companyCode: 'shunfeng', trackingNumber: 'SF1' }
  const { changeId, state } = await hub.orders.ship(shipment)
  assert.equal(state, 'unknown')
  assert.equal((await hub.orders.ship(shipment)).changeId, changeId, 'the same wish is the same change')
  await failsWith('FORBIDDEN', () => hub.changes.resolve(changeId, 'drop'))
  const person = hub.as({ id: 'u1', roles: ['operator'] })
  await failsWith('INVALID_REQUEST', () => person.changes.resolve(changeId, 'maybe'))
  await failsWith('CONFLICT', () => person.changes.resolve(changeId, 'drop'))
  assert.equal((await hub.changes.settle(changeId)).state, 'accepted')
  assert.equal(stage.executed.length, 1)
})

test('odd arguments reach no platform', async (t) => {
  const { hub, shopId, sku, stage } = await hubOnStage(t)
  const shipment = { shopId, platformOrderId: ORDER, companyCode: 'shunfeng', trackingNumber: 'SF1' }
  const odd = [
    () => hub.products.setPrice({ ...sku, priceFen: -1 }),
    () => hub.products.setPrice({ ...sku, priceFen: 1.5 }),
    () => hub.products.setPrice({ ...sku, priceFen: '100' }),
    () => hub.products.setPrice({ ...sku, priceFen: 2 ** 53 }),
    () => hub.products.setPrice({ ...sku, priceFen: Number.NaN }),
    () => hub.products.setPrice({ ...sku, platformSkuId: 17 }),
    () => hub.products.setPrice({ ...sku, platformSkuId: 'x' }),
    () => hub.products.setPrice(sku),
    () => hub.products.setStock({ ...sku, stock: -1 }),
    () => hub.products.setStock({ ...sku, stock: 1, delta: 1 }),
    () => hub.products.setStock(sku),
    () => hub.products.setStock({ ...sku, delta: 0 }),
    () => hub.products.setOnline({ shopId, platformProductId: PRODUCT, online: 1 }),
    () => hub.orders.ship({ ...shipment, trackingNumber: 'SF\n1' }),
    () => hub.orders.ship({ ...shipment, trackingNumber: '9'.repeat(65) }),
    () => hub.orders.ship({ ...shipment, trackingNumber: '' }),
    () => hub.call({ shopId, api: 'sku.editPrice', params: { price: 1 } }),
    () => hub.call({ shopId, api: ' order.logisticsAdd ', params: {} }),
    () => hub.changes.list({ state: 'odd' }),
    () => hub.changes.get(1),
  ]
  for (const work of odd) await failsWith('INVALID_REQUEST', work)
  assert.deepEqual(stage.executed, [])
  await hub.call({ shopId, api: 'sku.editPrice', params: { price: 7 }, force: true })
  assert.equal(stage.price, 7)
  const viewer = hub.as({ id: 'u2', roles: ['viewer'] })
  await failsWith('FORBIDDEN', () => viewer.products.setPrice({ ...sku, priceFen: 1 }))
  await failsWith('FORBIDDEN', () => viewer.orders.ship(shipment))
})
