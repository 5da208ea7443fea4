// A shop to sync in tests: one of the sandbox, which plays the platform on a loopback port.
'use strict'
const { start } = require('../examples/sandbox')
const { openHub } = require('./support')

/** A hub with one connected shop that has a few products and orders. */
async function hubWithShop(t, { hub: settings, ...options } = {}) {
  const sandbox = await start({ products: 120, orders: 200, callsPerSecond: 0, ...options })
  t.after(() => sandbox.close())
  const { api, authorize, selfUse, shops } = sandbox.doudian
  const hub = await openHub(t, { allowHosts: [`127.0.0.1:${sandbox.port}`], ...settings })
  const app = await hub.apps.save({
    platform: 'doudian',
    appName: '沙盒',
    kind: 'self_use',
    appKey: selfUse.appKey,
    appSecret: selfUse.appSecret,
    endpoints: { api, authorize },
    callsPerSecond: 1000,
  })
  const shop = await hub.oauth.connect({ appId: app.id, platformShopId: shops[0].shopId })
  return { hub, shopId: shop.id, sandbox }
}

module.exports = { hubWithShop }
