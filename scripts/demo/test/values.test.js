'use strict'
const test = require('node:test')
const assert = require('node:assert/strict')
const { fen, beijing, millis, id } = require('../expected/values')

test('yuan are read digit by digit', () => {
  assert.deepEqual(['1.1', '0.29', 77.9, '-0.05', '3', '', undefined].map(fen), [110, 29, 7790, -5, 300, undefined, undefined])
})

test('times without a zone are eight hours ahead, and the words for never are none', () => {
  assert.equal(beijing('2026-11-01 00:30:00'), '2026-10-31T16:30:00.000Z')
  assert.deepEqual(['', undefined, '0001-01-01 00:00:00', '1970-01-01 00:00:00'].map(beijing), [undefined, undefined, undefined, undefined])
  assert.equal(millis(1_790_000_000_000), '2026-09-21T14:13:20.000Z')
})

test('0 is no id', () => {
  assert.deepEqual([0, '0', '', 7, '9007199254740993'].map(id), [undefined, undefined, undefined, '7', '9007199254740993'])
})
