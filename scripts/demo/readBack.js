'use strict'
// Reads through the OA's API everything that is stored of a shop.

const AT_ONCE = 16

/** Runs `work` over `items`, a few at a time, and answers the results in their order. */
async function each (items, work) {
  const results = []
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const place = next++
      results[place] = await work(items[place])
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return results
}

/** `{ orders, products, refunds, counts, ms }`; products come with their SKUs. */
async function readBack (client, shopId) {
  const began = performance.now()
  const orders = await collect(client.all('/orders', { shopId }))
  const listed = await collect(client.all('/products', { shopId }))
  const products = await each(listed, product => client.get(`/products/${product.id}`))
  const refunds = await collect(client.all('/refunds', { shopId }))
  const shop = (await client.get('/shops')).items.find(one => one.id === shopId)
  return { orders, products, refunds, counts: shop.counts, ms: performance.now() - began }
}

async function collect (items) {
  const all = []
  for await (const item of items) all.push(item)
  return all
}

module.exports = { readBack }
