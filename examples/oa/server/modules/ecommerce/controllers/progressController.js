'use strict'
// Live progress of runs and promotions, as server-sent events. A page sees what its user may see.

const MAY = {
  run: (hub, shopId) => hub.shops.list().then(shops => shops.some(shop => shop.id === shopId)),
  promotion: (hub, shopId) => hub.promotions.list({ shopId, limit: 1 }).then(() => true)
}
MAY.live = MAY.promotion

/** Looked up once for each kind of news, shop and connection, so that the order of a run's numbers is kept. */
function visible (hub) {
  const answers = new Map()
  return (event, shopId) => {
    const key = `${event} ${shopId}`
    if (!answers.has(key)) answers.set(key, MAY[event](hub, shopId).catch(() => false))
    return answers.get(key)
  }
}

/** Asked shop by shop, since the right to see may be for some only. */
async function runsUnderWay (hub) {
  const shops = await hub.shops.list()
  const pages = await Promise.all(shops.map(shop => hub.runs.list({ shopId: shop.id, state: 'running' })))
  return pages.flatMap(page => page.items)
}

function watch (feed) {
  return async (req, res) => {
    const runs = await runsUnderWay(req.hub)
    const watcher = feed.watch(res, visible(req.hub))
    for (const run of runs) void watcher.offer('run', run)
  }
}

module.exports = { watch }
