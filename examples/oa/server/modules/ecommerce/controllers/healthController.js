'use strict'

async function show (req, res) {
  res.json(await req.hub.health())
}

module.exports = { show }
