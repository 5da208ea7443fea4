'use strict'
const { Router } = require('express')
const { list, cancel } = require('../controllers/runController')

function runRoutes () {
  const router = Router()
  router.get('/', list)
  router.post('/:id/cancel', cancel)
  return router
}

module.exports = { runRoutes }
