'use strict'
// Request signature, fact sheet 2.5.
const crypto = require('node:crypto')

const METHODS = ['hmac-sha256', 'md5']

/** Names and values glued in this fixed order, between two copies of the secret; `body` is the param_json bytes. */
function signedBytes (secret, { appKey, method, timestamp, v }, body) {
  const before = `${secret}app_key${appKey}method${method}param_json`
  const after = `timestamp${timestamp}v${v}${secret}`
  return Buffer.concat([Buffer.from(before), Buffer.from(body), Buffer.from(after)])
}

/** Lower-case hex of the request's signature; access_token, sign and sign_method are not part of it. */
function sign (signMethod, secret, fields, body) {
  const bytes = signedBytes(secret, fields, body)
  if (signMethod === 'md5') return crypto.createHash('md5').update(bytes).digest('hex')
  return crypto.createHmac('sha256', secret).update(bytes).digest('hex')
}

module.exports = { METHODS, sign }
