'use strict'
// Says in a few lines what was read back of a shop.
const { count, yuan, seconds, tally } = require('./format')

function countBy (items, field) {
  const counts = {}
  for (const item of items) counts[item[field]] = (counts[item[field]] ?? 0) + 1
  return counts
}

function sumOf (items, field) {
  return items.reduce((sum, item) => sum + BigInt(item[field] ?? 0), 0n)
}

function printSummary (platform, { orders, products, refunds, counts, ms }) {
  const skus = products.flatMap(product => product.skus)
  console.log(`  ${platform}`)
  console.log(`    orders    ${count(orders.length)}, to pay ¥${yuan(sumOf(orders, 'payAmountFen'))}: ${tally(countBy(orders, 'status'))}`)
  console.log(`    products  ${count(products.length)}: ${tally(countBy(products, 'status'))}; ${count(skus.length)} SKUs, stock ${count(sumOf(skus, 'stock'))}`)
  if (refunds.length > 0) console.log(`    refunds   ${count(refunds.length)}: ${tally(countBy(refunds, 'status'))}`)
  console.log(`    set aside ${count(counts.quarantined)} unreadable records; read back in ${seconds(ms)}`)
}

module.exports = { printSummary }
