'use strict'
const { read, text, integer } = require('../utils/input')

const FILTER = { shopId: text, status: text, search: text, limit: integer, cursor: text }

async function list (req, res) {
  res.json(await req.hub.products.list(read(req.query, FILTER)))
}

/** One product with its SKUs. */
async function get (req, res) {
  res.json(await req.hub.products.get(req.params.id))
}

module.exports = { list, get }
