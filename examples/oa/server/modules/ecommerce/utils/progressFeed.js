'use strict'
// Hands the progress of runs to the pages that watch, as server-sent events.

const HEARTBEAT_MS = 15_000 // proxies cut connections that stay silent

/** One page that watches. A slow one gets the newest numbers of each run, not all of them. */
class Watcher {
  constructor (res, mayWatch) {
    this.res = res
    this.mayWatch = mayWatch
    this.waiting = new Map()
    res.on('drain', () => this.flush())
  }

  async offer (run) {
    if (!await this.mayWatch(run.shopId)) return
    this.waiting.set(run.id, run)
    this.flush()
  }

  flush () {
    for (const [id, run] of this.waiting) {
      if (this.res.writableNeedDrain || this.res.writableEnded) return
      this.waiting.delete(id)
      this.res.write(`event: run\ndata: ${JSON.stringify(run)}\n\n`)
    }
  }
}

class ProgressFeed {
  constructor () {
    this.watchers = new Set()
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_MS)
    this.heartbeat.unref()
  }

  /** Keeps `res` open and sends it the runs of shops for which `mayWatch(shopId)` answers true. */
  watch (res, mayWatch) {
    res.set({ 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
    res.flushHeaders()
    const watcher = new Watcher(res, mayWatch)
    this.watchers.add(watcher)
    res.on('close', () => this.watchers.delete(watcher))
    return watcher
  }

  publish (run) {
    for (const watcher of this.watchers) void watcher.offer(run)
  }

  beat () {
    for (const { res } of this.watchers) {
      if (!res.writableNeedDrain) res.write(': still here\n\n')
    }
  }

  close () {
    clearInterval(this.heartbeat)
    for (const { res } of this.watchers) res.end()
  }
}

module.exports = { ProgressFeed }
