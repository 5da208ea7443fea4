'use strict'
// Platforms and our apps on them. An app's secret goes in and never comes out.
const { read, text, integer, flag, object } = require('../utils/input')

const APP_FIELDS = {
  id: text,
  platform: text,
  appName: text,
  appKey: text,
  appSecret: text,
  kind: text,
  serviceId: text,
  redirectUri: text,
  endpoints: object({ api: text, authorize: text, token: text, upload: text }),
  proxy: text,
  callsPerSecond: integer,
  enabled: flag
}

async function list (req, res) {
  const [platforms, apps] = await Promise.all([req.hub.platforms.list(), req.hub.apps.list()])
  res.json({ platforms, apps })
}

async function save (req, res) {
  const app = await req.hub.apps.save(read(req.body, APP_FIELDS))
  res.status(req.body.id ? 200 : 201).json(app)
}

module.exports = { list, save }
