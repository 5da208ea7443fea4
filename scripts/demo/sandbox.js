'use strict'
// The sandbox as a process of its own, and what the demo asks of its control side.
const path = require('node:path')
const { spawn } = require('node:child_process')
const { createInterface } = require('node:readline')
const { once } = require('node:events')
const { ROOT } = require('./build')

const CLI = path.join(ROOT, 'examples', 'sandbox', 'cli.js')

class Sandbox {
  constructor (child, place) {
    this.child = child
    this.url = place.url
    this.platforms = place
    this.control = place.control
  }

  async ask (verb, route, body) {
    const init = { method: verb, headers: { 'content-type': 'application/json' }, body: body && JSON.stringify(body) }
    const answer = await fetch(this.control + route, init)
    const value = await answer.json()
    if (!answer.ok) throw new Error(`sandbox ${route}: ${value.error}`)
    return value
  }

  stats () {
    return this.ask('GET', '/stats')
  }

  resetStats () {
    return this.ask('POST', '/stats/reset', {})
  }

  change (what) {
    return this.ask('POST', '/change', what)
  }

  /** Moves the platforms' clock; `{ offsetMs: 0 }` sets it right again. */
  setClock (wish) {
    return this.ask('POST', '/clock', wish)
  }

  /** What a platform executed. */
  async writes (platform) {
    return (await this.ask('GET', `/writes?${new URLSearchParams({ platform, limit: 1000 })}`)).items
  }

  fault (scope) {
    return this.ask('POST', '/faults', scope)
  }

  clearFaults () {
    return this.ask('DELETE', '/faults')
  }

  /** Every true record of a kind, in order of id. */
  async * truth (platform, shop, kind) {
    for (let after = ''; after !== null;) {
      const { items, next } = await this.ask('GET', `/truth?${new URLSearchParams({ platform, shop, kind, after, limit: 1000 })}`)
      yield * items
      after = next
    }
  }

  async stop () {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const gone = once(this.child, 'exit')
    this.child.kill('SIGTERM')
    await gone
  }
}

function cliFlags ({ products, orders, historyDays, callsPerSecond, redirectUri }) {
  return ['--products', products, '--orders', orders, '--history-days', historyDays, '--calls-per-second', callsPerSecond, '--redirect-uri', redirectUri, '--warm', '--exit-with-stdin'].map(String)
}

/** Starts a sandbox. It ends with this process, however this process ends: it holds the other end of its stdin. */
async function startSandbox (options) {
  const child = spawn(process.execPath, [CLI, ...cliFlags(options)], { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
  child.stdin.on('error', () => {}) // the sandbox went first
  const died = once(child, 'exit').then(([code, signal]) => { throw new Error(`the sandbox ended with ${code ?? signal}`) })
  died.catch(() => {})
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), died])
  return new Sandbox(child, JSON.parse(line))
}

module.exports = { startSandbox }
