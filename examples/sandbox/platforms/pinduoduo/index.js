'use strict'
// 拼多多: the platform's face towards server.js and control.js.
const { Platform } = require('../../platform')
const { Literal, write } = require('../../json')
const { MultipartReader } = require('../../multipart')
const { FileProbe } = require('../../media')
const { Apps } = require('./apps')
const { AuthorizeDesk } = require('./authorize')
const { TokenDesk } = require('./token')
const { Shop } = require('./shops')
const { Commits } = require('./commits')
const { MallVideos } = require('./mall_videos')
const { KEPT_BYTES } = require('./images')
const { DecryptBudget } = require('./decrypt')
const { MethodLimits } = require('./limits')
const { Promotion } = require('./ddk_seed')
const { refuse, render } = require('./envelope')
const { Refused } = require('./params')
const { admit } = require('./gate')
const { readRequest } = require('./wire')
const { shapeOf } = require('./shapes')
const { METHODS, SHOP_METHODS } = require('./methods')
const changes = require('./change')
const { truthPage } = require('../../truth')
const { truthOf, summaryOf } = require('./truth')

const AUTHORIZE = '/authorize'
const MAX_UPLOAD_BYTES = 64 * 1024 * 1024

class Pinduoduo extends Platform {
  constructor (context) {
    super('pinduoduo', context)
    const { options, clock, stats } = context
    this.methods = METHODS
    this.shopMethods = SHOP_METHODS
    this.filler = ['{"mall_info_get_response":{"mall_desc":"', '"}}']
    this.desk = new TokenDesk(options.seed, stats)
    this.apps = new Apps(options)
    this.shops = Array.from({ length: options.shops }, (_, number) => new Shop(number, options, this.second()))
    this.pages = new AuthorizeDesk(this.apps, app => this.shopsOf(app), this.desk)
    this.reviews = new Commits(options)
    this.mallVideos = new MallVideos(options)
    this.methodLimits = new MethodLimits(clock)
    this.decryptBudget = new DecryptBudget()
    this.promotion = new Promotion(options, this.shops)
    this.requestIds = 0
    for (const app of options.apps ?? [{ }, { promoter: true, name: '店桥推广应用' }]) this.apps.save(app)
    if (options.warm) for (const shop of this.shops) shop.warm()
  }

  /** What a user needs to connect. `appKey` and `appSecret` are the platform's client_id and client_secret. */
  describe (url) {
    const apps = [...this.apps.values()]
    const app = apps.find(one => !one.promoter) ?? apps[0]
    const promoter = apps.find(one => one.promoter)
    return {
      api: `${url}/pinduoduo/api/router`,
      upload: `${url}/pinduoduo/api/upload`,
      authorize: `${url}/pinduoduo${AUTHORIZE}`,
      appKey: app.appKey,
      appSecret: app.appSecret,
      redirectUri: app.redirectUri,
      shops: this.shopsOf(app).map(shop => ({ shopId: shop.id, shopName: shop.name })),
      promoter: promoter ? { appKey: promoter.appKey, appSecret: promoter.appSecret, pid: this.promotion.firstPid } : null
    }
  }

  /** Files are looked at while they come; only pictures are kept, as long as one may be. */
  sinkFor ({ headers }) {
    const type = headers['content-type'] ?? ''
    if (!/^multipart\/form-data\b/i.test(type)) return null
    return new MultipartReader(type, name => new FileProbe(name === 'file' ? { keep: KEPT_BYTES } : {}), MAX_UPLOAD_BYTES)
  }

  /** One address for every method: its name travels in `type`. Without a body yet, the path has to do. */
  methodOf (call) {
    if (call.path === AUTHORIZE) return AUTHORIZE.slice(1)
    call.request = readRequest(call)
    return call.request.params.get('type') ?? call.path.slice(1)
  }

  /** What the fault plan wants to know of a call before it is processed. */
  scope (call) {
    if (call.path === AUTHORIZE) return { platform: this.id, method: call.method, kinds: ['any', 'page'] }
    const { params } = call.request
    const kinds = METHODS.get(call.method)?.kinds ?? ['any']
    return { platform: this.id, method: call.method, appKey: params.get('client_id'), shopId: this.shopIdOf(params), kinds }
  }

  shopIdOf (params) {
    const { access, refresh, codes } = this.desk
    return access.get(params.get('access_token'))?.grant.shopId ?? refresh.get(params.get('refresh_token'))?.grant.shopId ?? codes.get(params.get('code'))?.shopId
  }

  /** Answers a call: `{ status, headers, body, shape }`. `call.struck` are the faults that strike it. */
  answer (call) {
    if (call.path === AUTHORIZE) return this.pages.answer(call)
    call.requestId = this.nextRequestId(call.now)
    const outcome = this.outcome(call)
    if (outcome.refused) this.countRefusal(outcome)
    return {
      status: 200,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: render(outcome, call.method, call.requestId),
      shape: outcome.refused ? null : shapeOf(call.method)
    }
  }

  outcome (call) {
    try {
      return this.run(call)
    } catch (error) {
      if (error instanceof Refused) return error.outcome
      throw error
    }
  }

  run (call) {
    const admitted = admit(call, this)
    const struck = this.gateFault(call, admitted.grant)
    if (struck) return struck
    const { run, kinds, of } = admitted.method
    if (kinds.includes('token')) this.stats.count('tokenCalls')
    this.prepareList(call)
    if (of !== 'shop') return run(call, this, admitted)
    const shop = this.shopById(admitted.grant.shopId)
    this.settle(shop, call.now)
    if (kinds.includes('write')) return this.write(call, shop, admitted)
    return run(call, shop, admitted.params, { commits: this.reviews, decryptBudget: this.decryptBudget, videos: this.mallVideos }, admitted)
  }

  /** Lets reviews end and lists catch up. */
  settle (shop, nowMs) {
    this.mallVideos.settle(nowMs)
    this.reviews.settle(nowMs, (owner, version, wish, atMs) => {
      const updateTime = Math.max(version.updateTime, Math.floor(atMs / 1000))
      this.putter(owner)(owner.goods, changes.nextVersion(version, wish, updateTime))
    })
    shop.settle(nowMs)
  }

  /** Makes one write and keeps it in the log; a refused one leaves no trace there. */
  write (call, shop, { method, params }) {
    const now = Math.floor(call.now / 1000)
    const desk = {
      now, nowMs: call.now, put: this.putter(shop), commits: this.reviews, files: call.request.files, videos: this.mallVideos,
      next: (version, wish) => changes.nextVersion(version, wish, Math.max(now, version.updateTime))
    }
    const { target, params: ofInterest, changed, answer } = method.run(shop, params, desk)
    this.writeLog.add({ at: call.now, shopId: shop.id, method: call.method, target, params: ofInterest, changed, requestId: call.requestId })
    return answer
  }

  countRefusal ({ refused, code }) {
    this.stats.refusal(String(code))
    if (refused === 'signatureInvalid') this.stats.count('refusedSignatures')
    if (refused === 'limited' || refused === 'tooOften') this.stats.count('rateLimited')
  }

  nextRequestId (now) {
    return `${Math.floor(now)}${String(++this.requestIds).padStart(6, '0')}`
  }

  refusal (name) {
    return refuse(name)
  }

  /** The fault lost_code: what was a success is answered with a code no document names. */
  asUnknownCode () {
    const { code, msg, subCode, subMsg } = refuse('unknownCode')
    const error = { error_msg: msg, sub_msg: subMsg, sub_code: subCode, error_code: new Literal(String(code)), request_id: 'unknown' }
    return new Map([['error_response', new Literal(write(error))]])
  }

  changeShop (shop, { orders = 0, products = 0, newOrders = 0, refunds = 0, newRefunds = 0, promotionOrders = 0, newPromotionOrders = 0 }, now, put) {
    const changed = changes.changeOrders(shop, orders, this.random, now, put)
    const changedGoods = changes.changeGoods(shop, products, this.random, now, put)
    const moved = changes.changeRefunds(shop, refunds, this.random, now, put)
    return {
      orders: [...changed, ...changes.addOrders(shop, newOrders, now, put)],
      products: changedGoods,
      refunds: [...moved, ...changes.addRefunds(shop, newRefunds, this.random, now, put)],
      promotionOrders: [...this.promotion.change(promotionOrders, this.random, now), ...this.promotion.add(shop, changes.addOrders(shop, newPromotionOrders, now, put, 'toShip'), now)]
    }
  }

  /** Beside records of shops, `pid`: its registration, which a person would confirm in an app (12.2). */
  edit (wish) {
    if (wish.kind !== 'pid') return super.edit(wish)
    this.promotion.bind(String(wish.id), wish.set?.bound !== false)
    return { kind: 'pid', id: String(wish.id) }
  }

  /** Beside those of goods, the reviews of videos: `videoMs`, `videoOutcome`, and `approve` and `reject`, which judge now. */
  review ({ videoMs, videoOutcome, approve, reject, ...wish }) {
    this.mallVideos.settle(this.clock.now())
    this.mallVideos.set({ videoMs, videoOutcome, approve, reject })
    return { ...super.review(wish), ...this.mallVideos.read() }
  }

  editRecord (shop, kind, id, set, now, put) {
    return changes.edit(shop, kind, id, set, now, put)
  }

  truthOf (shop, kind, after, limit) {
    if (kind === 'promotionOrders') return this.promotion.truth(after, limit)
    if (kind === 'mallVideos') return truthPage(this.mallVideos.entries(shop), after, limit)
    return truthOf(shop, kind, after, limit)
  }

  summaryOf (shop) {
    return summaryOf(shop)
  }
}

function create (context) {
  return new Pinduoduo(context)
}

module.exports = { create }
