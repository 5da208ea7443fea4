'use strict'
const { Router } = require('express')
const { list, sync } = require('../controllers/shopController')

function shopRoutes ({ desk }) {
  const router = Router()
  router.get('/', list)
  router.post('/:id/sync', sync(desk))
  return router
}

module.exports = { shopRoutes }
