'use strict'
// The request signature, fact sheet 4, and the answer's root name, 3.2.
const { createHash, createHmac } = require('node:crypto')

const DIGESTS = {
  md5: (secret, text) => createHash('md5').update(secret + text + secret),
  hmac: (secret, text) => createHmac('md5', secret).update(text),
  'hmac-sha256': (secret, text) => createHmac('sha256', secret).update(text)
}
const METHODS = Object.keys(DIGESTS)

function byBytes ([a], [b]) {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** Names and raw values in byte order of the names; `sign` and blank values take no part. A raw body comes last. */
function canonical (params, body = '') {
  const signed = [...params].filter(([name, value]) => name !== 'sign' && value.trim() !== '')
  return signed.sort(byBytes).map(([name, value]) => name + value).join('') + body
}

/** The upper-case hex signature of text parameters (entries of names and values). */
function sign (method, secret, params, body) {
  return DIGESTS[method](secret, canonical(params, body)).digest('hex').toUpperCase()
}

/** `taobao.trades.sold.get` answers under `trades_sold_get_response`. */
function rootOf (method) {
  return `${method.replace(/^taobao\./, '').replaceAll('.', '_')}_response`
}

module.exports = { METHODS, canonical, sign, rootOf }
