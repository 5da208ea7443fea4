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

function watch (feed) {
  return async (req, res) => {
    const { items } = await req.hub.runs.list({ state: 'running' })
    const watcher = feed.watch(res, visibleShops(req.hub))
    for (const run of items) void watcher.offer(run)
  }
}

module.exports = { watch }
