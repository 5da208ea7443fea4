'use strict'
// Taobao and Tmall: the open platform's face towards server.js and control.js, written from the fact sheet alone.
const { Platform } = require('../../platform')
const { deriveSeed } = require('../../random')
const { Literal } = require('../../json')
const { Apps } = require('./apps')
const { authorizePage } = require('./authorize')
const { TokenDesk } = require('./token')
const tokenCalls = require('./token_calls')
const { Shop } = require('./shop')
const { refuse, render } = require('./envelope')
const { Refused } = require('./params')
const { readRequest } = require('./request')
const { admit } = require('./gate')
const { shapeOf } = require('./shapes')
const methods = require('./methods')
const { change, edit } = require('./change')
const { Reviews } = require('./reviews')
const { endReview } = require('./publish')
const { Messages } = require('./messages')
const { truthOf, summaryOf } = require('./truth')

const GATEWAY = '/router/rest'
const HTML_TYPE = { 'content-type': 'text/html; charset=utf-8' }
const SIGNATURE_REFUSALS = ['signatureInvalid', 'signatureMissing']
const LIMITS = ['limited', 'limitedToday', 'limitedMethod']

class Taobao extends Platform {
  constructor (context) {
    super('taobao', context)
    const { options, stats } = context
    this.methods = methods
    this.filler = ['{"error_response":{"code":15,"msg":"', '"}}']
    this.desk = new TokenDesk(options.seed, stats)
    this.apps = new Apps(options)
    this.shops = Array.from({ length: options.shops }, (_, number) => new Shop(number, options, this.second()))
    this.reviews = new Reviews(options)
    this.messages = new Messages()
    this.requestIds = 0
    this.daily = new Map() // quotas of a day by key
    this.decrypts = [] // what was shown in clear
    this.idempotent = new Map() // "app/shop/key" → the write made under it
    for (const app of options.apps ?? [{ }, { kind: 'backOffice', name: '店桥自有后台' }]) this.apps.save(app)
    if (options.warm) for (const shop of this.shops) shop.warm()
  }

  describe (url) {
    const [app, ...others] = this.apps.values()
    const fixed = [app, ...others].find(one => one.refreshSeconds === 0)
    const base = `${url}/taobao`
    return {
      api: base + GATEWAY,
      authorize: `${base}/authorize`,
      token: `${base}/token`,
      appKey: app.appKey,
      appSecret: app.appSecret,
      redirectUri: app.redirectUri,
      shops: this.shopsOf(app).map(shop => ({ shopId: shop.id, shopName: shop.name, nick: shop.nick, sid: String(shop.sid), type: shop.type })),
      fixedTerm: fixed ? { appKey: fixed.appKey, appSecret: fixed.appSecret } : null
    }
  }

  /** What a call asks for is a parameter (3.1); the other paths name themselves. */
  methodOf (call) {
    return call.path === GATEWAY ? readRequest(call).params.get('method') ?? '' : call.path.slice(1)
  }

  scope (call) {
    if (call.method === 'authorize') return { platform: this.id, method: call.method, kinds: ['any', 'page'] }
    const { params } = readRequest(call)
    const direct = call.path === '/token'
    const kinds = direct ? ['any', 'token'] : methods.get(call.method)?.kinds ?? ['any']
    const shopId = kinds.includes('token') ? tokenCalls.shopOfTokenCall(call, this.desk) : this.desk.access.get(params.get('session'))?.grant.shopId
    return { platform: this.id, method: call.method, appKey: params.get(direct ? 'client_id' : 'app_key'), shopId, kinds }
  }

  answer (call) {
    if (call.path === '/authorize') return authorizePage(call, this)
    if (call.path === '/token') return tokenCalls.direct(call, this)
    if (call.path !== GATEWAY) return { status: 404, headers: HTML_TYPE, body: Buffer.from('<html><body>404</body></html>') }
    const tree = this.outcome(call)
    if (tree.refused) this.countRefusal(tree)
    return this.rendered(call, tree)
  }

  rendered (call, tree) {
    const { params } = readRequest(call)
    const format = params.get('format') === 'json' ? 'json' : 'xml' // 3.1: xml unless asked
    const simplify = format === 'json' && params.get('simplify') === 'true'
    const { type, text } = render(tree, { method: call.method, format, simplify, requestId: call.requestId })
    return { status: 200, headers: { 'content-type': type }, body: Buffer.from(text), shape: tree.refused ? null : shapeOf(call.method, simplify) }
  }

  outcome (call) {
    call.requestId = this.nextRequestId()
    try {
      return this.run(call)
    } catch (error) {
      if (error instanceof Refused) return error.refusal
      throw error
    }
  }

  run (call) {
    const admitted = admit(call, this)
    const { app, method, grant, params } = admitted
    const struck = this.gateFault(call, grant)
    if (struck) return struck
    if (method.token) return method.handler(call, this, admitted)
    if (!grant) return this.withoutUser(call, admitted)
    const shop = this.shopById(grant.shopId)
    this.settle(shop, call.now)
    if (method.write) return this.write(call, shop, admitted)
    this.prepareList(call)
    return method.handler(call, shop, params, { app, world: this })
  }

  /** A call of the app itself; messages of all shops may be due. */
  withoutUser (call, { app, method, params }) {
    for (const shop of this.shops) this.settle(shop, call.now)
    return method.handler(call, null, params, { app, world: this })
  }

  /** Makes one write and keeps it in the log; one that was refused, or failed inside of a success, leaves no trace there. */
  write (call, shop, { app, method, params }) {
    const desk = { appKey: app.appKey, now: Math.floor(call.now / 1000), nowMs: call.now, put: this.putter(shop), reviews: this.reviews, messages: this.messages, idempotent: this.idempotent }
    const { tree, target, params: ofInterest, changed } = method.handler(shop, params, desk)
    if (target !== undefined) this.writeLog.add({ at: call.now, shopId: shop.id, method: call.method, target, params: ofInterest, changed, requestId: call.requestId })
    return tree
  }

  /** What is stored is told to the apps that listen. */
  putter (shop) {
    const put = super.putter(shop)
    return (shelf, version) => {
      const before = shelf.current(version.id)
      put(shelf, version)
      this.messages.changed(shop, shelf, before, version, this.clock.now())
    }
  }

  /** Lets reviews end and lists catch up. */
  settle (shop, nowMs) {
    this.reviews.settle(nowMs, (owner, version, verdict, outcome, atMs) => {
      const ended = endReview(version, verdict, atMs)
      this.putter(owner)(owner.items, ended)
      this.messages.audited(owner, ended, outcome, atMs)
    })
    shop.settle(nowMs)
  }

  countRefusal ({ refused, code, subCode }) {
    this.stats.refusal(subCode ?? `code ${code}`)
    if (SIGNATURE_REFUSALS.includes(refused)) this.stats.count('refusedSignatures')
    if (LIMITS.includes(refused)) this.stats.count('rateLimited')
  }

  nextRequestId () {
    return `${deriveSeed(this.options.seed, 'taobao', 'request').toString(36)}${(++this.requestIds).toString(36).padStart(6, '0')}`
  }

  refusal (name, options) {
    return refuse(name, options)
  }

  asUnknownCode () {
    const { code, msg, subCode, subMsg } = refuse('unknownCode')
    return new Map([['error_response', new Map([['code', new Literal(String(code))], ['msg', msg], ['sub_code', subCode], ['sub_msg', subMsg]])]])
  }

  changeShop (shop, counts, now, put) {
    return change(shop, counts, this.random, now, put)
  }

  editRecord (shop, kind, id, set, now, put) {
    return edit(shop, kind, id, set, now, put)
  }

  truthOf (shop, kind, after, limit) {
    return truthOf(shop, kind, after, limit)
  }

  summaryOf (shop) {
    return summaryOf(shop)
  }

  issueGrant (app, shopId, now) {
    return this.desk.authorized(app, shopId, now)
  }

  /** As everywhere, and tierSecondsLeft. */
  tokens ({ tierSecondsLeft = {}, ...wish }) {
    const shown = super.tokens(wish)
    const { tiers } = this.desk.of(shown.appKey, shown.shopId)
    const now = this.second()
    for (const [tier, seconds] of Object.entries(tierSecondsLeft)) tiers[tier] = now + seconds
    if (wish.revoke) this.messages.revoked(this.shopById(shown.shopId), shown.appKey, this.clock.now())
    return { ...shown, tierSecondsLeft: Object.fromEntries(Object.entries(tiers).map(([tier, until]) => [tier, until - now])) }
  }
}

function create (context) {
  return new Taobao(context)
}

module.exports = { create }
