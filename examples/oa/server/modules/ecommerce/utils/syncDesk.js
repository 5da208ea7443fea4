'use strict'
// Starts syncs and follows them. A request is answered as soon as its run exists; the run goes on by itself.

class SyncDesk {
  /** `log(error)` hears of runs that failed after their request was answered. */
  constructor (feed, log) {
    this.feed = feed
    this.log = log
    this.abort = new AbortController()
    this.open = new Set()
  }

  /** Starts a sync of `kind` (`products`, `orders` or `refunds`) and answers its run when it is under way. */
  start (hub, kind, options) {
    const follow = new Follow(this.feed)
    const work = hub[kind].sync({ ...options, onProgress: run => follow.saw(run), signal: this.abort.signal })
      .then(run => follow.saw(run), error => this.failed(hub, follow, error))
      .finally(() => this.open.delete(work))
    this.open.add(work)
    return follow.begun
  }

  async failed (hub, follow, error) {
    if (!follow.last) return follow.refuse(error)
    if (error.code !== 'CANCELLED') this.log(error)
    const ended = { ...follow.last, state: error.code === 'CANCELLED' ? 'cancelled' : 'failed', errorCode: error.code, errorMessage: error.message }
    // The row says it best; when it cannot be read (the hub is closing), what is known here has to do.
    follow.saw(await hub.runs.get(follow.last.id).catch(() => ended))
  }

  /** Stops every run and waits until each has ended; what they stored stays. */
  async stop () {
    this.abort.abort()
    await Promise.all(this.open)
  }
}

/** What is known of one run. */
class Follow {
  constructor (feed) {
    this.feed = feed
    this.begun = new Promise((resolve, reject) => {
      this.begin = resolve
      this.refuse = reject
    })
  }

  /** The end is told once: numbers that were still on their way may come after it. */
  saw (run) {
    if (this.last && this.last.state !== 'running') return
    this.last = run
    this.begin(run)
    this.feed.publish('run', run)
  }
}

module.exports = { SyncDesk }
