'use strict'
// The HTTP side: reads a request, lets faults strike it, asks the platform, sends the answer.
const http = require('node:http')
const net = require('node:net')
const { FAULTS } = require('./faults')
const { ANSWER, BYTES, changeAnswer, changeBytes } = require('./fault_answer')
const { INSTEAD, WIRE } = require('./fault_wire')

const MAX_BODY_BYTES = 16 * 1024 * 1024
const ON_ANY_ANSWER = ['any', 'write'] // faults of these need no records in the answer
const JSON_TYPE = /^(application\/json|text\/javascript)\b/ // some platforms call their JSON a script
const KEEP_ALIVE_MS = 60_000

const NO_BODY = Buffer.alloc(0)

/** Gives the body to `sink` as it comes: an upload is looked at, and not kept. */
function feed (req, sink, done) {
  req.on('data', chunk => {
    sink.write(chunk)
    if (sink.size > sink.maxBytes) req.destroy()
  })
  req.on('end', () => {
    sink.end()
    done(NO_BODY)
  })
}

function readBody (req, done) {
  const chunks = []
  let size = 0
  req.on('data', chunk => {
    size += chunk.length
    if (size > MAX_BODY_BYTES) return req.destroy()
    chunks.push(chunk)
  })
  req.on('end', () => done(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)))
}

let dateSecond = NaN
let dateText = ''

/** The Date header in the sandbox's time, not the machine's. */
function dateHeader (now) {
  const second = Math.floor(now / 1000)
  if (second !== dateSecond) {
    dateSecond = second
    dateText = new Date(second * 1000).toUTCString()
  }
  return { date: dateText }
}

/** Path and query; the absolute form that clients send to a proxy is taken too, as HTTP asks of every server. */
function splitUrl (target) {
  const url = target.replace(/^http:\/\/[^/?]*/i, '')
  const mark = url.indexOf('?')
  return mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)]
}

class Server {
  constructor ({ platforms, control, clock, plan, stats }) {
    this.platforms = platforms
    this.control = control
    this.clock = clock
    this.plan = plan
    this.stats = stats
    this.http = http.createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (req, res) => this.receive(req, res))
    this.door = net.createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, socket => this.accept(socket))
    this.sockets = new Set()
    this.timers = new Set()
    this.toHold = 0 // connections still to come of which nothing will be read
  }

  accept (socket) {
    this.sockets.add(socket)
    socket.on('error', () => {}) // faults and clients cut connections; nobody needs to hear of it
    socket.on('close', () => this.sockets.delete(socket))
    if (this.toHold > 0) {
      this.toHold--
      this.stats.count('heldConnections')
      return
    }
    this.http.emit('connection', socket)
    socket.resume()
  }

  listen (port, host) {
    return new Promise((resolve, reject) => {
      this.door.once('error', reject)
      this.door.listen(port, host, () => resolve(this.door.address().port))
    })
  }

  /** Drops every connection, answered or not, so that nothing keeps the process. */
  close () {
    for (const timer of this.timers) clearTimeout(timer)
    const closed = new Promise(resolve => this.door.close(resolve))
    for (const socket of this.sockets) socket.destroy()
    return closed
  }

  receive (req, res) {
    res.sendDate = false
    if (this.plan.entries.length > 0 && this.strikeReading(req)) return
    const sink = this.sinkFor(req)
    const done = body => {
      try {
        this.route(req, res, body, sink)
      } catch (error) {
        this.crash(res, error)
      }
    }
    if (sink) feed(req, sink, done)
    else readBody(req, done)
  }

  platformOf (req) {
    return this.platforms[splitUrl(req.url)[0].split('/', 2)[1]]
  }

  /** What reads the body instead of keeping it, if the platform has such a thing for this request. */
  sinkFor (req) {
    const platform = this.platformOf(req)
    if (!platform) return null
    const [path, search] = splitUrl(req.url)
    return platform.sinkFor({ verb: req.method, path: path.slice(platform.id.length + 1), query: new URLSearchParams(search), headers: req.headers })
  }

  /** Resets the connection at the first piece of the body, or never reads it, when such a fault strikes; true then. */
  strikeReading (req) {
    const platform = this.plan.has('reading') && this.platformOf(req)
    if (!platform) return false
    const call = this.callOf(platform, req, NO_BODY, null)
    const entry = this.plan.strikeReading(platform.scope(call))
    if (!entry) return false
    this.stats.arrival(call.method)
    this.stats.fault(entry.fault)
    if (entry.fault === 'hang_reading') return true
    const cut = () => req.socket.resetAndDestroy()
    req.once('data', cut).once('end', cut)
    return true
  }

  callOf (platform, req, body, sink) {
    const [path, search] = splitUrl(req.url)
    const call = {
      platform,
      verb: req.method,
      path: path.slice(platform.id.length + 1),
      query: new URLSearchParams(search),
      headers: req.headers,
      body,
      sink, // what has read the body, if it was not kept
      now: 0, // set when it is answered: a delayed call is judged by the time it is answered at
      skewMs: 0
    }
    call.method = platform.methodOf(call)
    return call
  }

  /** A mistake of the sandbox itself must look like one, not like a fault. */
  crash (res, error) {
    process.stderr.write(`sandbox: ${error.stack}\n`)
    if (!res.headersSent) res.writeHead(599, { 'content-type': 'text/plain' })
    res.end(String(error.stack))
  }

  route (req, res, body, sink) {
    const [path, search] = splitUrl(req.url)
    const [, first] = path.split('/', 2)
    if (first === '__control') return this.control.handle(req, res, path.slice('/__control'.length), new URLSearchParams(search), body).catch(error => this.crash(res, error))
    const platform = this.platforms[first]
    if (!platform) return this.send(res, { status: 404, headers: { 'content-type': 'text/plain' }, body: Buffer.from('no such platform\n') }, dateHeader(this.clock.now()))
    this.meet(this.callOf(platform, req, body, sink), res)
  }

  /** Decides which faults strike the call, and lets the ones that come before processing have it. */
  meet (call, res) {
    this.stats.arrival(call.method)
    call.struck = this.plan.strike(call.platform.scope(call))
    for (const entry of call.struck) {
      this.stats.fault(entry.fault)
      if (entry.fault === 'clock_jump') this.clock.setOffset(this.clock.offset() + entry.options.offsetMs)
      if (entry.fault === 'hang_connect') this.toHold++
      if (entry.fault === 'clock_skew') call.skewMs += entry.options.offsetMs
    }
    const delay = call.struck.find(entry => FAULTS[entry.fault].stage === 'delay')
    if (!delay) return this.reply(call, res)
    this.later(delay, () => this.reply(call, res), res)
  }

  later ({ options, random }, work, res) {
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      try {
        work()
      } catch (error) {
        this.crash(res, error)
      }
    }, Math.max(0, options.ms + (random.next() * 2 - 1) * options.jitterMs))
    this.timers.add(timer)
  }

  reply (call, res) {
    const late = call.struck.find(entry => FAULTS[entry.fault].stage === 'late')
    if (late) return this.executeLate(late, call, res)
    call.now = this.clock.now() + call.skewMs
    const common = dateHeader(call.now)
    const instead = call.struck.find(entry => INSTEAD[entry.fault])
    if (instead) return INSTEAD[instead.fault](res, common, instead.options, call.platform)
    const answer = this.spoiled(call, call.platform.answer(call))
    const wire = call.struck.find(entry => WIRE[entry.fault])
    if (wire) return WIRE[wire.fault](res, answer, common, wire.options)
    this.send(res, answer, common)
  }

  /** Cuts the connection now and processes the call later, though nobody will hear the answer. */
  executeLate (late, call, res) {
    res.socket?.resetAndDestroy()
    this.later(late, () => {
      call.now = this.clock.now() + call.skewMs
      call.platform.answer(call)
    }, res)
  }

  spoiled (call, answer) {
    if (call.struck.length === 0 || !JSON_TYPE.test(answer.headers['content-type'] ?? '')) return answer
    const changes = call.struck.filter(entry => ANSWER[entry.fault] && (answer.shape || ON_ANY_ANSWER.includes(FAULTS[entry.fault].on)))
    const body = changes.length > 0 ? changeAnswer(answer.body, answer.shape, changes, call.platform) : answer.body
    return { ...answer, body: changeBytes(body, call.struck.filter(entry => BYTES[entry.fault])) }
  }

  send (res, answer, common) {
    res.writeHead(answer.status, { ...common, ...answer.headers, 'content-length': answer.body.length })
    res.end(answer.body)
  }
}

module.exports = { Server }
