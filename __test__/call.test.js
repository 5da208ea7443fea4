// Raw calls: what goes in and comes out, to the last digit.
'use strict'
const assert = require('node:assert/strict')
const { test } = require('node:test')
const { failsWith, openHub } = require('./support')
const { connectedShop, echo } = require('./platform')

test('integers beyond 2^53 come as strings, and with raw as they are', async (t) => {
  const hub = await openHub(t)
  const shopId = await connectedShop(t, hub)
  const params = '{"big":1234567890123456789,"small":9007199254740991,"text":"1234567890123456789","__proto__":{"x":1}}'
  const answer = await hub.call({ shopId, api: echo, params })
  assert.equal(answer.big, '1234567890123456789')
  assert.equal(answer.small, 9007199254740991)
  assert.equal(answer.text, '1234567890123456789')
  assert.equal({}.x, undefined)
  assert.ok(Object.hasOwn(answer, '__proto__'))
  const raw = await hub.call({ shopId, api: echo, params, raw: true })
  assert.equal(typeof raw, 'string')
  assert.ok(raw.includes('"big":1234567890123456789'))
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
