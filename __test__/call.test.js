// Raw calls: what goes in and comes out, to the last digit.
'use strict'
const assert = require('node:assert/strict')
const { test } = require('node:test')
const { failsWith, openHub } = require('./support')
const { hubWithShop } = require('./platform')

test('integers beyond 2^53 come as strings, and with raw as they are', async (t) => {
  const { hub, shopId } = await hubWithShop(t)
  const call = { shopId, api: 'product.listV2', params: { page: 1, size: 10 } }
  const raw = await hub.call({ ...call, raw: true })
  assert.equal(typeof raw, 'string')
  const large = raw.match(/"product_id":(\d{16,})/)[1]
  assert.ok(BigInt(large) > BigInt(Number.MAX_SAFE_INTEGER))
  const { data } = await hub.call(call)
  assert.ok(data.some((product) => product.product_id === large))
  assert.deepEqual(await hub.call({ ...call, params: JSON.stringify(call.params) }), { ...(await hub.call(call)) })
})

test('params that JSON cannot carry are refused', async (t) => {
  const hub = await openHub(t)
  const cyclic = {}
  cyclic.self = cyclic
  for (const bad of [new Date(), 5n, Symbol('s'), () => {}, new Map(), Buffer.from('x'), NaN, Infinity, 2 ** 60, '\ud800', cyclic]) {
    await failsWith('INVALID_REQUEST', () => hub.call({ shopId: '1', api: 'x', params: { bad } }))
  }
  for (const bad of [1, true, null, [], new Date()]) {
    await failsWith('INVALID_REQUEST', () => hub.call({ shopId: '1', api: 'x', params: bad }))
  }
  await failsWith('INVALID_REQUEST', () => hub.call({ shopId: '1', api: 'x', params: { list: [undefined] } }))
})

test('a call is made by a shop or by an app alone, and not by both', async (t) => {
  const { hub, shopId, sandbox } = await hubWithShop(t)
  const { appId } = await hub.shops.get(shopId)
  assert.match((await failsWith('INVALID_REQUEST', () => hub.call({ api: 'x' }))).message, /`shopId` is missing.*`appId`/)
  assert.match((await failsWith('INVALID_REQUEST', () => hub.call({ api: 'x', shopId, appId }))).message, /exclude each other/)
  assert.match((await failsWith('INVALID_REQUEST', () => hub.call({ api: 'product.listV2', appId }))).message, /needs a shop's token/)
  await failsWith('NOT_FOUND', () => hub.call({ api: 'product.listV2', appId: '404' }))
  assert.equal(sandbox.control.stats().methods['product.listV2'], undefined)
})
