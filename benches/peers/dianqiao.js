// The addon, driven as an OA drives it. `products` ends with the list; `skus` waits for the second stage of that run.
'use strict'
const { Hub } = require(process.env.DIANQIAO_BENCH_ADDON)

async function open ({ database, port, firstOrder }) {
  const host = `127.0.0.1:${port}`
  const hub = await Hub.open({ database, masterKey: Hub.generateKey(), allowHosts: [host] })
  const app = await hub.apps.save({ platform: 'doudian', appName: 'bench', appKey: 'key', appSecret: 'secret', kind: 'self_use', endpoints: { api: `http://${host}` }, callsPerSecond: 100_000 })
  const { id: shopId } = await hub.oauth.connect({ appId: app.id, platformShopId: '4463798' })
  let run
  return {
    products: () => new Promise((resolve, reject) => {
      const onProgress = ({ stage, progress }) => stage === 'detail' && resolve(progress.listed)
      run = hub.products.sync({ shopId, onProgress })
      run.catch(reject)
    }),
    async skus () {
      const { progress } = await run
      return progress.detailed
    },
    async orders () {
      const { progress } = await hub.orders.sync({ shopId, since: new Date(firstOrder * 1000).toISOString() })
      return progress.listed
    },
    close: () => hub.close(),
  }
}

module.exports = { open }
