'use strict'
// The sandbox's own time. Everything that expires, is dated or is windowed asks here, so a test can move years in a line.
const { performance } = require('node:perf_hooks')

/** Runs with the machine's clock, shifted by an offset that control can change. */
function systemClock (startOffsetMs = 0) {
  let offsetMs = startOffsetMs
  return {
    now: () => Date.now() + offsetMs,
    // Quotas refill by this one: moving the calendar must not hand out permits.
    elapsed: () => performance.now(),
    advance (ms) { offsetMs += ms },
    setOffset (ms) { offsetMs = ms },
    offset: () => offsetMs
  }
}

/** Stands still until it is advanced. */
function manualClock (startMs) {
  let elapsedMs = 0
  let offsetMs = 0
  return {
    now: () => startMs + elapsedMs + offsetMs,
    elapsed: () => elapsedMs,
    advance (ms) { elapsedMs += ms },
    setOffset (ms) { offsetMs = ms },
    offset: () => offsetMs
  }
}

const SHANGHAI_OFFSET_MS = 8 * 3600 * 1000

/** `yyyy-MM-dd HH:mm:ss` at +08:00, always: the platforms' local texts know no daylight saving. */
function shanghaiText (unixSeconds) {
  return new Date(unixSeconds * 1000 + SHANGHAI_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ')
}

/** The unix milliseconds of such a text, or NaN when it is not a real date. */
function parseShanghaiText (text) {
  const ms = Date.parse(`${text.replace(' ', 'T')}+08:00`)
  if (Number.isNaN(ms) || shanghaiText(ms / 1000) !== text) return NaN
  return ms
}

module.exports = { systemClock, manualClock, shanghaiText, parseShanghaiText }
