const { randomUUID } = require('node:crypto')
const express = require('express')
const { Hub } = require('dianqiao')

async function main (env) {
  const masterKey = Buffer.from(env.DIANQIAO_KEY, 'hex') // 32 bytes, made once by Hub.generateKey()
  const hub = await Hub.open({ database: env.DIANQIAO_DATABASE ?? 'dianqiao.db', masterKey, allowHosts: env.ALLOW_HOSTS?.split(',') })
  const app = (await hub.apps.list())[0] ?? await hub.apps.save({
    platform: 'doudian', kind: 'tool', appName: '我的应用', appKey: env.APP_KEY, appSecret: env.APP_SECRET, serviceId: env.SERVICE_ID,
    callsPerSecond: Number(env.CALLS_PER_SECOND ?? 5), // what the platform granted your app
    endpoints: { api: env.API_URL, authorize: env.AUTHORIZE_URL } // the sandbox's; leave out for the platform's own
  })
  const oa = express()
  oa.get('/connect', async (req, res) => {
    const session = randomUUID() // or the id of your own session: who comes back must be who set out
    const { url } = await hub.oauth.begin({ appId: app.id, session })
    res.cookie('oauth', session, { httpOnly: true, sameSite: 'lax' }).redirect(url)
  })
  oa.get('/api/ecommerce/oauth/callback', async (req, res) => {
    const session = /\boauth=([\w-]+)/.exec(req.headers.cookie)?.[1]
    res.json(await hub.oauth.complete({ query: req.url, session }))
  })
  oa.post('/shops/:id/sync', async (req, res) => res.json(await hub.orders.sync({ shopId: req.params.id })))
  oa.get('/shops/:id/orders', async (req, res) => res.json(await hub.orders.list({ shopId: req.params.id })))
  oa.listen(env.PORT ?? 3000, '127.0.0.1', () => console.log('listening'))
}

main(process.env)
