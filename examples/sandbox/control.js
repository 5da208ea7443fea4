'use strict'
// What a test can see and steer: the same functions over HTTP under /__control and in the process as `control`.
const { parse, Literal } = require('./json')
const { FAULTS } = require('./faults')

const DEFAULT_PLATFORM = 'doudian'
const MAX_TRUTH_PAGE = 10_000

class Control {
  constructor ({ platforms, clock, plan, stats }) {
    this.platforms = platforms
    this.clock = clock
    this.plan = plan
    this.counters = stats
    this.handlers = routes(this)
  }

  platform (id = DEFAULT_PLATFORM) {
    const platform = this.platforms[id]
    if (!platform) throw new RangeError(`unknown platform: ${id}`)
    return platform
  }

  stats () {
    return this.counters.read()
  }

  resetStats () {
    this.counters.reset()
    return {}
  }

  /** Switches one fault on, or each of a list; answers the entries with their ids. */
  fault (rule) {
    return Array.isArray(rule) ? rule.map(one => this.plan.add(one)) : this.plan.add(rule)
  }

  faults () {
    return this.plan.list()
  }

  /** Switches off by id or name; everything when nothing is named. */
  clearFaults (wanted) {
    return { removed: this.plan.remove(wanted) }
  }

  change ({ platform, ...what }) {
    return this.platform(platform).change(what)
  }

  edit ({ platform, ...what }) {
    return this.platform(platform).edit(what)
  }

  /** `{ advanceMs }` moves on, `{ offsetMs }` sets the distance to the clock the sandbox was started with. */
  setClock ({ advanceMs, offsetMs } = {}) {
    if (offsetMs !== undefined) this.clock.setOffset(offsetMs)
    if (advanceMs !== undefined) this.clock.advance(advanceMs)
    return { now: this.clock.now(), offsetMs: this.clock.offset() }
  }

  tokens ({ platform, ...what }) {
    return this.platform(platform).tokens(what)
  }

  authorize ({ platform, ...what }) {
    return this.platform(platform).authorize(what)
  }

  saveApp ({ platform, ...app }) {
    return this.platform(platform).saveApp(app)
  }

  truth ({ platform, shop, kind, after, limit = 1000 }) {
    return this.platform(platform).truth({ shopId: shop, kind, after, limit: Math.min(Number(limit), MAX_TRUTH_PAGE) })
  }

  /** Executed writes after the number `after`. */
  writes ({ platform, shop, after = 0, limit = 1000 } = {}) {
    return this.platform(platform).writes({ shopId: shop, after: Number(after), limit: Math.min(Number(limit), MAX_TRUTH_PAGE) })
  }

  /** How the next reviews go: `{ ms, outcome }`; answers that and the pending ones. */
  review ({ platform, ...wish } = {}) {
    return this.platform(platform).review(wish)
  }

  truthSummary () {
    return Object.fromEntries(Object.entries(this.platforms).map(([id, platform]) => [id, platform.summary()]))
  }

  /** Reads, and with members sets, how a platform behaves beyond what faults do. */
  settings ({ platform, ...wish } = {}) {
    return this.platform(platform).settings(wish)
  }

  /** Opens a share link as a phone would; answers, or promises, what came of it. */
  phone ({ platform = 'douyin', ...wish }) {
    return this.platform(platform).phone(wish)
  }

  /** Sends one webhook event; promises the deliveries after the first attempt of each. */
  sendWebhook ({ platform = 'douyin', ...wish }) {
    return this.platform(platform).sendWebhook(wish)
  }

  /** Every delivery there was, with its attempts. */
  webhooks ({ platform = 'douyin' } = {}) {
    return this.platform(platform).deliveries()
  }

  /** Answers one HTTP request. */
  async handle (req, res, path, query, body) {
    let status = 200
    let answer
    try {
      answer = await this.dispatch(req, path, query, body)
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof SyntaxError || error instanceof TypeError)) throw error
      status = error instanceof RangeError && /^(no such|unknown route)/.test(error.message) ? 404 : 400
      answer = { error: error.message }
    }
    const text = JSON.stringify(answer)
    res.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text) })
    res.end(text)
  }

  dispatch (req, path, query, body) {
    // A page in a browser must not be able to steer a sandbox: it cannot send JSON across origins unasked.
    if (req.headers.origin !== undefined) throw new TypeError('not from a browser')
    const handler = this.handlers[`${req.method} ${path}`]
    if (!handler) throw new RangeError(`unknown route: ${req.method} ${path}`)
    return handler(Object.fromEntries(query), body.length > 0 ? plain(parse(body.toString())) : {})
  }
}

/** Plain objects, but numbers a double cannot hold stay as they were written. */
function plain (value) {
  if (value instanceof Literal) return Number.isSafeInteger(Number(value.text)) || !/^-?\d+$/.test(value.text) ? Number(value.text) : value
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, member]) => [name, plain(member)]))
  return value
}

function routes (control) {
  return {
    'GET /stats': () => control.stats(),
    'POST /stats/reset': () => control.resetStats(),
    'GET /faults': () => control.faults(),
    'GET /faults/table': () => FAULTS,
    'POST /faults': (query, body) => control.fault(body),
    'DELETE /faults': (query, body) => control.clearFaults(query.id ?? query.fault ?? body.id ?? body.fault),
    'POST /change': (query, body) => control.change(body),
    'POST /edit': (query, body) => control.edit(body),
    'GET /clock': () => control.setClock(),
    'POST /clock': (query, body) => control.setClock(body),
    'POST /tokens': (query, body) => control.tokens(body),
    'POST /authorize': (query, body) => control.authorize(body),
    'POST /apps': (query, body) => control.saveApp(body),
    'GET /writes': query => control.writes(query),
    'GET /review': query => control.review(query),
    'POST /review': (query, body) => control.review(body),
    'GET /settings': query => control.settings(query),
    'POST /settings': (query, body) => control.settings(body),
    'POST /phone': (query, body) => control.phone(body),
    'GET /webhooks': query => control.webhooks(query),
    'POST /webhooks': (query, body) => control.sendWebhook(body),
    'GET /truth': query => control.truth(query),
    'GET /truth/summary': () => control.truthSummary()
  }
}

module.exports = { Control }
