'use strict'
// Numbers for people.

const PLACES = new Intl.NumberFormat('en-US')

function count (value) {
  return PLACES.format(value)
}

/** Fen, possibly a BigInt, as yuan. */
function yuan (fen) {
  const size = BigInt(fen)
  const rest = size < 0n ? -size : size
  return `${size < 0n ? '-' : ''}${PLACES.format(rest / 100n)}.${String(rest % 100n).padStart(2, '0')}`
}

function seconds (ms) {
  return `${(ms / 1000).toFixed(1)} s`
}

function rate (rows, ms) {
  return `${count(Math.round(rows / Math.max(ms / 1000, 0.001)))} rows/s`
}

/** `a 1, b 2` of an object's entries, largest first. */
function tally (counts) {
  return Object.entries(counts).sort(([, a], [, b]) => b - a).map(([name, value]) => `${name} ${count(value)}`).join(', ')
}

module.exports = { count, yuan, seconds, rate, tally }
