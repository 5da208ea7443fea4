'use strict'
const { Router } = require('express')
const { list, save } = require('../controllers/platformController')

function platformRoutes () {
  const router = Router()
  router.get('/', list)
  router.post('/', save)
  return router
}

module.exports = { platformRoutes }
