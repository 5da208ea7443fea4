'use strict'
// The OA's Express app: its own page, and the e-commerce module under /api/ecommerce.
const path = require('node:path')
const express = require('express')
const { secureHeaders } = require('./middleware/headers')
const { onlyHosts } = require('./middleware/origin')
const { errorAnswers } = require('./middleware/errors')
const { Refusal } = require('./middleware/refusal')
const { ecommerceRoutes } = require('./modules/ecommerce/routes')
const { ProgressFeed } = require('./modules/ecommerce/utils/progressFeed')
const { SyncDesk } = require('./modules/ecommerce/utils/syncDesk')

const PUBLIC = path.join(__dirname, 'public')

/**
 * Makes the server's Express app.
 *
 * - `hub`: an open hub; the caller closes it after `stop()`.
 * - `actorOf(req)`: who asks, as `{ id, roles }`; this is where the OA's sign-in comes in.
 * - `hosts`: the `Host` values that are answered; all when left out.
 * - `secureCookies`: true when browsers reach the OA over https.
 * - `log(error)`: hears of errors that are not the user's.
 *
 * Answers `{ app, stop }`. `stop()` ends running syncs and open progress streams.
 */
function createServer ({ hub, actorOf, hosts, secureCookies = false, log = console.error }) {
  const feed = new ProgressFeed()
  const desk = new SyncDesk(feed, log)
  const app = express()
  app.disable('x-powered-by')
  app.use(secureHeaders)
  if (hosts) app.use(onlyHosts(hosts))
  app.use('/api/ecommerce', ecommerceRoutes({ hub, actorOf, feed, desk, secureCookies, log }))
  app.use(express.static(PUBLIC))
  app.use((req, res, next) => next(new Refusal(404, 'NOT_FOUND', 'there is no such page')))
  app.use(errorAnswers(log))
  const offs = [
    hub.on('promotion.state', promotion => feed.publish('promotion', promotion)),
    hub.on('promotion.live', ({ promotion, state }) => feed.publish('live', { ...promotion, liveState: state }))
  ]
  const stop = () => {
    for (const off of offs) off()
    return desk.stop().finally(() => feed.close())
  }
  return { app, stop }
}

module.exports = { createServer }
