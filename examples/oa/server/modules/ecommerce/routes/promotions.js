'use strict'
const { Router } = require('express')
const { list, get, draft, edit, simply, decide, schedule, resolve, metrics, goods } = require('../controllers/promotionController')

function promotionRoutes () {
  const router = Router()
  router.get('/', list)
  router.post('/', draft)
  router.get('/goods', goods)
  router.get('/:id', get)
  router.put('/:id', edit)
  for (const verb of ['submit', 'cancel', 'retry', 'check']) router.post(`/:id/${verb}`, simply(verb))
  for (const verb of ['approve', 'reject']) router.post(`/:id/${verb}`, decide(verb))
  router.post('/:id/schedule', schedule)
  router.post('/:id/resolve', resolve)
  router.get('/:id/metrics', metrics(false))
  router.post('/:id/metrics', metrics(true))
  return router
}

module.exports = { promotionRoutes }
