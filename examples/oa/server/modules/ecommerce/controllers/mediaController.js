'use strict'
// Files that are published: the browser sends one as the body of its request.
const { read, text, integer } = require('../utils/input')
const { Refusal } = require('../../../middleware/refusal')

const FILTER = { kind: text, limit: integer, cursor: text }

/** Takes in the body, whatever its media type says: what it is is told by its content. */
async function add (req, res) {
  if (!Buffer.isBuffer(req.body)) throw new Refusal(400, 'INVALID_REQUEST', 'send the file as the body of the request, with its media type')
  const media = await req.hub.media.add({ bytes: req.body, ...read(req.query, { fileName: text, kind: text }) })
  res.status(201).json(media)
}

async function list (req, res) {
  res.json(await req.hub.media.list(read(req.query, FILTER)))
}

async function get (req, res) {
  res.json(await req.hub.media.get(req.params.id))
}

/** What a platform would say to it in a slot. */
async function check (req, res) {
  res.json(await req.hub.media.check({ id: req.params.id, ...read(req.query, { platform: text, slot: text }) }))
}

module.exports = { add, list, get, check }
