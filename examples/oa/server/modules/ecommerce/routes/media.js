'use strict'
const { Router, raw } = require('express')
const { add, list, get, check } = require('../controllers/mediaController')

// As large as a Buffer that `media.add` takes; larger files go by path, see `mediaDirs`.
const MAX_FILE = '32mb'

function mediaRoutes () {
  const router = Router()
  router.post('/', raw({ limit: MAX_FILE, type: () => true }), add)
  router.get('/', list)
  router.get('/:id', get)
  router.get('/:id/check', check)
  return router
}

module.exports = { mediaRoutes }
