'use strict'
// Shops, what is stored of each, and their syncs.
const { read, oneOf, flag, text } = require('../utils/input')

async function withCounts (hub, shop) {
  return { ...shop, counts: await hub.shops.counts(shop.id) }
}

async function list (req, res) {
  const shops = await req.hub.shops.list()
  res.json({ items: await Promise.all(shops.map(shop => withCounts(req.hub, shop))) })
}

/** `desk` starts the syncs. */
function sync (desk) {
  return async (req, res) => {
    const { kind, ...options } = read(req.body, { kind: oneOf('products', 'orders', 'refunds'), full: flag, since: text })
    const run = await desk.start(req.hub, kind, { shopId: req.params.id, ...options })
    res.status(202).json(run)
  }
}

module.exports = { list, sync }
