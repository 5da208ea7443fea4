// Publishing a product from JS: its rules, its draft, its receipt, and how its review ends.
'use strict'
const assert = require('node:assert/strict')
const { test } = require('node:test')
const { setTimeout: later } = require('node:timers/promises')
const { hubWithShop } = require('./platform')
const { failsWith } = require('./support')

async function leaf(hub, shopId) {
  let [first] = await hub.shops.categories({ shopId })
  while (!first.isLeaf) [first] = await hub.shops.categories({ shopId, parentId: first.id })
  return first.id
}

/** A draft with what the category needs, by its own rules. */
function draft({ categoryId, properties }, outerId) {
  const needed = properties.filter(({ required, isSku }) => required && !isSku)
  const value = ({ input, options: [option] }) => (input === 'many' ? [option.id] : (option?.id ?? '自填'))
  return {
    outerId,
    title: '法式碎花连衣裙收腰显瘦',
    categoryId,
    images: ['https://oa.example.invalid/1.jpg'],
    detailImages: ['https://oa.example.invalid/2.jpg'],
    skus: ['黑', '白'].map((color) => ({ priceFen: 12_900, stock: 7, options: [{ name: '颜色', value: color }, { name: '尺码', value: 'S' }] })),
    attributes: {
      freight_id: 0, mobile: '4008001234', reduce_type: 1, delivery_delay_day: 2, presell_type: 0, standard_brand_id: 596120136,
      weight: 0.5, weight_unit: 0, start_sale_type: 0,
      properties: Object.fromEntries(needed.map((rule) => [rule.id, value(rule)])),
    },
  }
}

/** Publishes, as a person does who is told that the platform still looks at a picture. */
async function publish(hub, wish) {
  for (let left = 100; ; left--) {
    try {
      return await hub.products.publish(wish)
    } catch (error) {
      if (error.code !== 'TRANSIENT' || !left) throw error
      await later(50)
    }
  }
}

test('a product is published once, its listing follows the review, and listeners are told', async (t) => {
  const { hub, shopId, sandbox } = await hubWithShop(t, { products: 5, orders: 5 })
  const told = []
  hub.on('listing.status', (listing) => told.push(listing.status))
  const rules = await hub.products.rules({ shopId, categoryId: await leaf(hub, shopId) })
  const wish = { shopId, draft: draft(rules, 'OA-7') }
  const receipt = await publish(hub, wish)
  assert.equal(receipt.state, 'accepted')
  assert.deepEqual(await publish(hub, wish), receipt, 'the same draft again is the same change')
  const change = await hub.changes.get(receipt.changeId)
  assert.deepEqual([change.operation, change.target], ['products.publish', 'OA-7'])
  let [listing] = (await hub.listings.list({ shopId, outerId: 'OA-7' })).items
  assert.equal(listing.changeId, receipt.changeId)
  assert.deepEqual(listing.draft.skus.map(({ priceFen, stock }) => [priceFen, stock]), [[12_900, 7], [12_900, 7]])
  for (let left = 200; listing.status === 'under_review' && left; left--) {
    await later(50)
    listing = await hub.listings.check(listing.id)
  }
  assert.equal(listing.status, 'on_sale')
  assert.deepEqual((await hub.listings.get(listing.id)).status, 'on_sale')
  await later(10)
  assert.equal(told.at(-1), 'on_sale')
  const theirs = sandbox.control.truth({ platform: 'doudian', kind: 'products' }).items.filter(({ outer_product_id: id }) => id === 'OA-7')
  assert.deepEqual(theirs.map(({ product_id: id }) => String(id)), [listing.platformProductId])
})

test('a draft that cannot be published says everything that is wrong, and nothing is sent', async (t) => {
  const { hub, shopId } = await hubWithShop(t, { products: 5, orders: 5 })
  const rules = await hub.products.rules({ shopId, categoryId: await leaf(hub, shopId) })
  const good = draft(rules, 'OA-8')
  const bad = { ...good, title: ' ', skus: [{ priceFen: 0, stock: -1 }], attributes: { ...good.attributes, properties: { 404: 'x' } } }
  const error = await failsWith('INVALID_REQUEST', () => hub.products.publish({ shopId, draft: bad }))
  for (const words of ['`title`', '`skus[0].priceFen`', '`skus[0].stock`']) assert.ok(error.message.includes(words), error.message)
  const picture = { ...good, images: [Buffer.from('<svg onload=alert(1)>')] }
  assert.match((await failsWith('INVALID_REQUEST', () => hub.products.publish({ shopId, draft: picture }))).message, /by its content/)
  for (const images of [['x', 1], 'x', [null], { 0: 'x' }]) await failsWith('INVALID_REQUEST', () => hub.products.publish({ shopId, draft: { ...good, images } }))
  assert.deepEqual((await hub.listings.list()).items, [])
})
