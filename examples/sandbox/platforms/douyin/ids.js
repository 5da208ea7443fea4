'use strict'
// Ids as the platform makes them, fact sheet 1.5: opaque, and full of what a query has to encode.

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** An id of a post, an upload or a file. */
function opaqueId (random) {
  return `@${random.text(LETTERS, 12)}+${random.text(LETTERS, 10)}/${random.text(LETTERS, 9)}==`
}

/** An id of a person, for one application. */
function openId (random) {
  return `_000${random.text(`${LETTERS}-_`, 32)}`
}

module.exports = { opaqueId, openId }
