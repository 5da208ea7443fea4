'use strict'
const { read, text, integer } = require('../utils/input')

const FILTER = { shopId: text, status: text, updatedFrom: text, updatedTo: text, limit: integer, cursor: text }

async function list (req, res) {
  res.json(await req.hub.orders.list(read(req.query, FILTER)))
}

async function get (req, res) {
  res.json(await req.hub.orders.get(req.params.id))
}

module.exports = { list, get }
