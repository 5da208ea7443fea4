'use strict'
// What happened so far, for tests to look at. Counters appear when they are first counted.

class Stats {
  constructor (clock) {
    this.clock = clock
    this.reset()
  }

  reset () {
    this.calls = 0
    this.methods = {}
    this.faults = {}
    this.refusals = {}
    this.counters = { refusedSignatures: 0, tokenCalls: 0, tokenPairsIssued: 0, retiredRefreshUses: 0, gracedRefreshUses: 0, revokedFamilies: 0, rateLimited: 0, nonCanonicalBodies: 0, heldConnections: 0 }
    this.recent = [] // arrival times within the last second, a ring by `first`
    this.first = 0
    this.maxCallsInOneSecond = 0
  }

  count (name) {
    this.counters[name] = (this.counters[name] ?? 0) + 1
  }

  arrival (method) {
    this.calls++
    this.methods[method] = (this.methods[method] ?? 0) + 1
    const now = this.clock.elapsed()
    this.recent.push(now)
    while (this.recent[this.first] <= now - 1000) this.first++
    this.maxCallsInOneSecond = Math.max(this.maxCallsInOneSecond, this.recent.length - this.first)
    if (this.first > 4096) {
      this.recent = this.recent.slice(this.first)
      this.first = 0
    }
  }

  fault (name) {
    this.faults[name] = (this.faults[name] ?? 0) + 1
  }

  refusal (subCode) {
    this.refusals[subCode] = (this.refusals[subCode] ?? 0) + 1
  }

  read () {
    const { calls, methods, faults, refusals, counters, maxCallsInOneSecond } = this
    return { calls, methods: { ...methods }, faults: { ...faults }, refusals: { ...refusals }, ...counters, maxCallsInOneSecond }
  }
}

module.exports = { Stats }
