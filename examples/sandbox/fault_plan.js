'use strict'
// The faults that are switched on, and which call meets which.
const { Random, deriveSeed } = require('./random')
const { FAULTS } = require('./faults')

const NONE = []
const APART = ['ambient', 'reading'] // these are asked for by themselves
const MAX_TOUCHED = 10_000
const SCOPE = ['fault', 'platform', 'method', 'shopId', 'appKey', 'times', 'every', 'probability', 'after', 'options']

function checkRule (rule) {
  if (!FAULTS[rule.fault]) throw new RangeError(`unknown fault: ${rule.fault}`)
  for (const name of Object.keys(rule)) {
    if (!SCOPE.includes(name)) throw new RangeError(`unknown scope: ${name}`)
  }
  for (const name of Object.keys(rule.options ?? {})) {
    if (!(name in FAULTS[rule.fault].options)) throw new RangeError(`${rule.fault} has no option ${name}`)
  }
}

class FaultPlan {
  constructor (seed) {
    this.seed = seed
    this.made = 0
    this.entries = []
  }

  /** Switches a fault on; answers its entry. Throws RangeError for anything the table does not know. */
  add (rule) {
    checkRule(rule)
    const id = ++this.made
    const entry = {
      ...rule, id, options: { ...FAULTS[rule.fault].options, ...rule.options }, seen: 0, fired: 0, touched: [],
      random: new Random(deriveSeed(this.seed, 'fault', id))
    }
    this.entries.push(entry)
    return describe(entry)
  }

  /** Switches off by id or by name, or everything. Answers how many. */
  remove (wanted) {
    const before = this.entries.length
    this.entries = this.entries.filter(entry => wanted !== undefined && entry.id !== Number(wanted) && entry.fault !== wanted)
    return before - this.entries.length
  }

  list () {
    return this.entries.map(describe)
  }

  /** The entries that strike this call. `call` is `{ platform, method, shopId, appKey, kinds }`. */
  strike (call) {
    if (this.entries.length === 0) return NONE
    return this.entries.filter(entry => !APART.includes(FAULTS[entry.fault].stage) && matches(entry, call) && due(entry))
  }

  /** The first entry that strikes while the request is still being read. */
  strikeReading (call) {
    return this.entries.find(entry => FAULTS[entry.fault].stage === 'reading' && matches(entry, call) && due(entry))
  }

  /** Whether any fault of that stage is on: a quick look before a call is taken apart. */
  has (stage) {
    return this.entries.some(entry => FAULTS[entry.fault].stage === stage)
  }

  /** The newest ambient entry of that name, or undefined. */
  ambient (name, scope) {
    return this.entries.findLast(entry => entry.fault === name && fits(entry, scope))
  }
}

function fits (entry, { platform, shopId }) {
  return (entry.platform === undefined || entry.platform === platform) && (entry.shopId === undefined || entry.shopId === shopId)
}

function matches (entry, call) {
  if (!fits(entry, call)) return false
  if (entry.appKey !== undefined && entry.appKey !== call.appKey) return false
  if (entry.method !== undefined) return [entry.method].flat().includes(call.method) && call.kinds.includes(FAULTS[entry.fault].on)
  return !call.kinds.includes('page') && call.kinds.includes(FAULTS[entry.fault].on)
}

/** Counts the call and says whether it is this one: after `after`, every `every`-th, with `probability`, at most `times`. */
function due (entry) {
  entry.seen++
  const turn = entry.seen - (entry.after ?? 0)
  if (turn < 1 || turn % (entry.every ?? 1) !== 0) return false
  if (entry.fired >= (entry.times ?? Infinity)) return false
  if (entry.probability !== undefined && !entry.random.chance(entry.probability)) return false
  entry.fired++
  return true
}

/** Remembers which records a fault spoiled, so that a test knows what to expect. */
function touch (entry, id) {
  if (entry.touched.length < MAX_TOUCHED) entry.touched.push(id)
}

function describe ({ random: _random, ...entry }) {
  return { ...entry, touched: entry.touched.slice() }
}

module.exports = { FaultPlan, touch }
