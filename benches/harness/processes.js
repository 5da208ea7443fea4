// Starts the programs of the benchmark as processes of their own, and talks with them.
'use strict'
const { execFileSync, fork, spawn } = require('node:child_process')
const { join } = require('node:path')

const NATIVE = join(__dirname, '../../target/bench/native/release')
const running = new Set()

function kept (child) {
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

process.on('exit', () => { for (const child of running) child.kill('SIGKILL') })

const firstLine = child => new Promise((resolve, reject) => {
  child.stdout.once('data', text => resolve(JSON.parse(text)))
  child.once('exit', code => reject(new Error(`ended with ${code}`)))
})

/** A platform with so many products and orders; `orderEvery` is the time between two orders, in seconds (4 when left out). */
async function platform (products, orders, orderEvery) {
  const wish = [products, orders, orderEvery].filter(one => one !== undefined)
  const child = kept(spawn(join(NATIVE, 'platform'), wish, { stdio: ['ignore', 'pipe', 'inherit'] }))
  const facts = await firstLine(child)
  const ask = async path => (await fetch(`http://127.0.0.1:${facts.port}${path}`)).json()
  return { ...facts, configure: query => ask(`/config?${query}`), stats: () => ask('/stats'), stop: () => child.kill('SIGKILL') }
}

/** An Express process with a program in it. */
async function host (program, options) {
  const child = kept(fork(join(__dirname, 'host.js'), [program, JSON.stringify(options)]))
  const answer = () => new Promise((resolve, reject) => {
    child.once('message', ({ value }) => (value?.error ? reject(new Error(value.error)) : resolve(value)))
    child.once('exit', reject)
  })
  const url = `http://127.0.0.1:${await answer()}/ping`
  const ask = (act, argument) => {
    const value = answer()
    child.send({ act, argument })
    return value
  }
  return { url, ask, stop: () => child.kill('SIGKILL') }
}

/** Steady requests; `stop` gives their latencies. */
function load (url) {
  const child = kept(spawn(process.execPath, [join(__dirname, 'load.js'), url], { stdio: ['ignore', 'pipe', 'inherit'] }))
  return {
    stop () {
      const told = firstLine(child)
      child.kill('SIGTERM')
      return told
    },
  }
}

const floorArguments = ({ database, port, firstOrder }) => [port, database, firstOrder]
const floor = options => JSON.parse(execFileSync(join(NATIVE, 'floor'), floorArguments(options)))
const floorBeside = options => {
  const child = kept(spawn(join(NATIVE, 'floor'), floorArguments(options), { stdio: 'ignore' }))
  return new Promise(resolve => child.once('exit', resolve))
}

module.exports = { floor, floorBeside, host, load, platform }
