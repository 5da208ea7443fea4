'use strict'
// 京东: the platform's face towards server.js and control.js, see ../../platform.js.
const { Platform } = require('../../platform')
const { deriveSeed } = require('../../random')
const { Apps } = require('./apps')
const { AuthorizeDesk } = require('./authorize')
const { TokenDesk } = require('./token')
const { Shop } = require('./shops')
const { methods } = require('./methods')
const { Refused, renderRefusal, renderSuccess, codeOf } = require('./envelope')
const { admit, readForm } = require('./gate')
const tokenCalls = require('./token_calls')
const { SHAPES } = require('./shapes')
const { Reviews } = require('./reviews')
const { stateAt } = require('./promotions')
const { truthOf, summaryOf } = require('./truth')
const changes = require('./change')
const { KeyService } = require('./key_service')

const GATEWAY = 'routerjson'
const AUTHORIZE = 'oauth2.to_login'
const JSON_TYPE = { 'content-type': 'application/json;charset=UTF-8' }

class Jd extends Platform {
  constructor (context) {
    super('jd', context)
    const { options, clock, stats } = context
    this.methods = methods
    this.filler = ['{"jingdong_vender_shop_query_responce":{"code":"0","filler":"', '"}}']
    this.desk = new TokenDesk(options.seed, stats)
    this.apps = new Apps(options)
    this.shops = Array.from({ length: options.shops }, (_, number) => new Shop(number, options, Math.floor(clock.now() / 1000)))
    this.pages = new AuthorizeDesk(this.apps, app => this.shopsOf(app), this.desk)
    this.reviews = new Reviews(options)
    this.idempotent = new Map() // "app/shop/stockRfId" → the change made under it
    this.callsToday = new Map() // "app/day" → calls
    this.requestIds = 0
    this.keys = new KeyService(options.seed)
    for (const app of options.apps ?? [{ }, { name: '店桥云外应用', buyerData: 'refused' }]) this.apps.save(app)
    if (options.warm) for (const shop of this.shops) shop.warm()
  }

  /** What a user needs to connect. The first app runs inside JD's cloud, `outside` does not. */
  describe (url) {
    const [app, ...others] = this.apps.values()
    const outside = [app, ...others].find(one => one.buyerData === 'refused')
    const described = {
      api: `${url}/jd/${GATEWAY}`,
      authorize: `${url}/jd/oauth2/to_login`,
      token: `${url}/jd/oauth2/access_token`,
      refresh: `${url}/jd/oauth2/refresh_token`,
      appKey: app.appKey,
      appSecret: app.appSecret,
      redirectUri: app.redirectUri,
      shops: this.shopsOf(app).map(shop => ({ shopId: shop.id, shopName: shop.name })),
      outside: outside ? { appKey: outside.appKey, appSecret: outside.appSecret } : null
    }
    // Not in the line that cli.js prints: making the key takes a tenth of a second, which most runs need not spend.
    return Object.defineProperty(described, 'voucherPublicKey', { get: () => this.keys.publicPem() })
  }

  /** The gateway's method is a parameter; of the other paths the path is the name: `/oauth2/to_login` is oauth2.to_login. */
  methodOf (call) {
    const { form, flaw } = readForm(call)
    call.form = form
    call.flaw = flaw
    const name = call.path.slice(1).replaceAll('/', '.')
    return name === GATEWAY ? form.get('method') ?? GATEWAY : name
  }

  kindsOf (method) {
    if (method === AUTHORIZE) return ['any', 'page']
    if (tokenCalls.isTokenCall(method)) return ['any', 'token']
    return this.methods.get(method)?.kinds ?? ['any']
  }

  /** What the fault plan wants to know of a call before it is processed. */
  scope ({ method, form }) {
    return { platform: this.id, method, appKey: form.get('app_key'), shopId: this.shopIdOf(method, form), kinds: this.kindsOf(method) }
  }

  shopIdOf (method, form) {
    if (!tokenCalls.isTokenCall(method)) return this.desk.access.get(form.get('access_token'))?.shopId
    return this.desk.refresh.get(form.get('refresh_token'))?.grant.shopId ?? this.desk.codes.get(form.get('code'))?.shopId
  }

  /** Answers a call: `{ status, headers, body, shape }`. `call.struck` are the faults that strike it. */
  answer (call) {
    if (call.method === AUTHORIZE) return this.pages.answer(call)
    call.requestId = this.nextRequestId()
    call.keys = this.keys
    if (tokenCalls.isTokenCall(call.method)) return this.answerToken(call)
    if (call.path !== `/${GATEWAY}`) return { status: 404, headers: { 'content-type': 'text/html' }, body: Buffer.from('<h1>404 Not Found</h1>') }
    return this.answerGateway(call)
  }

  answerToken (call) {
    this.stats.count('tokenCalls')
    const outcome = tokenCalls.ofGate(this.gateFault(call)) ?? tokenCalls.decide(call, this)
    if (outcome.grant) return { status: 200, headers: JSON_TYPE, body: tokenCalls.renderPair(outcome.grant, call.method), shape: SHAPES[call.method] }
    const { code, body } = tokenCalls.renderRefusal(outcome, call.requestId)
    this.stats.refusal(`oauth ${code}`)
    if (outcome.name === 'limited') this.stats.count('rateLimited')
    return { status: 200, headers: JSON_TYPE, body, shape: null }
  }

  answerGateway (call) {
    try {
      return { status: 200, headers: JSON_TYPE, body: renderSuccess(call.method, this.run(call), call.requestId), shape: SHAPES[call.method] }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      this.countRefusal(error.refusal)
      return { status: 200, headers: JSON_TYPE, body: renderRefusal(error.refusal, error.detail, call.method, call.requestId), shape: null }
    }
  }

  /** The members of the wrapper. */
  run (call) {
    const { app, params, grant, method } = admit(call, this)
    const struck = this.gateFault(call, grant)
    if (struck?.name === 'notFound' && method.missing) return method.missing()
    if (struck) throw new Refused(struck.name)
    if (method.world) {
      for (const shop of this.shops) this.settle(shop, call.now)
      return method.world(call, this, params)
    }
    const shop = this.shopById(grant.shopId)
    this.settle(shop, call.now)
    if (method.write) return this.write(call, shop, app, method.write, params)
    this.prepareList(call)
    return method.read(call, shop, params)
  }

  /** Makes one write and keeps it in the log; what was refused on business grounds leaves no trace there. */
  write (call, shop, app, handler, params) {
    const now = Math.floor(call.now / 1000)
    const desk = {
      app, now, nowMs: call.now, put: this.putter(shop), reviews: this.reviews, idempotent: this.idempotent,
      next: (version, facts) => ({ ...version, ...facts, updateTime: Math.max(now, version.updateTime), bytes: undefined })
    }
    const { target, params: ofInterest, changed, answer } = handler(shop, params, desk)
    if (target !== undefined) this.writeLog.add({ at: call.now, shopId: shop.id, method: call.method, target, params: ofInterest, changed, requestId: call.requestId })
    return answer
  }

  /** Lets audits end, promotions begin and end, and lists catch up. */
  settle (shop, nowMs) {
    this.reviews.settle(nowMs, (owner, shelf, version) => this.putter(owner)(shelf, version))
    const { promotions } = shop.made
    const now = Math.floor(nowMs / 1000)
    for (const id of promotions?.sortedIds() ?? []) {
      const version = promotions.current(id)
      const status = stateAt(version, now)
      if (status !== version.status) this.putter(shop)(promotions, { ...version, status, updateTime: now, bytes: undefined })
    }
    super.settle(shop, nowMs)
  }

  /** The fault lost_code: what was a success is answered with a code no document names. */
  asUnknownCode () {
    return new Map([['error_response', new Map([['code', codeOf('unknownCode')], ['zh_desc', '未知错误'], ['en_desc', 'Never documented']])]])
  }

  refusal (name) {
    return { name }
  }

  countRefusal (name) {
    this.stats.refusal(codeOf(name))
    if (name === 'signatureInvalid' || name === 'signatureMissing') this.stats.count('refusedSignatures')
    if (name === 'limited') this.stats.count('rateLimited')
  }

  nextRequestId () {
    return `${deriveSeed(this.options.seed, 'jd', 'requests').toString(36)}.${String(++this.requestIds).padStart(10, '0')}`
  }

  changeShop (shop, { orders = 0, products = 0, newOrders = 0 }, now, put) {
    const { orders: changed, refunds, services } = changes.changeOrders(shop, orders, this.random, now, put)
    return {
      orders: [...changed, ...changes.addOrders(shop, newOrders, now, put)],
      products: changes.changeWares(shop, products, this.random, now, put),
      refunds,
      services
    }
  }

  editRecord (shop, kind, id, set, now, put) {
    return changes.edit(shop, kind, id, set, now, put)
  }

  truthOf (shop, kind, after, limit) {
    return truthOf(shop, kind, after, limit)
  }

  summaryOf (shop) {
    return summaryOf(shop)
  }

  issueGrant (app, shopId, now) {
    return this.desk.issue(app, shopId, now)
  }

  // The desk ends a token by losing it; here it stays known and is too old.
  setAccessEnd (grant, until) {
    grant.accessUntil = until
  }

  setRefreshEnd (grant, until) {
    grant.refreshUntil = until
  }
}

function create (context) {
  return new Jd(context)
}

module.exports = { create }
