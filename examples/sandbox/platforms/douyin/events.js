'use strict'
// What users do outside of any call, and what applications hear of it: shares on a phone, and webhooks.
const { fetchAll } = require('./download')
const phone = require('./phone')
const { Webhooks } = require('./webhooks')

class Events {
  constructor (world) {
    this.world = world
    this.webhooks = new Webhooks(world.options.seed, world.rules)
  }

  /** Sends an event to an application that listens; promises the delivery, or null. */
  tell (app, event, account, content, wish) {
    if (app.webhookUrl === null) return Promise.resolve(null)
    return this.webhooks.send(app, event, { from: account?.openIdFor(app.appKey), content }, wish)
  }

  /** A user closed an authorisation. */
  revoked (grant) {
    this.tell(this.world.apps.get(grant.appKey), 'unauthorize', this.world.shopById(grant.shopId), { scopes: grant.scopes })
  }

  /** The user presses publish, and the event goes out where the share asked for it: `{ itemId, problem, sent }`. */
  press (account, shared, { webhook = true, contentAs, signature, msgId, copies, ...wish }, nowMs) {
    const pressed = phone.press(this.world, account, shared, wish, nowMs)
    if (!webhook || pressed.itemId === null || !shared.share?.callback) return { ...pressed, sent: null }
    const content = { item_id: pressed.itemId, share_id: shared.shareId }
    return { ...pressed, sent: this.tell(shared.app, 'create_video', account, content, { contentAs, signature, msgId, copies }) }
  }

  /** Opens a share link, `{ link, shopId, publish, fetch, … }`; the rest is for `press`. */
  async phone ({ link, shopId, publish = true, fetch = false, ...wish }) {
    const { world } = this
    const account = world.requireShop(shopId)
    const { shared, problem } = phone.open(world, link, world.clock.now())
    if (problem) return { opened: false, problem, itemId: null, webhook: null }
    const files = fetch ? await fetchAll(shared) : { problem: null }
    if (files.problem || !publish) return { opened: true, problem: files.problem, itemId: null, webhook: null }
    world.settle(account, world.clock.now())
    const { sent, ...pressed } = this.press(account, shared, files.hashes ? { ...wish, media: files.hashes } : wish, world.clock.now())
    return { opened: true, ...pressed, webhook: await sent }
  }

  /** Any event by hand; a challenge is made up. */
  async send ({ appKey, shopId, event, content, ...wish }) {
    const app = this.world.requireApp(appKey)
    if (app.webhookUrl === null) throw new RangeError(`app ${app.appKey} has no webhookUrl`)
    if (typeof event !== 'string') throw new RangeError('which event?')
    if (event === 'verify_webhook') return this.tell(app, event, null, content ?? { challenge: this.webhooks.random.below(100_000) }, wish)
    return this.tell(app, event, this.world.requireShop(shopId), content ?? {}, wish)
  }

  deliveries () {
    return this.webhooks.deliveries
  }

  close () {
    this.webhooks.close()
  }
}

module.exports = { Events }
