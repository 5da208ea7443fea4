'use strict'
// How the platform behaves where the fact sheet knows several ways, or where a test wants a number to be smaller.

const MEGABYTE = 1024 * 1024
const choice = (...values) => value => values.includes(value)
const amount = value => Number.isFinite(value) && value >= 0
const amountOrNull = value => value === null || amount(value)

// name: [default, what is allowed]
const SETTINGS = {
  minPartBytes: [5 * MEGABYTE, amount], // 1.6: every part but the last
  maxWholeBytes: [128 * MEGABYTE, amount], // above it parts are mandatory
  maxTotalBytes: [4096 * MEGABYTE, amount],
  maxImageBytes: [20 * MEGABYTE, amount],
  publishesPerDay: [null, amountOrNull], // of one account
  lateMs: [0, amount], // a post is in lists this much later than elsewhere
  lateLists: [0, amount], // a new post is in lists only after so many of them
  stringNumbers: [null, choice(null, true, false)], // in OAuth answers; null: now and then, by the seed
  envelope: [null, choice(null, 'v1', 'new')], // of business calls; null: each its own
  errorIn: ['both', choice('both', 'data', 'extra', 'sub')], // where the second generation tells its code
  listedVideoId: ['same', choice('same', 'other')], // whether a post keeps the video_id of its upload
  webhookContent: ['text', choice('text', 'object')],
  webhookTimeoutMs: [5000, amount], // 1.12
  webhookRetries: [3, amount],
  webhookRetryMs: [1000, amount]
}

class Settings {
  constructor (options) {
    for (const [name, [value]] of Object.entries(SETTINGS)) this[name] = value
    this.lateMs = options.lateMs
  }

  set (wish) {
    for (const [name, value] of Object.entries(wish)) {
      if (!SETTINGS[name]) throw new RangeError(`unknown setting: ${name}`)
      if (!SETTINGS[name][1](value)) throw new RangeError(`${name} cannot be ${value}`)
    }
    Object.assign(this, wish)
  }
}

module.exports = { Settings }
