'use strict'
// One line that shows how far runs are: redrawn in place on a terminal, now and then in a log.
const { count, seconds, rate } = require('./format')

const LOG_EVERY_MS = 5000

/** Rows read so far: list records and, for products, the details of each. */
function rowsOf ({ listed, detailed }) {
  return listed + detailed
}

function total (runs, number) {
  return runs.reduce((sum, run) => sum + number(run.progress), 0)
}

class ProgressLine {
  constructor (out = process.stdout) {
    this.out = out
    this.began = performance.now()
    this.logged = this.began
    this.open = false
  }

  show (runs) {
    const now = performance.now()
    if (!this.out.isTTY && now - this.logged < LOG_EVERY_MS) return
    this.logged = now
    const rows = total(runs, rowsOf)
    const ended = runs.filter(run => run.state !== 'running').length
    const line = `  ${ended} of ${runs.length} syncs done · ${count(rows)} rows · ${seconds(this.elapsed())} · ${rate(rows, this.elapsed())} · ${count(total(runs, one => one.calls))} calls`
    this.out.write(this.out.isTTY ? `\r\x1b[K${line}` : `${line}\n`)
    this.open = this.out.isTTY
  }

  /** Milliseconds since the beginning. */
  elapsed () {
    return performance.now() - this.began
  }

  /** Leaves the terminal clean. */
  end () {
    if (this.open) this.out.write('\r\x1b[K')
    this.open = false
  }
}

module.exports = { ProgressLine, rowsOf }
