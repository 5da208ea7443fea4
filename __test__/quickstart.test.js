// The JavaScript snippet of the README, mounted on an Express app and used against the sandbox.
'use strict'
const assert = require('node:assert/strict')
const { once } = require('node:events')
const { join } = require('node:path')
const { test } = require('node:test')
const express = require('express')
const { start } = require('../examples/sandbox')
const dianqiao = require('..')
const { scratch } = require('./support')

const mountShops = require('../examples/quickstart')

test('a merchant connects a shop in the browser, and its orders are there', async (t) => {
  const oa = express()
  const server = oa.listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const base = `http://127.0.0.1:${server.address().port}`
  const redirectUri = `${base}/api/ecommerce/oauth/callback`
  const sandbox = await start({ products: 5, orders: 30, apps: [{ redirectUri }] })
  t.after(() => sandbox.close())
  const { api, appKey, appSecret, authorize, serviceId, shops } = sandbox.doudian
  const options = { database: join(scratch(t), 'oa.db'), masterKey: dianqiao.Hub.generateKey() }
  const hub = await mountShops(oa, { ...options, allowHosts: [`127.0.0.1:${sandbox.port}`] }, {
    platform: 'doudian', appName: '我的应用', appKey, appSecret, kind: 'tool', serviceId, redirectUri,
    endpoints: { api, authorize }, callsPerSecond: 500,
  })
  t.after(() => hub.close())
  const leave = await fetch(`${base}/connect`, { redirect: 'manual' })
  const cookie = leave.headers.get('set-cookie').split(';')[0]
  const consent = new URL(leave.headers.get('location'))
  const form = new URLSearchParams({ ...Object.fromEntries(consent.searchParams), shop_id: shops[0].shopId, decision: 'allow' })
  const agreed = await fetch(authorize, { method: 'POST', body: form, redirect: 'manual' })
  const back = await fetch(agreed.headers.get('location'), { headers: { cookie } })
  const { state, shop } = await back.json()
  assert.equal(state, 'connected')
  const run = await (await fetch(`${base}/shops/${shop.id}/sync`, { method: 'POST' })).json()
  assert.equal(run.state, 'done')
  const page = await (await fetch(`${base}/shops/${shop.id}/orders`)).json()
  assert.equal(page.items.length, 30)
})
