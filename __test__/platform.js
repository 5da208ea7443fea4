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

const CALLBACK = 'http://127.0.0.1:3000/api/ecommerce/oauth/callback'

/** Agrees on the platform's page, as the person of its first account does; answers the query that comes back. */
async function agree({ shops }, url, field = 'account') {
  const form = new URL(url).searchParams
  form.set(field, shops[0].shopId)
  form.set('decision', 'allow')
  const answer = await fetch(url, { method: 'POST', body: form, redirect: 'manual' })
  return new URL(answer.headers.get('location')).search
}

/** A hub with one account of 抖音, whose posts are judged at once. */
async function hubWithAccount(t, { hub: settings, ...options } = {}) {
  const sandbox = await start({ callsPerSecond: 0, platforms: ['douyin'], reviewMs: 0, redirectUri: CALLBACK, ...options })
  t.after(() => sandbox.close())
  const { api, authorize, appKey, appSecret } = sandbox.douyin
  const hub = await openHub(t, { allowHosts: [`127.0.0.1:${sandbox.port}`], ...settings })
  const app = await hub.apps.save({
    platform: 'douyin', appName: '沙盒', kind: 'tool', appKey, appSecret, redirectUri: CALLBACK, endpoints: { api, authorize }, callsPerSecond: 1000,
  })
  const { url } = await hub.oauth.begin({ appId: app.id })
  const { shop } = await hub.oauth.complete({ query: await agree(sandbox.douyin, url) })
  return { hub, shopId: shop.id, sandbox }
}

/** A hub with one shop of 京东. */
async function hubOfJd(t, options) {
  const sandbox = await start({ callsPerSecond: 0, platforms: ['jd'], products: 12, orders: 3, redirectUri: CALLBACK, ...options })
  t.after(() => sandbox.close())
  const { api, authorize, token, appKey, appSecret } = sandbox.jd
  const hub = await openHub(t, { allowHosts: [`127.0.0.1:${sandbox.port}`] })
  const app = await hub.apps.save({
    platform: 'jd', appName: '沙盒', kind: 'tool', appKey, appSecret, redirectUri: CALLBACK, endpoints: { api, authorize, token }, callsPerSecond: 1000,
  })
  const { url } = await hub.oauth.begin({ appId: app.id })
  const { shop } = await hub.oauth.complete({ query: await agree(sandbox.jd, url, 'shop_id') })
  return { hub, shopId: shop.id, sandbox }
}

module.exports = { hubOfJd, hubWithAccount, hubWithShop }
