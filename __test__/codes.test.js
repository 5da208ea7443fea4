// Every error code of docs/errors.md, met the way a user meets it.
'use strict'
const assert = require('node:assert/strict')
const { copyFileSync, readFileSync, readdirSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { Hub } = require('..')
const { hubWithShop } = require('./platform')
const { failsWith, openHub, scratch } = require('./support')

/** Brings a hub with a shop into trouble by a fault of the sandbox. */
async function inTrouble(t, fault, work) {
  const { hub, shopId, sandbox } = await hubWithShop(t, { products: 5, orders: 5 })
  sandbox.control.fault(fault)
  return work({ hub, shopId, sandbox })
}

const brands = ({ hub, shopId }) => hub.call({ shopId, api: 'shop.brandList', params: {} })
const remark = ({ hub, shopId }) =>
  hub.call({ shopId, api: 'order.addOrderRemark', params: { order_id: '1', remark: '加急' } })

const met = new Map([
  ['CONFIG_INVALID', () => Hub.open({ database: 'x.db', masterKey: Buffer.alloc(31, 7) })],
  ['INVALID_REQUEST', async (t) => (await openHub(t)).orders.list({ limit: -1 })],
  ['UNSUPPORTED', async (t) => {
    const { hub, sandbox } = await hubWithShop(t, { products: 5, orders: 5 })
    const { appKey, appSecret, api, serviceId } = sandbox.doudian
    const app = { platform: 'doudian', appName: 'n', appKey, appSecret, kind: 'tool', serviceId, endpoints: { api } }
    const { id } = await hub.apps.save(app)
    return hub.oauth.connect({ appId: id, platformShopId: '1' })
  }],
  ['NOT_FOUND', async (t) => (await openHub(t)).runs.get('404')],
  ['CONFLICT', async (t) => {
    const { hub, shopId } = await hubWithShop(t, { products: 5, orders: 5 })
    await hub.shops.disable(shopId)
    return brands({ hub, shopId })
  }],
  ['FORBIDDEN', async (t) => (await openHub(t)).as({ id: 'u1', roles: ['viewer'] }).apps.list()],
  ['REAUTHORIZE', async (t) => {
    const { hub, shopId, sandbox } = await hubWithShop(t, { products: 5, orders: 5 })
    sandbox.control.fault({ fault: 'revoked' })
    return brands({ hub, shopId })
  }],
  ['RATE_LIMITED', (t) => inTrouble(t, { fault: 'http_429', options: { retryAfter: 60 } }, brands)],
  ['TRANSIENT', (t) => inTrouble(t, { fault: 'http_500' }, brands)],
  ['REJECTED', (t) => inTrouble(t, { fault: 'business_error' }, brands)],
  ['PLATFORM_CONFIG', (t) => inTrouble(t, { fault: 'no_permission' }, brands)],
  ['UNKNOWN_OUTCOME', (t) => inTrouble(t, { fault: 'reset' }, remark)],
  ['DECODE', async (t) => {
    const { hub, shopId, sandbox } = await hubWithShop(t, { products: 5, orders: 5 })
    const [sku] = (await sandbox.control.truth({ kind: 'skus', limit: 1 })).items
    sandbox.control.edit({ kind: 'sku', id: sku.id, set: { price: '12,34' } })
    return hub.products.fetch({ shopId, platformProductId: sku.product_id })
  }],
  ['STORAGE', (t) => {
    const database = join(scratch(t), 'notes.txt')
    writeFileSync(database, '这不是数据库'.repeat(1000))
    return Hub.open({ database, masterKey: Hub.generateKey() })
  }],
  ['DATABASE_IN_USE', async (t) => {
    const [masterKey, directory] = [Hub.generateKey(), scratch(t)]
    await openHub(t, { masterKey, database: join(directory, 'test.db') })
    return secondCopy(directory).Hub.open({ masterKey, database: join(directory, 'test.db') })
  }],
  ['KEY_WRONG', async (t) => {
    const database = join(scratch(t), 'test.db')
    await openHub(t, { database })
    return Hub.open({ database, masterKey: Hub.generateKey() })
  }],
  ['CANCELLED', async (t) => {
    const { hub, shopId } = await hubWithShop(t, { products: 5, orders: 5 })
    return hub.orders.sync({ shopId, signal: AbortSignal.abort() })
  }],
  ['CLOSED', async (t) => {
    const hub = await openHub(t)
    await hub.close()
    return hub.shops.list()
  }],
  ['INTERNAL', async (t) => {
    // An amount that a JS number cannot hold is never rounded.
    const { hub, shopId, sandbox } = await hubWithShop(t, { products: 5, orders: 5 })
    const [order] = (await sandbox.control.truth({ kind: 'orders', limit: 1 })).items
    sandbox.control.edit({ kind: 'order', id: order.order_id, set: { pay_amount: 2n ** 53n + 1n } })
    await hub.orders.sync({ shopId })
    return hub.orders.list({ shopId })
  }],
])

/** The addon once more, from another file: what two versions of the module in one process are. */
function secondCopy(directory) {
  const name = readdirSync(join(__dirname, '..')).find((file) => file.endsWith('.node'))
  const copy = join(directory, 'second.node')
  copyFileSync(join(__dirname, '..', name), copy)
  return require(copy)
}

for (const [code, work] of met) {
  test(`${code} is what it says`, async (t) => {
    await failsWith(code, () => work(t))
  })
}

test('no code is without a meeting, and none is met that is not documented', () => {
  const page = readFileSync(join(__dirname, '../docs/errors.md'), 'utf8')
  const documented = [...page.matchAll(/^\|?\s*#*\s*`([A-Z_]+)`/gm)].map(([, code]) => code)
  assert.deepEqual([...met.keys()], documented)
})

test('a limited call says how long to wait, and an unknown outcome was tried once', async (t) => {
  const limited = await failsWith('RATE_LIMITED', () => inTrouble(t, { fault: 'http_429', options: { retryAfter: 60 } }, brands))
  assert.equal(limited.retryAfterMs, 60000)
  assert.equal(limited.retryable, true)
  const unknown = await failsWith('UNKNOWN_OUTCOME', () => inTrouble(t, { fault: 'reset' }, remark))
  assert.deepEqual([unknown.retryable, unknown.attempts, unknown.platform], [false, 1, 'doudian'])
})
