'use strict'
// Tokens of applications themselves, fact sheet 1.4: the two newest work, the older of them for five minutes more.
const { Random, deriveSeed } = require('../../random')

const LIFE_S = 7200
const GRACE_S = 300
const WINDOW_S = 300

class ClientTokens {
  constructor (seed) {
    this.random = new Random(deriveSeed(seed, 'douyin', 'client tokens'))
    this.byApp = new Map() // appKey → [{ token, until }], the newest first, two at most
    this.owners = new Map() // token → appKey
    this.asked = new Map() // appKey → the seconds of the last calls
  }

  of (appKey) {
    return this.byApp.get(appKey) ?? []
  }

  /** A new one; asking too often is refused, and counts too. */
  issue (app, now) {
    const asked = [...(this.asked.get(app.appKey) ?? []), now].filter(second => second > now - WINDOW_S)
    this.asked.set(app.appKey, asked)
    if (asked.length > app.clientTokenLimit) return { refused: 'clientTokenTooOften' }
    return { entry: this.make(app.appKey, now) }
  }

  make (appKey, now) {
    const entry = { token: `clt.${this.random.hex(48)}`, until: now + LIFE_S }
    const [before] = this.of(appKey)
    this.byApp.set(appKey, before ? [entry, { ...before, until: Math.min(before.until, now + GRACE_S) }] : [entry])
    this.owners.set(entry.token, appKey)
    return entry
  }

  /** The newest one as long as it lives for more than five minutes. */
  stable ({ appKey }, now) {
    const [newest] = this.of(appKey)
    return { entry: newest && newest.until - now > GRACE_S ? newest : this.make(appKey, now) }
  }

  /** `{ appKey }` or `{ refused }`. */
  check (token, now) {
    const appKey = this.owners.get(token)
    if (appKey === undefined) return { refused: 'tokenUnknown' }
    const entry = this.of(appKey).find(one => one.token === token)
    return entry && now < entry.until ? { appKey } : { refused: 'tokenExpired' }
  }

  /** Ends all of an application's, as if their time were up. */
  expire (appKey, now) {
    this.byApp.set(appKey, this.of(appKey).map(entry => ({ ...entry, until: Math.min(entry.until, now) })))
  }
}

module.exports = { ClientTokens }
