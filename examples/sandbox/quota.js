'use strict'
// Token buckets by key. A bucket holds one second of its rate.

class Quotas {
  constructor (clock) {
    this.clock = clock
    this.buckets = new Map()
  }

  /** Takes one call from the bucket of `key`; false when it is empty. No rate means no limit. */
  take (key, callsPerSecond) {
    if (!callsPerSecond) return true
    const now = this.clock.elapsed()
    const bucket = this.buckets.get(key) ?? { left: callsPerSecond, at: now, rate: callsPerSecond }
    const refill = ((now - bucket.at) / 1000) * callsPerSecond
    bucket.left = Math.min(Math.max(1, callsPerSecond), bucket.left + refill)
    bucket.at = now
    this.buckets.set(key, bucket)
    if (bucket.left < 1) return false
    bucket.left -= 1
    return true
  }
}

module.exports = { Quotas }
