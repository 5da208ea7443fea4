'use strict'
// Live progress of runs, as server-sent events. A page sees the shops that its user may see.

/** Looked up once for each shop and connection, so that the order of a run's numbers is kept. */
function visibleShops (hub) {
  const answers = new Map()
  return shopId => {
    if (!answers.has(shopId)) answers.set(shopId, hub.shops.list().then(shops => shops.some(shop => shop.id === shopId), () => false))
    return answers.get(shopId)
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
    const watcher = feed.watch(res, visibleShops(req.hub))
    for (const run of runs) void watcher.offer(run)
  }
}

module.exports = { watch }
