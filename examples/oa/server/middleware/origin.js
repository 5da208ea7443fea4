'use strict'
// Refuses requests that a foreign page made in a user's browser.
const { Refusal } = require('./refusal')

const READS = ['GET', 'HEAD', 'OPTIONS']

/** Only these `Host` values are answered, so that a foreign name pointed at this machine reaches nothing. */
function onlyHosts (hosts) {
  return (req, res, next) => {
    if (hosts.includes(req.headers.host)) return next()
    next(new Refusal(421, 'FORBIDDEN', `this server does not answer for the host ${req.headers.host}`))
  }
}

/** Browsers say where a request comes from; programs without a browser say nothing and hold no cookies. */
function sameOriginWrites (req, res, next) {
  if (READS.includes(req.method)) return next()
  const site = req.headers['sec-fetch-site']
  const origin = req.headers.origin
  const foreign = site !== undefined ? !['same-origin', 'none'].includes(site) : origin !== undefined && hostOf(origin) !== req.headers.host
  next(foreign ? new Refusal(403, 'FORBIDDEN', 'a page of another site must not do this') : undefined)
}

function hostOf (origin) {
  return URL.canParse(origin) ? new URL(origin).host : null
}

module.exports = { onlyHosts, sameOriginWrites }
