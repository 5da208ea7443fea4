'use strict'
// What all platforms have in common towards server.js and control.js. A platform is a folder in platforms/ whose class
// extends this one and knows its own words: `methodOf(call)`, `scope(call)`, `answer(call)`, `describe(url)`,
// `refusal(name, options)`, `asUnknownCode(tree)`, `filler` (see fault_wire.js), and below what is marked as the platform's.
const { Quotas } = require('./quota')
const { Random, deriveSeed } = require('./random')
const { WriteLog } = require('./write_log')
const { touch } = require('./fault_plan')

// gate fault → the name that the platform's `refusal` knows
const GATE_REFUSALS = { limited: 'limited', business_error: 'businessError', service_error: 'serviceError', unknown_code: 'unknownCode', no_permission: 'noPermission', secret_changed: 'signatureInvalid', not_found: 'notFound' }

/** Makes `count` rows of a selection change now, so that an update window that ended earlier loses them. */
function moveRows (shelf, found, entry, now, put) {
  const rows = found.rows.slice(found.low, found.high)
  return entry.random.sample(rows, entry.options.count).map(row => {
    put(shelf, { ...shelf.current(row.id), updateTime: now, bytes: undefined })
    return row.id
  })
}

class Platform {
  /** The subclass sets `shops`, `apps`, `desk` (the tokens) and `reviews`. */
  constructor (id, { options, clock, plan, stats }) {
    this.id = id
    this.options = options
    this.clock = clock
    this.plan = plan
    this.stats = stats
    this.quotas = new Quotas(clock)
    this.random = new Random(deriveSeed(options.seed, id, 'changes'))
    this.writeLog = new WriteLog()
  }

  /** The unix second it is. */
  second () {
    return Math.floor(this.clock.now() / 1000)
  }

  shopsOf (app) {
    return app.shops ? this.shops.filter(shop => app.shops.includes(shop.id)) : this.shops
  }

  shopById (id) {
    return this.shops.find(shop => shop.id === id)
  }

  requireShop (shopId) {
    const shop = shopId === undefined ? this.shops[0] : this.shopById(String(shopId))
    if (!shop) throw new RangeError(`unknown shop: ${shopId}`)
    return shop
  }

  requireApp (appKey) {
    const app = appKey === undefined ? [...this.apps.values()][0] : this.apps.get(String(appKey))
    if (!app) throw new RangeError(`unknown app: ${appKey}`)
    return app
  }

  /** What reads a request's body as it comes: `{ write(chunk), end(), size, maxBytes }`, later `call.sink`. Null: it is kept. */
  sinkFor () {
    return null
  }

  settings () {
    throw new RangeError(`${this.id} has no settings`)
  }

  phone () {
    throw new RangeError(`${this.id} has no share links`)
  }

  sendWebhook () {
    throw new RangeError(`${this.id} has no webhooks`)
  }

  deliveries () {
    throw new RangeError(`${this.id} has no webhooks`)
  }

  /** Ends what would go on by itself. */
  close () {}

  /** Lets lists catch up; a platform with reviews lets those end first. */
  settle (shop, nowMs) {
    shop.settle(nowMs)
  }

  /** The refusal of a gate fault; two of them change the grant first, so that they last until it is renewed. */
  gateFault (call, grant) {
    for (const { fault, options } of call.struck) {
      if (GATE_REFUSALS[fault]) return this.refusal(GATE_REFUSALS[fault], options)
      if (fault === 'expired_token') {
        this.desk.endAccess(grant, Math.floor(call.now / 1000))
        return this.refusal('tokenExpired')
      }
      if (fault === 'revoked') {
        grant.revoked = true
        return this.refusal('authorizationClosed')
      }
    }
    return null
  }

  /** Sets `call.stuck` (every page is the first) and `call.moveRows(shop, shelf, select)`, to be called before a page is cut. */
  prepareList (call) {
    call.stuck = call.struck.some(entry => entry.fault === 'has_next_forever')
    const mover = call.struck.find(entry => entry.fault === 'rows_move')
    if (!mover) return
    call.moveRows = (shop, shelf, select) => {
      for (const id of moveRows(shelf, select(), mover, Math.floor(call.now / 1000), this.putter(shop))) touch(mover, id)
    }
  }

  /** Stores a version; lists may show it later than details do. */
  putter (shop) {
    const now = this.clock.now()
    const late = this.plan.ambient('late_rows', { platform: this.id, shopId: shop.id })
    const lateMs = late?.options.lateMs ?? this.options.lateMs
    return (shelf, version) => {
      if (late) this.stats.fault('late_rows')
      shelf.put(version, now + lateMs, now)
    }
  }

  /** Changes seeded records of one shop; answers the ids. The platform's `changeShop` does it. */
  change ({ shopId, ...counts }) {
    const shop = this.requireShop(shopId)
    this.settle(shop, this.clock.now())
    return { shopId: shop.id, ...this.changeShop(shop, counts, this.second(), this.putter(shop)) }
  }

  /** Sets fields of one named record, in any shop unless one is given. The platform's `editRecord` does it. */
  edit ({ shopId, kind, id, set }) {
    const now = this.second()
    const shops = shopId === undefined ? this.shops : [this.requireShop(shopId)]
    for (const shop of shops) this.settle(shop, this.clock.now())
    const shop = shops.find(one => this.editRecord(one, kind, String(id), set, now, this.putter(one)))
    if (!shop) throw new RangeError(`no such ${kind}: ${id}`)
    return { shopId: shop.id, kind, id: String(id) }
  }

  /** True records, from the platform's `truthOf`. */
  truth ({ shopId, kind, after, limit }) {
    const shop = this.requireShop(shopId)
    this.settle(shop, this.clock.now())
    return this.truthOf(shop, kind, after, limit)
  }

  writes ({ shopId, after, limit }) {
    return this.writeLog.page(shopId === undefined ? undefined : String(shopId), after, limit)
  }

  /** Reads, and with members sets, how reviews go from now on. */
  review (wish) {
    this.reviews.set(wish)
    return this.reviews.read()
  }

  /** Counts per shop, from the platform's `summaryOf`. */
  summary () {
    for (const shop of this.shops) this.settle(shop, this.clock.now())
    return Object.fromEntries(this.shops.map(shop => [shop.id, this.summaryOf(shop)]))
  }

  saveApp (app) {
    return this.apps.save(app)
  }

  /** Gives a grant as if the merchant had just authorised. */
  issueGrant (app, shopId, now) {
    return this.desk.issue(app.appKey, shopId, now)
  }

  setAccessEnd (grant, until) {
    this.desk.endAccess(grant, until)
  }

  setRefreshEnd (grant, until) {
    this.desk.endRefresh(grant, until)
  }

  /** Looks at a grant, or bends it: issue, expireAccess, expireRefresh, accessSecondsLeft, revoke. */
  tokens ({ appKey, shopId, issue, expireAccess, expireRefresh, accessSecondsLeft, revoke }) {
    const app = this.requireApp(appKey)
    const shop = this.requireShop(shopId)
    const now = this.second()
    const grant = issue ? this.issueGrant(app, shop.id, now) : this.desk.of(app.appKey, shop.id)
    if (!grant) throw new RangeError(`no grant for app ${app.appKey} and shop ${shop.id}`)
    if (expireAccess) this.setAccessEnd(grant, now)
    if (accessSecondsLeft !== undefined) this.setAccessEnd(grant, now + accessSecondsLeft)
    if (expireRefresh) this.setRefreshEnd(grant, now)
    if (revoke !== undefined) grant.revoked = revoke
    const { accessToken, refreshToken, accessUntil, refreshUntil, revoked, generation } = grant
    return { appKey: app.appKey, shopId: shop.id, accessToken, refreshToken, accessSecondsLeft: accessUntil - now, refreshSecondsLeft: refreshUntil - now, revoked, generation }
  }

  /** A code as the consent page would give it, without the page. */
  authorize ({ appKey, shopId }) {
    const app = this.requireApp(appKey)
    const shop = this.requireShop(shopId)
    return { appKey: app.appKey, shopId: shop.id, code: this.desk.issueCode(app.appKey, shop.id, this.second()) }
  }
}

module.exports = { Platform }
