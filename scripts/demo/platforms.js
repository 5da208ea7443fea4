'use strict'
// The shops of the demo, one of each platform: what is synced of it, what of the truth it is compared with,
// and how its methods are called.

const PLATFORMS = [
  { id: 'doudian', methods: /^(product|sku|order)\./, expected: require('./expected/doudian'), refunds: {} },
  { id: 'taobao', methods: /^(taobao|tmall|alibaba)\./, expected: require('./expected/taobao'), refunds: { refunds: 'refund' } },
  // 京东 lists refunds before shipment and cases after it apart; with us both are refunds.
  { id: 'jd', methods: /^jingdong\./, expected: require('./expected/jd'), refunds: { refunds: 'refund', services: 'service' } },
  { id: 'pinduoduo', methods: /^pdd\./, expected: require('./expected/pinduoduo'), refunds: { refunds: 'refund' } }
]

function hasRefunds ({ refunds }) {
  return Object.keys(refunds).length > 0
}

/** What is synced of a platform's shop. */
function kindsOf (platform) {
  return hasRefunds(platform) ? ['products', 'orders', 'refunds'] : ['products', 'orders']
}

module.exports = { PLATFORMS, kindsOf, hasRefunds }
