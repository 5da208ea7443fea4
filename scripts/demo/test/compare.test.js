'use strict'
const test = require('node:test')
const assert = require('node:assert/strict')
const { Comparison, differences } = require('../compare')
const { parseExact } = require('../exact')

function pathsOf (expected, found) {
  return [...differences(expected, found)].map(({ path }) => path)
}

test('a field that differs, is missing or is too much is named', () => {
  const expected = { id: 'x', amountFen: 5, receiver: { name: { masked: '王**' } }, items: [{ code: 'a' }, { code: 'b' }] }
  const found = { id: '1', shopId: '1', amountFen: 6, receiver: { name: {} }, items: [{ code: 'a' }, { code: 'b', extra: 1 }], surprise: true }
  assert.deepEqual(pathsOf(expected, found), ['id', 'amountFen', 'receiver.name.masked', 'items[1].extra', 'surprise'])
})

test('what is only ours is not expected of the platform', () => {
  assert.deepEqual(pathsOf({ name: 'a' }, { name: 'a', id: '7', shopId: '1', syncedAt: 'now', skusSyncedAt: 'now' }), [])
})

test('of a field that is not claimed only what is expected is compared', () => {
  const unclaimed = ['extraJson', 'skus.extraJson']
  const paths = (expected, found) => [...differences(expected, found, unclaimed)].map(({ path }) => path)
  assert.deepEqual(paths({ skus: [{ name: 'x' }] }, { extraJson: '{}', skus: [{ name: 'x', extraJson: '{}', code: 'a' }] }), ['skus[0].code'])
  assert.deepEqual(paths({ extraJson: '{}' }, {}), ['extraJson'])
})

test('a list of another length differs as a whole', () => {
  assert.deepEqual(pathsOf({ items: [1] }, { items: [1, 2] }), ['items.length'])
})

test('the same text as another type differs', () => {
  assert.deepEqual(pathsOf({ price: 5 }, { price: '5' }), ['price'])
})

test('records that are missing and records that should not be there are found', async () => {
  const comparison = new Comparison()
  await comparison.kind('order', [['1', { a: 1 }], ['2', { a: 1 }]], new Map([['2', { a: 1 }], ['3', { a: 1 }]]))
  assert.deepEqual(comparison.found.map(({ id, found }) => [id, found]), [['1', 'missing'], ['3', 'there']])
})

test('only the first differences are kept, and all are counted', async () => {
  const comparison = new Comparison()
  const expected = Array.from({ length: 30 }, (_, i) => [String(i), { a: 1 }])
  await comparison.kind('order', expected, new Map())
  assert.equal(comparison.found.length, 10)
  assert.equal(comparison.total, 30)
})

test('ids in further fields keep every digit', () => {
  assert.deepEqual(parseExact('{"id":1750198483000000123,"a":["1 \\"2\\" 3",-0.5,true,null]}'), { id: '1750198483000000123', a: ['1 "2" 3', '-0.5', true, null] })
})
