'use strict'
// 抖店: the platform's face towards server.js and control.js. Every platform folder exports one `create(context)`
// whose result has the same members as this class.
const { Platform } = require('../../platform')
const { deriveSeed } = require('../../random')
const { shanghaiText } = require('../../clock')
const { Literal } = require('../../json')
const { Apps } = require('./apps')
const { AuthorizeDesk } = require('./authorize')
const { TokenDesk } = require('./token')
const { Shop, getShopCategory, brandList } = require('./shops')
const { refuse, render, acceptValue } = require('./envelope')
const { Refused } = require('./params')
const { admit, isTokenCall } = require('./gate')
const { SHAPES } = require('./shapes')
const { listV2, detail, skuList } = require('./products')
const { searchList, orderDetail } = require('./orders')
const refunds = require('./refunds')
const { DecryptBudget, batchDecrypt } = require('./decrypt')
const tokenCalls = require('./token_calls')
const changes = require('./change')
const writes = require('./writes')
const { addV2, editV2, auditList } = require('./publish')
const { getCatePropertyV2 } = require('./properties')
const { uploadImageSync, queryMaterialDetail } = require('./materials')
const { Reviews } = require('./reviews')
const { truthOf, summaryOf } = require('./truth')

const PAGES = ['authorize', 'open-app']

// method → [handler, what kind of call it is to the faults]
const METHODS = new Map(Object.entries({
  'token.create': [tokenCalls.create, ['any', 'token']],
  'token.refresh': [tokenCalls.refresh, ['any', 'token']],
  'product.listV2': [listV2, ['any', 'shop', 'records', 'list']],
  'product.detail': [detail, ['any', 'shop', 'records']],
  'sku.list': [skuList, ['any', 'shop', 'records']],
  'order.searchList': [searchList, ['any', 'shop', 'records', 'list']],
  'order.orderDetail': [orderDetail, ['any', 'shop', 'records']],
  'order.batchDecrypt': [batchDecrypt, ['any', 'shop', 'records']],
  'afterSale.List': [refunds.list, ['any', 'shop', 'records', 'list']],
  'afterSale.Detail': [refunds.detail, ['any', 'shop', 'records']],
  'shop.getShopCategory': [getShopCategory, ['any', 'shop']],
  'shop.brandList': [brandList, ['any', 'shop']],
  'sku.stockNum': [(call, shop, params) => acceptValue(writes.stockNum(shop, params)), ['any', 'shop']],
  'order.logisticsCompanyList': [logisticsCompanyList, ['any', 'shop']],
  'product.getCatePropertyV2': [getCatePropertyV2, ['any', 'shop']],
  'product.auditList': [auditList, ['any', 'shop', 'records', 'list']],
  'material.queryMaterialDetail': [queryMaterialDetail, ['any', 'shop', 'records']],
  'material.uploadImageSync': [uploadImageSync, ['any', 'shop', 'write']],
  'product.addV2': [addV2, ['any', 'shop', 'write']],
  'product.editV2': [editV2, ['any', 'shop', 'write']],
  'product.setOnline': [writes.setOnline, ['any', 'shop', 'write']],
  'product.setOffline': [writes.setOffline, ['any', 'shop', 'write']],
  'sku.editPrice': [writes.editPrice, ['any', 'shop', 'write']],
  'sku.syncStock': [writes.syncStock, ['any', 'shop', 'write']],
  'order.logisticsAdd': [writes.logisticsAdd, ['any', 'shop', 'write']]
}))

function logisticsCompanyList (call, shop, params) {
  params.only()
  return acceptValue(writes.companyRows)
}

/** A new version goes live, and what was never shown is shown. */
function approvedFacts ({ draft }) {
  return draft ? { ...draft.facts, content: draft.content, draft: null, hidden: false } : { hidden: false }
}

class Doudian extends Platform {
  constructor (context) {
    super('doudian', context)
    const { options, clock, stats } = context
    this.methods = METHODS
    this.filler = ['{"code":10000,"msg":"success","data":"', '"}']
    this.desk = new TokenDesk(options.seed, stats)
    this.apps = new Apps(options)
    this.shops = Array.from({ length: options.shops }, (_, number) => new Shop(number, options, Math.floor(clock.now() / 1000)))
    this.pages = new AuthorizeDesk(this.apps, app => this.shopsOf(app), this.desk)
    this.logIds = 0
    this.reviews = new Reviews(options)
    this.decryptBudget = new DecryptBudget()
    this.idempotent = new Map() // "app/shop/idempotent_id" → the write made under it
    for (const app of options.apps ?? [{ }, { selfUse: true, name: '店桥自用应用' }]) this.apps.save(app)
    if (options.warm) for (const shop of this.shops) shop.warm()
  }

  /** What a user needs to connect, for the line that cli.js prints. */
  describe (url) {
    const [app, ...others] = this.apps.values()
    const selfUse = [app, ...others].find(one => one.selfUse)
    return {
      api: `${url}/doudian`,
      authorize: `${url}/doudian/authorize`,
      openApp: `${url}/doudian/open-app`,
      appKey: app.appKey,
      appSecret: app.appSecret,
      serviceId: app.serviceId,
      redirectUri: app.redirectUri,
      shops: this.shopsOf(app).map(shop => ({ shopId: shop.id, shopName: shop.name })),
      selfUse: selfUse ? { appKey: selfUse.appKey, appSecret: selfUse.appSecret } : null
    }
  }

  /** The method a path below /doudian names: `/product/listV2` is `product.listV2` (2.4). */
  methodOf ({ path }) {
    return path.slice(1).replaceAll('/', '.')
  }

  /** The fault lost_code: what was a success is answered with a code no document names. */
  asUnknownCode (tree) {
    const { code, msg, subCode } = refuse('unknownCode')
    return tree.set('code', new Literal(String(code))).set('msg', msg).set('sub_code', subCode).set('data', null)
  }

  /** What the fault plan wants to know of a call before it is processed. */
  scope (call) {
    const isPage = PAGES.includes(call.method)
    const kinds = isPage ? ['any', 'page'] : METHODS.get(call.method)?.[1] ?? ['any']
    return { platform: this.id, method: call.method, appKey: call.query.get('app_key') ?? undefined, shopId: this.shopIdOf(call), kinds }
  }

  shopIdOf (call) {
    if (!isTokenCall(call.method)) return this.desk.access.get(call.query.get('access_token'))?.grant.shopId
    try {
      const { code, shop_id: shopId, refresh_token: refreshToken } = JSON.parse(call.body)
      return this.desk.refresh.get(refreshToken)?.grant.shopId ?? this.desk.codes.get(code)?.shopId ?? shopId
    } catch {
      return undefined
    }
  }

  /** Answers a call: `{ status, headers, body, shape }`. `call.struck` are the faults that strike it. */
  answer (call) {
    if (PAGES.includes(call.method)) return this.pages.answer(call)
    call.logId = this.nextLogId(call.now)
    const outcome = this.outcome(call)
    if (outcome.refused) this.countRefusal(outcome)
    const legacy = call.headers['x-open-no-old-err-code'] !== '1'
    return {
      status: 200,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: render(outcome, call.logId, legacy),
      shape: outcome.refused ? null : SHAPES[call.method]
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
    const [handler, kinds] = METHODS.get(call.method)
    if (isTokenCall(call.method)) {
      this.stats.count('tokenCalls')
      return handler(call, this, admitted)
    }
    const shop = this.shopById(admitted.grant.shopId)
    this.settle(shop, call.now)
    if (kinds.includes('write')) return this.write(call, shop, admitted, handler)
    this.prepareList(call)
    return handler(call, shop, admitted.params, this, admitted)
  }

  /** Lets reviews end and lists catch up. */
  settle (shop, nowMs) {
    this.reviews.settle(nowMs, (owner, version, states, atMs, approved) => {
      const updateTime = Math.max(version.updateTime, Math.floor(atMs / 1000))
      this.putter(owner)(owner.products, { ...version, ...(approved ? approvedFacts(version) : {}), ...states, review: null, updateTime, bytes: undefined })
    })
    shop.settle(nowMs)
  }

  /** Makes one write and keeps it in the log; a refused one leaves no trace there. */
  write (call, shop, { app, params }, handler) {
    const desk = {
      appKey: app.appKey, now: Math.floor(call.now / 1000), nowMs: call.now, put: this.putter(shop),
      reviews: this.reviews, idempotent: this.idempotent
    }
    const { target, params: ofInterest, changed, answer } = handler(shop, params, desk)
    this.writeLog.add({ at: call.now, shopId: shop.id, method: call.method, target, params: ofInterest, changed, requestId: call.logId })
    return acceptValue(answer ?? {})
  }

  countRefusal ({ refused, subCode }) {
    this.stats.refusal(subCode)
    if (refused === 'signatureInvalid' || refused === 'signatureMissing') this.stats.count('refusedSignatures')
    if (refused === 'limited') this.stats.count('rateLimited')
  }

  nextLogId (now) {
    const stamp = shanghaiText(Math.floor(now / 1000)).replace(/\D/g, '')
    const number = (++this.logIds).toString(16).toUpperCase().padStart(10, '0')
    return `${stamp}${deriveSeed(this.options.seed, 'log').toString(16).toUpperCase().padStart(8, '0')}${number}`
  }

  refusal (name) {
    return refuse(name)
  }

  changeShop (shop, { orders = 0, products = 0, newOrders = 0, refunds: moved = 0, newRefunds = 0 }, now, put) {
    const changed = changes.changeOrders(shop, orders, this.random, now, put)
    return {
      orders: [...changed, ...changes.addOrders(shop, newOrders, now, put)],
      products: changes.changeProducts(shop, products, this.random, now, put),
      refunds: [...changes.changeRefunds(shop, moved, this.random, now, put), ...changes.addRefunds(shop, newRefunds, this.random, now, put)]
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
}

function create (context) {
  return new Doudian(context)
}

module.exports = { create }
