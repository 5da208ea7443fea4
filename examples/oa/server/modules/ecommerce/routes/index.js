'use strict'
// Everything below /api/ecommerce.
const { Router, json, raw } = require('express')
const { actAs } = require('../../../middleware/actor')
const { sameOriginWrites } = require('../../../middleware/origin')
const { neverStored } = require('../../../middleware/headers')
const { watch } = require('../controllers/progressController')
const { show } = require('../controllers/healthController')
const { receive } = require('../controllers/noticeController')
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
const MAX_NOTICE = '1mb'

function ecommerceRoutes ({ hub, actorOf, feed, desk, secureCookies, log }) {
  const router = Router()
  // Before every parser and without a user: a notice is signed, byte for byte, by its platform.
  router.post('/notices/:platform', neverStored, raw({ limit: MAX_NOTICE, type: () => true }), receive(hub))
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
