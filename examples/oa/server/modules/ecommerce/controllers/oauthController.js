'use strict'
// Connecting a shop: off to the platform, and back on one path for all platforms.
const { read, text } = require('../utils/input')
const { readSession, keepSession } = require('../utils/session')
const { resultPage } = require('../utils/resultPage')
const { describe } = require('../../../middleware/errors')

/** `secure` is whether browsers reach the OA over https. */
function begin (secure) {
  return async (req, res) => {
    const { appId, shopId } = read(req.body, { appId: text, shopId: text })
    const session = keepSession(req, res, secure)
    res.json(await req.hub.oauth.begin({ appId, shopId, session }))
  }
}

/**
 * Every way this can end is a page: a person is looking at it. Who comes from a service market brings no state of
 * ours; which app it is about only the path can say.
 */
function callback (log) {
  return async (req, res) => {
    try {
      const completed = await req.hub.oauth.complete({ query: req.url, session: readSession(req), appId: req.params.appId })
      res.type('html').send(resultPage(completed.state === 'connected' ? connected(completed.shop) : pending(completed.pending)))
    } catch (error) {
      const { status, body } = describe(error)
      if (status >= 500) log(error)
      res.status(status).type('html').send(resultPage(failed(body)))
    }
  }
}

function connected (shop) {
  return { good: true, title: '店铺已接入', lines: [`${shop.name}（${shop.platformShopId}）已授权，可以同步商品和订单了。`] }
}

function pending (grant) {
  return { good: true, title: '授权待确认', lines: [`${grant.name}（${grant.platformShopId}）从服务市场发来授权，请有权限的同事在一小时内确认。`] }
}

function failed ({ code, message, requestId }) {
  const lines = ['店铺没有接入，请回到店铺页重新发起授权。', `原因：${message}（${code}）`]
  if (requestId) lines.push(`平台请求号：${requestId}`)
  return { good: false, title: '授权没有完成', lines }
}

module.exports = { begin, callback }
