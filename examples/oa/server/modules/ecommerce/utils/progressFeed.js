'use strict'
// Hands the progress of runs and promotions to the pages that watch, as server-sent events.

const HEARTBEAT_MS = 15_000 // proxies cut connections that stay silent

/** One page that watches. A slow one gets the newest of each run and promotion, not all of it. */
class Watcher {
  constructor (res, mayWatch) {
    this.res = res
    this.mayWatch = mayWatch
    this.waiting = new Map()
    res.on('drain', () => this.flush())
  }

  async offer (event, record) {
    if (!await this.mayWatch(event, record.shopId)) return
    this.waiting.set(`${event} ${record.id}`, { event, record })
    this.flush()
  }

  flush () {
    for (const [key, { event, record }] of this.waiting) {
      if (this.res.writableNeedDrain || this.res.writableEnded) return
      this.waiting.delete(key)
      this.res.write(`event: ${event}\ndata: ${JSON.stringify(record)}\n\n`)
    }
  }
}

class ProgressFeed {
  constructor () {
    this.watchers = new Set()
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_MS)
    this.heartbeat.unref()
  }

  /** Keeps `res` open and sends it what `mayWatch(event, shopId)` lets its user see. */
  watch (res, mayWatch) {
    res.set({ 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
    res.flushHeaders()
    const watcher = new Watcher(res, mayWatch)
    this.watchers.add(watcher)
    res.on('close', () => this.watchers.delete(watcher))
    return watcher
  }

  /** `event` is `run`, `promotion` or `live`; of each record a page needs only the newest. */
  publish (event, record) {
    for (const watcher of this.watchers) void watcher.offer(event, record)
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
