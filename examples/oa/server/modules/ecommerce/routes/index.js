'use strict'
// Everything below /api/ecommerce.
const { Router, json } = require('express')
const { actAs } = require('../../../middleware/actor')
const { sameOriginWrites } = require('../../../middleware/origin')
const { neverStored } = require('../../../middleware/headers')
const { watch } = require('../controllers/progressController')
const { show } = require('../controllers/healthController')
const { platformRoutes } = require('./platforms')
const { shopRoutes } = require('./shops')
const { oauthRoutes } = require('./oauth')
const { productRoutes } = require('./products')
const { orderRoutes } = require('./orders')
const { refundRoutes } = require('./refunds')
const { runRoutes } = require('./runs')
const { mediaRoutes } = require('./media')
const { promotionRoutes } = require('./promotions')

const MAX_BODY = '64kb'

function ecommerceRoutes ({ hub, actorOf, feed, desk, secureCookies, log }) {
  const router = Router()
  router.use(neverStored, sameOriginWrites, json({ limit: MAX_BODY }), actAs(hub, actorOf))
  router.use('/platforms', platformRoutes())
  router.use('/shops', shopRoutes({ desk }))
  router.use('/oauth', oauthRoutes({ secureCookies, log }))
  router.use('/products', productRoutes())
  router.use('/orders', orderRoutes())
  router.use('/refunds', refundRoutes())
  router.use('/runs', runRoutes())
  router.use('/media', mediaRoutes())
  router.use('/promotions', promotionRoutes())
  router.get('/progress', watch(feed))
  router.get('/health', show)
  return router
}

module.exports = { ecommerceRoutes }
