'use strict'
// Response headers that keep a page of the OA from being framed, sniffed or fed with foreign scripts.

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
  "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"
].join('; ')

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // The OAuth callback carries a code in its URL: no page may hand that on.
  'referrer-policy': 'no-referrer'
}

function secureHeaders (req, res, next) {
  res.set(HEADERS)
  next()
}

function neverStored (req, res, next) {
  res.set('cache-control', 'no-store')
  next()
}

module.exports = { secureHeaders, neverStored }
