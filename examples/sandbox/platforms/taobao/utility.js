'use strict'
// Calls without a user, fact sheet 5.11.
const { shanghaiText } = require('../../clock')

function time (call, shop, params) {
  params.only()
  return { time: shanghaiText(Math.floor(call.now / 1000)) }
}

/** The caller's address as the gateway sees it, which is always this machine. */
function appIp (call, shop, params) {
  params.only()
  return { ip: '127.0.0.1' }
}

module.exports = { time, appIp }
