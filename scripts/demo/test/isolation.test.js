'use strict'
const test = require('node:test')
const assert = require('node:assert/strict')
const { slowed, median } = require('../isolation')

test('a platform is slowed when it takes longer than noise can make it', () => {
  assert.deepEqual(slowed({ a: 1000, b: 1000 }, { a: 1900, b: 2100 }), ['b'])
  assert.deepEqual(slowed({ a: 100 }, { a: 10_000 }), ['a'])
})

test('the median is the middle one', () => {
  assert.equal(median([900, 1, 10]), 10)
})
