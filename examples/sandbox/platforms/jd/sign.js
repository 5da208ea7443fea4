'use strict'
// Request signature, fact sheet 4.
const crypto = require('node:crypto')

function isBlank (value) {
  return String(value).trim() === ''
}

/**
 * The parameters' names in ASCII order, without `sign`. Blank ones are left out as the Java family does; with
 * `keepBlank` they stay, as other published kits have it.
 */
function signedNames (params, keepBlank) {
  return Object.keys(params).filter(name => name !== 'sign' && (keepBlank || !isBlank(params[name]))).sort()
}

/** Upper-case hex of the MD5 over secret, names and raw values, secret. */
function sign (secret, params, { keepBlank = false } = {}) {
  const pairs = signedNames(params, keepBlank).map(name => `${name}${params[name]}`)
  return crypto.createHash('md5').update(`${secret}${pairs.join('')}${secret}`, 'utf8').digest('hex').toUpperCase()
}

module.exports = { sign, isBlank }
