'use strict'
// The gateway's signature, fact sheet 5.
const crypto = require('node:crypto')

/** The text that is digested: keys in ASCII order, each with its value as transmitted, between two secrets. */
function signedText (secret, params) {
  const named = [...params].filter(([name]) => name !== 'sign').sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `${secret}${named.map(([name, text]) => name + text).join('')}${secret}`
}

/** `params` are pairs of name and text; files of a multipart request are not among them. */
function sign (secret, params) {
  return crypto.createHash('md5').update(signedText(secret, params)).digest('hex').toUpperCase()
}

module.exports = { sign, signedText }
