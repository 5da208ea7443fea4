'use strict'
// Amounts are kept in fen and shown in the form of the field: yuan text on orders, yuan numbers on wares (1.7).
const { Literal } = require('../../json')

function yuanText (fen) {
  const sign = fen < 0 ? '-' : ''
  const size = Math.abs(fen)
  return `${sign}${Math.floor(size / 100)}.${String(size % 100).padStart(2, '0')}`
}

/** A JSON number with two decimals, as it was stored: 99.90 and not 99.9. */
function yuanNumber (fen) {
  return new Literal(yuanText(fen))
}

module.exports = { yuanText, yuanNumber }
