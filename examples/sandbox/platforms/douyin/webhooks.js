'use strict'
// What the platform posts to an application, fact sheet 1.12: signed, repeated until HTTP 200 or enough, in no order.
const http = require('node:http')
const https = require('node:https')
const { Random, deriveSeed } = require('../../random')
const { write } = require('../../json')
const { webhookSignature } = require('./sign')

const MAX_ANSWER_BYTES = 64 * 1024

/** Posts once; answers `{ status, body }` or `{ error }`, and never throws. */
function post (url, headers, body, timeoutMs) {
  const { request } = url.startsWith('https:') ? https : http
  return new Promise(resolve => {
    const req = request(url, { method: 'POST', headers: { ...headers, 'content-length': body.length }, signal: AbortSignal.timeout(timeoutMs) }, res => {
      let text = ''
      res.setEncoding('utf8')
      res.on('data', piece => { if (text.length < MAX_ANSWER_BYTES) text += piece })
      res.on('end', () => resolve({ status: res.statusCode, body: text }))
      res.on('error', error => resolve({ error: error.code ?? error.name }))
    })
    req.on('error', error => resolve({ error: error.code ?? error.name }))
    req.end(body)
  })
}

/** verify_webhook is answered with its own content, of the same JSON type. */
function isTaken (delivery, { status, body }) {
  return status === 200 && (delivery.event !== 'verify_webhook' || body?.trim() === write(delivery.content))
}

class Webhooks {
  constructor (seed, rules) {
    this.random = new Random(deriveSeed(seed, 'douyin', 'webhooks'))
    this.rules = rules
    this.deliveries = []
    this.timers = new Set()
    this.closed = false
  }

  /**
   * Makes a delivery of an event and sends it; promises it after the first attempt. `wish` may change `contentAs`
   * (`text` or `object`), `signature`, `msgId` and `copies`, which are sent one after the other under one Msg-Id.
   */
  async send (app, event, { from = '', to = '', content }, wish = {}) {
    const body = this.bodyOf(app, event, { from, to, content }, wish.contentAs)
    const signature = wish.signature ?? webhookSignature(app.appSecret, body)
    const msgId = wish.msgId ?? this.random.digits(19)
    const headers = { 'content-type': 'application/json', 'x-douyin-signature': signature, 'msg-id': msgId }
    const delivery = { id: this.deliveries.length + 1, event, appKey: app.appKey, url: app.webhookUrl, msgId, signature, content, body: String(body), taken: false, givenUp: false, attempts: [] }
    this.deliveries.push(delivery)
    for (let i = 0; i < (wish.copies ?? 1); i++) await this.attempt(delivery, headers, body)
    this.retryLater(delivery, headers, body, this.rules.webhookRetries)
    return delivery
  }

  bodyOf (app, event, { from, to, content }, contentAs = this.rules.webhookContent) {
    const asObject = event === 'verify_webhook' || contentAs === 'object'
    return Buffer.from(write({
      event, client_key: app.appKey, from_user_id: from, to_user_id: to, content: asObject ? content : write(content), log_id: `021${this.random.hex(20)}`
    }))
  }

  async attempt (delivery, headers, body) {
    const outcome = await post(delivery.url, headers, body, this.rules.webhookTimeoutMs)
    delivery.attempts.push(outcome)
    if (isTaken(delivery, outcome)) delivery.taken = true
  }

  retryLater (delivery, headers, body, left) {
    if (delivery.taken || this.closed) return
    delivery.givenUp = left < 1
    if (delivery.givenUp) return
    const timer = setTimeout(async () => {
      this.timers.delete(timer)
      await this.attempt(delivery, headers, body)
      this.retryLater(delivery, headers, body, left - 1)
    }, this.rules.webhookRetryMs).unref()
    this.timers.add(timer)
  }

  close () {
    this.closed = true
    for (const timer of this.timers) clearTimeout(timer)
  }
}

module.exports = { Webhooks }
