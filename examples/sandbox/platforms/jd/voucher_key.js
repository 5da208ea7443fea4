'use strict'
// The RSA key that signs vouchers. It is made from the seed, as everything the sandbox says is: no key lies in the
// repository, and the same seed signs with the same bytes.
const crypto = require('node:crypto')
const { Random, deriveSeed } = require('../../random')

const PRIME_BYTES = 128 // two of them make 2048 bits
const EXPONENT = 65_537n
const SIEVE_LIMIT = 2000

/** Small primes: most candidates fall to them, which is cheaper than a primality test. */
const SMALL_PRIMES = Array.from({ length: SIEVE_LIMIT }, (_, number) => number)
  .filter(number => number > 2 && !Array.from({ length: Math.floor(Math.sqrt(number)) - 1 }, (_, place) => place + 2).some(factor => number % factor === 0))
  .map(BigInt)

function bigint (hex) {
  return BigInt(`0x${hex}`)
}

function modularInverse (value, modulus) {
  let [r0, r1] = [modulus, value % modulus]
  let [t0, t1] = [0n, 1n]
  while (r1 > 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1]
  }
  return ((t0 % modulus) + modulus) % modulus
}

/** The first prime after a drawn number, with its two top bits set so that the product has full length. */
function prime (random) {
  const top = 3n << BigInt(PRIME_BYTES * 8 - 2)
  let candidate = bigint(random.hex(PRIME_BYTES * 2)) | top | 1n
  while (SMALL_PRIMES.some(small => candidate % small === 0n) || candidate % EXPONENT === 1n || !crypto.checkPrimeSync(candidate)) candidate += 2n
  return candidate
}

function base64url (value) {
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url')
}

/** A private key object. */
function voucherKey (seed) {
  const random = new Random(deriveSeed(seed, 'jd', 'vouchers'))
  const p = prime(random)
  const q = prime(random)
  const d = modularInverse(EXPONENT, (p - 1n) * (q - 1n))
  const numbers = { n: p * q, e: EXPONENT, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: modularInverse(q, p) }
  const jwk = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, base64url(value)]))
  return crypto.createPrivateKey({ key: { kty: 'RSA', ...jwk }, format: 'jwk' })
}

module.exports = { voucherKey }
