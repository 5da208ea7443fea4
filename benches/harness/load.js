// 200 requests a second at a URL, each at its time whatever the ones before do; latency runs from that time, so that a
// stalled server is charged for its queue. Ends on SIGTERM with one line of numbers.
'use strict'
const { Agent, get } = require('node:http')

const EVERY = 5 // ms between requests
const agent = new Agent({ keepAlive: true, maxSockets: 64 })
const [taken, started] = [[], performance.now()]
let sent = 0

const timer = setInterval(() => {
  for (; started + sent * EVERY <= performance.now(); sent++) {
    const due = started + sent * EVERY
    get(process.argv[2], { agent }, answer => answer.resume().on('end', () => taken.push(performance.now() - due))).on('error', () => {})
  }
}, 1)

process.on('SIGTERM', () => {
  clearInterval(timer)
  taken.sort((one, other) => one - other)
  const at = share => taken[Math.min(taken.length - 1, Math.floor(taken.length * share))]
  process.stdout.write(JSON.stringify({ count: taken.length, p50: at(0.5), p99: at(0.99), max: at(1) }), () => process.exit(0))
})
