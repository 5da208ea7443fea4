'use strict'
// The two signatures there are, fact sheet 1.9 and 1.12: of a share link and of what the platform posts. Calls have none.
const crypto = require('node:crypto')

/** Values are not encoded, and the keys stand in this order. */
function shareText (nonce, ticket, timestamp) {
  return `nonce_str=${nonce}&ticket=${ticket}&timestamp=${timestamp}`
}

function shareSignature (nonce, ticket, timestamp) {
  return crypto.createHash('md5').update(shareText(nonce, ticket, timestamp)).digest('hex')
}

/** Of the bytes as they are sent; the secret stands before them, this is no HMAC. */
function webhookSignature (secret, body) {
  return crypto.createHash('sha1').update(secret).update(body).digest('hex')
}

module.exports = { shareText, shareSignature, webhookSignature }
