'use strict'
// Ciphertext of buyer data, fact sheet 16: Base64 of 0x00, 0x04, key id, IV, AES-128-CBC with PKCS#7 padding.
const crypto = require('node:crypto')
const { Random, deriveSeed } = require('../../random')

const KEY_BYTES = 32 // of which AES uses the first 16
const USED_BYTES = 16
const PREFIX = Buffer.from([0x00, 0x04])

/** `key` and `iv` are bytes, `keyId` too. */
function encrypt (key, keyId, iv, text) {
  const cipher = crypto.createCipheriv('aes-128-cbc', key.subarray(0, USED_BYTES), iv)
  return Buffer.concat([PREFIX, keyId, iv, cipher.update(text, 'utf8'), cipher.final()]).toString('base64')
}

function bytesOf (random, count) {
  return Buffer.from(random.hex(count * 2), 'hex')
}

/** A shop's current key: `{ id, key }`. */
function shopKey (shop) {
  const random = new Random(deriveSeed(shop.seed, 'tde'))
  return { id: bytesOf(random, USED_BYTES), key: bytesOf(random, KEY_BYTES) }
}

/** A function that encrypts texts of one record, always to the same bytes. */
function encrypterOf (shop, seed) {
  const { id, key } = shopKey(shop)
  const random = new Random(deriveSeed(shop.seed, 'iv', seed))
  return text => encrypt(key, id, bytesOf(random, USED_BYTES), text)
}

module.exports = { encrypt, encrypterOf, shopKey }
