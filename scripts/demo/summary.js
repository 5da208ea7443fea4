'use strict'
// Says in a few lines what was read back.
const { count, yuan, seconds, tally } = require('./format')

function countBy (items, field) {
  const counts = {}
  for (const item of items) counts[item[field]] = (counts[item[field]] ?? 0) + 1
  return counts
}

function sumOf (items, field) {
  return items.reduce((sum, item) => sum + BigInt(item[field] ?? 0), 0n)
}

function newest (orders) {
  return orders.reduce((latest, order) => (latest && latest.platformUpdatedAt >= order.platformUpdatedAt ? latest : order), undefined)
}

function printSummary ({ orders, products, counts, ms }) {
  const last = newest(orders)
  const skus = products.flatMap(product => product.skus)
  console.log(`  orders    ${count(orders.length)}: ${tally(countBy(orders, 'status'))}`)
  console.log(`            ordered ¥${yuan(sumOf(orders, 'orderAmountFen'))}, discounts ¥${yuan(sumOf(orders, 'promotionAmountFen'))}, to pay ¥${yuan(sumOf(orders, 'payAmountFen'))}`)
  if (last) console.log(`            newest ${last.platformOrderId}, ${last.status}, ¥${yuan(last.payAmountFen)}, changed ${last.platformUpdatedAt}`)
  console.log(`  products  ${count(products.length)}: ${tally(countBy(products, 'status'))}`)
  console.log(`  SKUs      ${count(skus.length)}, stock ${count(sumOf(skus, 'stock'))}`)
  console.log(`  set aside ${count(counts.quarantined)} unreadable records; read back in ${seconds(ms)}`)
}

module.exports = { printSummary }
