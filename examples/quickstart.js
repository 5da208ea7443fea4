const { randomUUID } = require('node:crypto')
const { Hub } = require('dianqiao')

// oa: your Express app. hubOptions: { database, masterKey }. app: the fields of hub.apps.save.
module.exports = async function mountShops (oa, hubOptions, app) {
  const hub = await Hub.open(hubOptions) // masterKey: 32 bytes, made once with Hub.generateKey()
  const { id: appId } = (await hub.apps.list())[0] ?? await hub.apps.save(app)
  oa.get('/connect', async (req, res) => {
    const session = randomUUID() // or your own session's id: who comes back must be who set out
    const { url } = await hub.oauth.begin({ appId, session })
    res.cookie('oauth', session, { httpOnly: true, sameSite: 'lax' }).redirect(url)
  })
  oa.get('/api/ecommerce/oauth/callback', async (req, res) => {
    const session = /\boauth=([\w-]+)/.exec(req.headers.cookie)?.[1]
    res.json(await hub.oauth.complete({ query: req.url, session }))
  })
  oa.post('/shops/:id/sync', async (req, res) => res.json(await hub.orders.sync({ shopId: req.params.id })))
  oa.get('/shops/:id/orders', async (req, res) => res.json(await hub.orders.list({ shopId: req.params.id })))
  return hub
}
