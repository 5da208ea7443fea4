// Buyer data from JS: plain text in the answer, nowhere else, within the day's budget.
'use strict'
const assert = require('node:assert/strict')
const { test } = require('node:test')
const { inspect } = require('node:util')
const { hubWithShop } = require('./platform')
const { failsWith } = require('./support')

test('orders.decrypt gives plain text to the caller and keeps to the budget', async (t) => {
  const { hub, shopId } = await hubWithShop(t, { orders: 40, products: 3, hub: { decryptsPerDay: 2 } })
  await hub.orders.sync({ shopId })
  const { items } = await hub.orders.list({ shopId })
  const [one, two, three] = items.filter(({ receiver }) => receiver.phone.cipher)
  const ids = [one, two, three].map(({ platformOrderId }) => platformOrderId)
  const { orders, budget } = await hub.orders.decrypt({ shopId, platformOrderIds: ids.slice(0, 1), fields: ['name', 'phone'] })
  const [opened] = orders
  assert.deepEqual(Object.keys(opened).toSorted(), ['failures', 'name', 'phone', 'phoneIsVirtual', 'phoneValidUntil', 'platformOrderId'])
  assert.deepEqual([opened.platformOrderId, opened.failures, opened.detail], [ids[0], [], undefined])
  assert.equal(opened.name[0], one.receiver.name.masked[0])
  assert.deepEqual([budget.perDay, budget.left], [2, 1])
  assert.match(budget.resetsAt, /T16:00:00/)

  const error = await failsWith('RATE_LIMITED', () => hub.orders.decrypt({ shopId, platformOrderIds: ids.slice(1) }))
  assert.match(error.message, /1 of 2 orders left/)
  assert.ok(error.retryAfterMs > 0 && error.retryAfterMs <= 86_400_000)
  const kept = inspect([await hub.orders.list({ shopId }), await hub.audit.list({ shopId }), error], { depth: 9 })
  for (const text of [opened.name, opened.phone]) assert.ok(!kept.includes(text), 'plain text stays in the answer')
  const lines = (await hub.audit.list({ shopId })).items.filter(({ action }) => action === 'orders.decrypt')
  assert.deepEqual(
    lines.map(({ outcome }) => outcome),
    ['RATE_LIMITED', 'ok', 'started'],
  )
  assert.equal(lines[1].target, `1 orders, name phone, to ship: ${ids[0]}`)
})
