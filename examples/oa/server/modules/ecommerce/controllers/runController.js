'use strict'
const { read, text, integer } = require('../utils/input')

const FILTER = { shopId: text, kind: text, state: text, limit: integer, cursor: text }

async function list (req, res) {
  res.json(await req.hub.runs.list(read(req.query, FILTER)))
}

async function cancel (req, res) {
  res.json(await req.hub.runs.cancel(req.params.id))
}

module.exports = { list, cancel }
