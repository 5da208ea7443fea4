'use strict'
// Buyer data in clear, fact sheet 5.7: the only way is this call, and an app may have a budget for it.
const { Refused } = require('./params')
const { secondsBanned } = require('./gate')
const { buyer } = require('./trade_wire')

const MAX_QUERIES = 20
const SCENES = ['1001', '1002', '1003', '1004', '1005', '1006', '1007', '1008', '1009', '2001', '2002', '3001']
const VIRTUAL = ['2001', '2002'] // who only needs to call the buyer gets a number that ends
const MAX_SECRET_DAYS = 30

function queriesOf (params) {
  const rows = params.json('query_list')
  if (!Array.isArray(rows) || rows.length === 0 || rows.length > MAX_QUERIES || !rows.every(row => row instanceof Map)) throw new Refused('parameterInvalid', 'query_list', `query_list 应为 1 到 ${MAX_QUERIES} 个元素的数组`)
  return rows.map(row => {
    const [tid, oaid, scene] = ['tid', 'oaid', 'scene'].map(name => String(row.get(name) ?? ''))
    if (!/^\d+$/.test(tid) || oaid === '' || oaid.length > 128 || !SCENES.includes(scene)) throw new Refused('parameterInvalid', 'query_list')
    return { tid, oaid, scene, days: Math.min(Number(row.get('secret_no_days') ?? 7), MAX_SECRET_DAYS) }
  })
}

/** One receiver; `matched` false and nothing else when the oaid is not that trade's. */
function receiver (shop, { tid, oaid, scene, days }, nowMs) {
  const trade = shop.trades.current(tid)
  const known = trade && buyer(trade)
  if (!known || known.oaid !== oaid) return { tid, oaid, matched: false }
  const virtual = VIRTUAL.includes(scene)
  return {
    tid, oaid, matched: true, name: known.name, mobile: virtual ? `184${known.mobile.slice(3)}-${known.mobile.slice(-4)}` : known.mobile, phone: known.phone,
    address_detail: known.address, town: known.town, district: known.district, city: known.city, state: known.state, country: '',
    privacy_protection: virtual, ...(virtual ? { secret_no_expire_time: new Date(nowMs + (8 + days * 24) * 3_600_000).toISOString().slice(0, 19).replace('T', ' ') } : {})
  }
}

/** The budget is the sandbox's own (`decryptsPerDay` of an app): the sheet names none. Each query counts. */
function decrypt (call, shop, params, { app, world }) {
  params.only('query_list')
  const queries = queriesOf(params)
  for (let i = 0; i < queries.length; i++) {
    const seconds = secondsBanned(world.daily, `${app.appKey}/decrypt`, app.decryptsPerDay, call.now)
    if (seconds) throw new Refused('limitedMethod', undefined, undefined, seconds)
  }
  for (const { tid, scene } of queries) world.decrypts.push({ at: call.now, shopId: shop.id, tid, scene })
  return { receiver_list: queries.map(query => receiver(shop, query, call.now)) }
}

module.exports = { decrypt }
