'use strict'
// 抖音 (the open platform for content): the platform's face towards server.js and control.js. Its shops are accounts.
const { Platform } = require('../../platform')
const { MultipartReader } = require('../../multipart')
const { FileProbe } = require('../../media')
const { Apps } = require('./apps')
const { AuthorizeDesk } = require('./authorize')
const { TokenDesk } = require('./token')
const { ClientTokens } = require('./client_token')
const { PhonePage } = require('./phone_page')
const { Account } = require('./accounts')
const { Uploads } = require('./uploads')
const { Reviews, ending } = require('./reviews')
const { Shares } = require('./share')
const { Events } = require('./events')
const { Settings } = require('./settings')
const { refuse, codeOf, render, unknownCode } = require('./envelope')
const { Refused, typeOf } = require('./params')
const { admit } = require('./gate')
const { METHODS, nameOf } = require('./methods')
const { shapeOf } = require('./shapes')
const changes = require('./change')
const { truthOf, summaryOf } = require('./truth')

const AUTHORIZE = '/platform/oauth/connect/'
const PHONE = '/phone'
const PAGES = { [AUTHORIZE]: 'authorize', [PHONE]: 'phone' } // for browsers
const MAX_UPLOAD_BYTES = 4 * 1024 * 1024 * 1024
const NO_SUCH_PAGE = { status: 404, headers: { 'content-type': 'text/plain' }, body: Buffer.from('404 page not found\n'), shape: null }

class Douyin extends Platform {
  constructor (context) {
    super('douyin', context)
    const { options, stats } = context
    this.filler = ['{"data":{"error_code":0,"description":"', '"}}']
    this.rules = new Settings(options)
    this.desk = new TokenDesk(options.seed, stats)
    this.clientTokens = new ClientTokens(options.seed)
    this.callsToday = new Map()
    this.apps = new Apps(options)
    for (const app of options.apps ?? [{}]) this.apps.save(app)
    const [{ appKey }] = this.apps.values()
    this.shops = Array.from({ length: options.shops }, (_, number) => new Account(number, options, this.second(), appKey))
    this.pages = {
      authorize: new AuthorizeDesk(this.apps, app => this.shopsOf(app), (...consent) => this.consented(...consent)),
      phone: new PhonePage(this)
    }
    this.uploads = new Uploads(options.seed, this.rules)
    this.reviews = new Reviews(options)
    this.shares = new Shares(options.seed)
    this.events = new Events(this)
    this.logIds = 0
  }

  /** What a user needs to connect. `appKey` and `appSecret` are the platform's client_key and client_secret. */
  describe (url) {
    const [app] = this.apps.values()
    return {
      api: `${url}/douyin`,
      authorize: `${url}/douyin${AUTHORIZE}`,
      phone: `${url}/douyin${PHONE}`,
      appKey: app.appKey,
      appSecret: app.appSecret,
      redirectUri: app.redirectUri,
      scopes: app.scopes,
      shops: this.shopsOf(app).map(account => ({ shopId: account.id, shopName: account.name }))
    }
  }

  /** By any of its open_ids. */
  shopById (id) {
    return this.shops.find(account => account.isKnownAs(id))
  }

  methodOf (call) {
    return PAGES[call.path] ?? nameOf(call.path)
  }

  /** Files are looked at while they come, and not kept. */
  sinkFor ({ path, query, headers }) {
    const type = headers['content-type'] ?? ''
    if (METHODS.get(path)?.body !== 'multipart' || typeOf(headers) !== 'multipart/form-data') return null
    const whole = query.has('part_number') ? this.uploads.hashBefore(query.get('upload_id'), Number(query.get('part_number'))) : null
    return new MultipartReader(type, () => new FileProbe({ whole }), MAX_UPLOAD_BYTES)
  }

  /** What the fault plan wants to know of a call before it is processed. */
  scope (call) {
    if (PAGES[call.path]) return { platform: this.id, method: call.method, kinds: ['any', 'page'] }
    const kinds = METHODS.get(call.path)?.kinds ?? ['any']
    return { platform: this.id, method: call.method, ...this.callerOf(call), kinds }
  }

  /** Whose call it is, as far as it tells by itself. */
  callerOf (call) {
    const token = call.headers['access-token']
    const form = typeOf(call.headers) === 'application/x-www-form-urlencoded' ? new URLSearchParams(call.body.toString()) : new Map()
    const { access, refresh, codes } = this.desk
    const known = access.get(token) ?? access.get(form.get('access_token')) ?? refresh.get(form.get('refresh_token')) ?? codes.get(form.get('code'))
    return { appKey: known?.appKey ?? form.get('client_key') ?? this.clientTokens.owners.get(token), shopId: known?.shopId }
  }

  /** Answers a call: `{ status, headers, body, shape }`. `call.struck` are the faults that strike it. */
  answer (call) {
    if (PAGES[call.path]) return this.pages[call.method].answer(call)
    const method = METHODS.get(call.path)
    if (method?.verb !== call.verb) return NO_SUCH_PAGE
    call.second = Math.floor(call.now / 1000)
    call.logId = this.nextLogId(call.now)
    const outcome = this.outcome(call, method)
    const how = this.wayOf(method, call)
    if (outcome.refused) this.countRefusal(outcome, how.generation)
    return {
      status: 200,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: render(outcome, how),
      shape: outcome.refused ? null : shapeOf(call.method)
    }
  }

  /** How an answer looks; where the sheet knows several ways, the settings or the seed decide. */
  wayOf ({ generation, empty, eitherWay }, { logId, now }) {
    const { envelope, errorIn, stringNumbers } = this.rules
    const chosen = generation === 'oauth' ? generation : envelope ?? generation
    const newTop = eitherWay === true && this.random.chance(0.5)
    return { generation: chosen, empty, newTop, errorIn, logId, now, stringNumbers: stringNumbers ?? this.random.chance(0.3) }
  }

  outcome (call, method) {
    try {
      return this.run(call, method)
    } catch (error) {
      if (error instanceof Refused) return error.outcome
      throw error
    }
  }

  run (call, method) {
    const caller = admit(call, this, method)
    const struck = this.gateFault(call, caller.grant)
    if (struck) return struck
    if (method.kinds.includes('token')) this.stats.count('tokenCalls')
    if (caller.account) this.settle(caller.account, call.now)
    this.prepareList(call)
    const made = method.run(call, this, caller)
    return made.entry ? this.logged(call, caller.account, made) : made
  }

  /** New posts are in the log of writes; files are not, they are in the truth. */
  logged (call, account, { entry, answer }) {
    this.writeLog.add({ at: call.now, shopId: account.id, method: call.method, ...entry, requestId: call.logId })
    return answer
  }

  countRefusal (outcome, generation) {
    this.stats.refusal(String(codeOf(outcome, generation)))
    if (outcome.refused === 'signatureInvalid') this.stats.count('refusedSignatures')
    if (outcome.refused === 'limited' || outcome.refused === 'tooFrequent') this.stats.count('rateLimited')
  }

  nextLogId (now) {
    return `${Math.floor(now)}${String(++this.logIds).padStart(8, '0')}`
  }

  refusal (name) {
    return refuse(name === 'limited' ? 'tooFrequent' : name)
  }

  /** The fault lost_code: what was a success is answered with a code no document names. */
  asUnknownCode () {
    return new Map(Object.entries(unknownCode(this.rules.envelope ?? 'v1', 'unknown')))
  }

  settings (wish) {
    this.rules.set(wish)
    this.options.lateMs = this.rules.lateMs
    return { ...this.rules }
  }

  /** Lets reviews end and lists catch up. */
  settle (account, nowMs) {
    this.reviews.settle(nowMs, (owner, id, outcome, atMs) => this.endReview(owner, id, outcome, atMs))
    account.settle(nowMs)
  }

  endReview (account, id, outcome, atMs) {
    const post = account.posts.current(id)
    this.putter(account)(account.posts, { ...post, ...ending(post, outcome, atMs) })
  }

  /** Beside how reviews go, `approve` and `reject`: posts that are judged now, whatever they were. */
  review ({ approve = [], reject = [], ...wish }) {
    const judged = [...[approve].flat().map(id => [id, 'approve']), ...[reject].flat().map(id => [id, 'reject'])]
    for (const [id, outcome] of judged) {
      const account = this.shops.find(one => one.posts.current(id))
      if (!account) throw new RangeError(`no such post: ${id}`)
      this.reviews.drop(id)
      this.endReview(account, id, outcome, this.clock.now())
    }
    return super.review(wish)
  }

  /** A user agreed: what comes of the page, and of control in its place. */
  consented (app, account, second, scopes) {
    this.events.tell(app, 'authorize', account, { scopes })
    return this.desk.issueCode(app.appKey, account.id, second, scopes)
  }

  phone (wish) {
    return this.events.phone(wish)
  }

  sendWebhook (wish) {
    return this.events.send(wish)
  }

  deliveries () {
    return this.events.deliveries()
  }

  close () {
    this.events.close()
  }

  /** A user who closes an authorisation is told of as one who gives it. */
  gateFault (call, grant) {
    const refusal = super.gateFault(call, grant)
    if (refusal?.refused === 'authorizationClosed') this.events.revoked(grant)
    return refusal
  }

  authorize ({ appKey, shopId, scopes }) {
    const app = this.requireApp(appKey)
    const account = this.requireShop(shopId)
    return { appKey: app.appKey, shopId: account.id, code: this.consented(app, account, this.second(), scopes ?? app.scopes) }
  }

  issueGrant (app, shopId, now) {
    return this.desk.issue(app.appKey, shopId, now, app.scopes)
  }

  /** Beside what all platforms have, `scopes` of the grant, and `expireClientTokens`, which are the application's. */
  tokens ({ scopes, expireClientTokens, ...wish }) {
    if (expireClientTokens) this.clientTokens.expire(this.requireApp(wish.appKey).appKey, this.second())
    const answer = super.tokens(wish)
    const grant = this.desk.of(answer.appKey, answer.shopId)
    if (scopes) grant.scopes = scopes
    if (wish.revoke) this.events.revoked(grant)
    return { ...answer, scopes: grant.scopes }
  }

  changeShop (account, { posts = 0, newPosts = 0, newVideos = 0 }, now, put) {
    const changed = changes.changePosts(account, posts, this.random, now, put)
    return {
      posts: [...changed, ...changes.addPosts(this, account, newPosts, this.clock.now())],
      videos: changes.addVideos(this, account, newVideos, now)
    }
  }

  editRecord (account, kind, id, set, now, put) {
    return changes.edit(account, kind, id, set, now, put)
  }

  truthOf (account, kind, after, limit) {
    return truthOf(account, kind, after, limit, this.second())
  }

  writes ({ shopId, after, limit }) {
    return super.writes({ shopId: shopId === undefined ? undefined : this.requireShop(shopId).id, after, limit })
  }

  summaryOf (account) {
    return summaryOf(account)
  }
}

function create (context) {
  return new Douyin(context)
}

module.exports = { create }
