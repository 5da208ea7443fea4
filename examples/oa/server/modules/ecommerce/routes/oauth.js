'use strict'
const { Router } = require('express')
const { begin, callback } = require('../controllers/oauthController')

function oauthRoutes ({ secureCookies, log }) {
  const router = Router()
  router.post('/begin', begin(secureCookies))
  router.get('/callback{/:appId}', callback(log))
  return router
}

module.exports = { oauthRoutes }
