'use strict'
// Seeded randomness. Every choice the sandbox makes comes from here, so that the same seed gives the same run.

/** Folds labels into a 32-bit seed (FNV-1a), so that each record and each fault has a stream of its own. */
function deriveSeed (...labels) {
  let hash = 0x811c9dc5
  const text = labels.join('\u0001')
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  // FNV leaves neighbouring labels close together; one avalanche step spreads them.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}

class Random {
  constructor (seed) {
    this.state = seed >>> 0
  }

  /** A number in [0, 1): a Weyl sequence through a 32-bit mixer. */
  next () {
    this.state = (this.state + 0x9e3779b9) >>> 0
    let z = this.state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return ((z ^ (z >>> 15)) >>> 0) / 4294967296
  }

  /** An integer in [0, count). */
  below (count) {
    return Math.floor(this.next() * count)
  }

  /** An integer in [low, high], both included. */
  between (low, high) {
    return low + this.below(high - low + 1)
  }

  chance (probability) {
    return this.next() < probability
  }

  pick (list) {
    return list[this.below(list.length)]
  }

  /** Picks from `[[value, weight], …]`. */
  weighted (pairs) {
    let total = 0
    for (const pair of pairs) total += pair[1]
    let left = this.next() * total
    for (const pair of pairs) {
      left -= pair[1]
      if (left < 0) return pair[0]
    }
    return pairs[pairs.length - 1][0]
  }

  /** `count` different items of `list`, in random order; all of them when there are fewer. */
  sample (list, count) {
    const chosen = new Set()
    const want = Math.min(count, list.length)
    if (want * 2 > list.length) return this.shuffled(list).slice(0, want)
    while (chosen.size < want) chosen.add(this.below(list.length))
    return [...chosen].map(index => list[index])
  }

  shuffled (list) {
    const copy = list.slice()
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const kept = copy[i]
      copy[i] = copy[j]
      copy[j] = kept
    }
    return copy
  }

  text (alphabet, length) {
    let out = ''
    for (let i = 0; i < length; i++) out += alphabet[this.below(alphabet.length)]
    return out
  }

  hex (length) {
    return this.text('0123456789abcdef', length)
  }

  digits (length) {
    return this.text('0123456789', length)
  }
}

module.exports = { Random, deriveSeed }
