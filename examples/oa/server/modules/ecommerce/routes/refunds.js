'use strict'
const { Router } = require('express')
const { list, get } = require('../controllers/refundController')

function refundRoutes () {
  const router = Router()
  router.get('/', list)
  router.get('/:id', get)
  return router
}

module.exports = { refundRoutes }
