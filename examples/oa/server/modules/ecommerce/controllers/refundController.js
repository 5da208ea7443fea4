'use strict'
const { read, text, integer } = require('../utils/input')

const FILTER = { shopId: text, status: text, platformOrderId: text, updatedFrom: text, updatedTo: text, limit: integer, cursor: text }

async function list (req, res) {
  res.json(await req.hub.refunds.list(read(req.query, FILTER)))
}

async function get (req, res) {
  res.json(await req.hub.refunds.get(req.params.id))
}

module.exports = { list, get }
