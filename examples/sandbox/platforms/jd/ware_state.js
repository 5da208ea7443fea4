'use strict'
// Ware states, fact sheet 8: the low bits say where the ware stands, 512 and 1024 how its audit goes.

const DELETED = -1
const NEVER_LISTED = 1
const DOWN = 2
const BANNED = 4
const ON_SALE = 8
const WAITING = 512
const REFUSED = 1024

// how often at the start
const STATES = [
  [ON_SALE, 66], [DOWN, 12], [NEVER_LISTED, 6], [BANNED, 3], [DELETED, 2], [WAITING + ON_SALE, 3], [WAITING + DOWN, 2],
  [WAITING + NEVER_LISTED, 2], [REFUSED + ON_SALE, 2], [REFUSED + NEVER_LISTED, 1], [REFUSED + DOWN, 1]
]

/** Where the ware stands, whatever its audit does. */
function baseOf (status) {
  return status === DELETED ? DELETED : status & (WAITING - 1)
}

function isWaiting (status) {
  return status !== DELETED && (status & WAITING) !== 0
}

function isRefused (status) {
  return status !== DELETED && (status & REFUSED) !== 0
}

module.exports = { DELETED, NEVER_LISTED, DOWN, BANNED, ON_SALE, WAITING, REFUSED, STATES, baseOf, isWaiting, isRefused }
