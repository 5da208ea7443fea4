'use strict'
// Content that is published, from the draft to what it did. Who may approve is decided by rights, not here.
const { read, text, integer, texts, object, record } = require('../utils/input')

const FILTER = { shopId: text, status: text, kind: text, limit: integer, cursor: text }
const CONTENT = {
  kind: text,
  title: text,
  text,
  media: texts,
  cover: text,
  delivery: text,
  mediaUrls: texts,
  target: text,
  live: object({ startsAt: text, endsAt: text, room: text }),
  attributes: record
}
const DECISION = { version: integer, comment: text }

async function list (req, res) {
  res.json(await req.hub.promotions.list(read(req.query, FILTER)))
}

/** One promotion with everything that happened to it. */
async function get (req, res) {
  const { id } = req.params
  const [promotion, steps] = await Promise.all([req.hub.promotions.get(id), req.hub.promotions.steps(id)])
  res.json({ ...promotion, steps })
}

async function draft (req, res) {
  const wish = read(req.body, { shopId: text, draft: object(CONTENT), publishAt: text })
  res.status(201).json(await req.hub.promotions.draft(wish))
}

async function edit (req, res) {
  res.json(await req.hub.promotions.edit({ id: req.params.id, ...read(req.body, { draft: object(CONTENT) }) }))
}

/** `submit`, `cancel`, `retry` and `check`: what needs no more than the promotion. */
function simply (verb) {
  return async (req, res) => res.json(await req.hub.promotions[verb](req.params.id))
}

/** `approve` and `reject`. The page says which version its user looked at. */
function decide (verb) {
  return async (req, res) => res.json(await req.hub.promotions[verb]({ id: req.params.id, ...read(req.body, DECISION) }))
}

async function schedule (req, res) {
  res.json(await req.hub.promotions.schedule({ id: req.params.id, ...read(req.body, { publishAt: text }) }))
}

async function resolve (req, res) {
  const wish = read(req.body, { resolution: text, platformPromotionId: text })
  res.json(await req.hub.promotions.resolve({ id: req.params.id, ...wish }))
}

/** As last read; a POST reads them from the platform now. */
function metrics (refresh) {
  return async (req, res) => res.json(await req.hub.promotions.metrics({ id: req.params.id, refresh }))
}

/** Goods that a link can promote. */
async function goods (req, res) {
  res.json(await req.hub.marketing.searchGoods(read(req.query, { appId: text, placement: text, keyword: text, limit: integer, cursor: text })))
}

module.exports = { list, get, draft, edit, simply, decide, schedule, resolve, metrics, goods }
