// The Express process that a sync runs in: answers `/ping`, and does what the harness says over IPC. Times and CPU are
// taken around each stage; memory is the peak of RSS above the same process with its program open and idle.
'use strict'
const { readFileSync } = require('node:fs')
const { createServer } = require('node:http')
const { monitorEventLoopDelay, performance } = require('node:perf_hooks')

const RESOLUTION = 1 // of the timer whose lateness is the event-loop delay, in ms

const [program, options] = [process.argv[2], JSON.parse(process.argv[3])]
const rss = () => process.memoryUsage().rss / 1048576
const peak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024

/** The timer is a cost of its own, a thousand wake-ups a second: it runs where the delay is asked for and not where CPU is. */
async function measured (work, isWatched) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION })
  const [started, cpu] = [performance.now(), process.cpuUsage()]
  if (isWatched) delay.enable()
  const rows = await work()
  delay.disable()
  const used = process.cpuUsage(cpu)
  const late = value => value / 1e6 - RESOLUTION
  return {
    rows,
    wall: (performance.now() - started) / 1000,
    cpu: (used.user + used.system) / 1e6,
    delay: isWatched ? { p50: late(delay.percentile(50)), p99: late(delay.percentile(99)), max: late(delay.max) } : undefined,
  }
}

async function main () {
  const express = require('../peers/node_modules/express')
  const app = express()
  app.get('/ping', (req, res) => res.json({ ok: true }))
  const server = createServer(app).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const opened = program === 'idle' ? {} : await require(`../peers/${program}`).open(options)
  const idle = rss()
  const stages = {
    idle: ms => measured(() => new Promise(resolve => setTimeout(resolve, ms, 0)), true),
    stage: ({ name, isWatched }) => measured(() => opened[name](), isWatched),
    memory: () => ({ idle, above: peak() - idle }),
    close: async () => { await opened.close?.() },
  }
  process.on('message', async ({ act, argument }) => {
    try {
      process.send({ value: await stages[act](argument) })
    } catch (error) {
      process.send({ value: { error: error.stack } })
    }
  })
  process.send({ value: server.address().port })
}

main().catch(error => process.send({ value: { error: error.stack } }))
