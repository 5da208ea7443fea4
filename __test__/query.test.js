// hub.query: what goes in and comes out; what SQL may do is tested in Rust.
'use strict'
const assert = require('node:assert/strict')
const { test } = require('node:test')
const { failsWith, openHub } = require('./support')

const ENDLESS = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS n FROM n'

test('rows are objects, and parameters come back as they went in', async (t) => {
  const hub = await openHub(t)
  for (const view of ['v_orders', 'v_promotions']) assert.deepEqual(await hub.query(`SELECT count(*) AS n FROM ${view}`), [{ n: 0 }])
  assert.deepEqual(await hub.query('SELECT ? AS a, ? AS b, ? AS c, ? AS d', ['店', null, true, 0.5]), [{ a: '店', b: null, c: 1, d: 0.5 }])
  assert.deepEqual(await hub.query('SELECT CAST(:a AS TEXT) AS a, $b AS b', { a: 2n ** 63n - 1n, b: -7 }), [{ a: '9223372036854775807', b: -7 }])
  const [row] = await hub.query('SELECT 1 AS "__proto__"')
  assert.deepEqual(Object.keys(row), ['__proto__'])
})

test('what cannot be exact is refused', async (t) => {
  const hub = await openHub(t)
  for (const value of [2n ** 63n, NaN, Infinity, 2 ** 53, undefined, Buffer.from('x'), new Date(), {}, [], () => {}, Symbol('x'), '\ud800']) {
    await failsWith('INVALID_REQUEST', () => hub.query('SELECT ? AS a', [value]))
  }
  for (const args of [[], [1], [null], [''], ['SELECT 1 AS a', 'x'], ['SELECT 1 AS a', [], { rows: 1 }], ['SELECT 1 AS a', [], { maxRows: 0 }]]) {
    await failsWith('INVALID_REQUEST', () => hub.query(...args))
  }
  const error = await failsWith('INVALID_REQUEST', () => hub.query('SELECT 9007199254740992 AS big'))
  assert.match(error.message, /big/)
})

test('an actor may not ask in SQL, and secrets cannot be read', async (t) => {
  const hub = await openHub(t)
  await failsWith('FORBIDDEN', () => hub.as({ id: 'u1', roles: ['admin'] }).query('SELECT 1 AS a'))
  await failsWith('INVALID_REQUEST', () => hub.query('WITH v_shops AS (SELECT access_token FROM grants) SELECT * FROM v_shops'))
})

test('time, rows and a signal end a query, and the thread stays free', async (t) => {
  const hub = await openHub(t)
  await failsWith('INVALID_REQUEST', () => hub.query("SELECT value FROM json_each('[1,2]')", [], { maxRows: 1 }))
  await failsWith('INVALID_REQUEST', () => hub.query(ENDLESS, [], { timeoutMs: 100 }))
  const controller = new AbortController()
  const running = failsWith('CANCELLED', () => hub.query(ENDLESS, [], { signal: controller.signal }))
  await hub.health()
  controller.abort()
  await running
})
