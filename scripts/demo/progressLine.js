'use strict'
// One line that shows how far a run is: redrawn in place on a terminal, now and then in a log.
const { count, seconds, rate } = require('./format')

const LOG_EVERY_MS = 5000

/** Rows read so far: list records and, for products, the details of each. */
function rowsOf ({ listed, detailed }) {
  return listed + detailed
}

function share (run) {
  const { listed, listTotal, detailed, detailTotal } = run.progress
  const [stage, done, total] = run.stage === 'detail' ? ['SKUs of products', detailed, detailTotal] : [run.kind, listed, listTotal]
  return `${stage} ${count(done)}${total === undefined ? '' : ` / ${count(total)}`}`
}

class ProgressLine {
  constructor (out = process.stdout) {
    this.out = out
    this.began = performance.now()
    this.logged = this.began
    this.open = false
  }

  show (run) {
    const now = performance.now()
    if (!this.out.isTTY && now - this.logged < LOG_EVERY_MS) return
    this.logged = now
    const line = `  ${share(run)} · ${seconds(now - this.began)} · ${rate(rowsOf(run.progress), now - this.began)} · ${count(run.progress.calls)} calls`
    this.out.write(this.out.isTTY ? `\r\x1b[K${line}` : `${line}\n`)
    this.open = this.out.isTTY
  }

  /** Leaves the terminal clean and answers how long it took, in milliseconds. */
  end () {
    if (this.open) this.out.write('\r\x1b[K')
    return performance.now() - this.began
  }
}

module.exports = { ProgressLine, rowsOf }
