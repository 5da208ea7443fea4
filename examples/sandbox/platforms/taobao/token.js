'use strict'
// Grants: what a seller gave one app, with an access token, a refresh token and four tiers (fact sheet 2.3 to 2.6).
const { Random, deriveSeed } = require('../../random')

const CODE_LIFE_S = 600 // the sheet gives no life of a code, only that it works once
const TIERS = ['r1', 'r2', 'w1', 'w2']
const SENSITIVE = ['r2', 'w2']

class TokenDesk {
  constructor (seed, stats) {
    this.random = new Random(deriveSeed(seed, 'taobao', 'tokens'))
    this.stats = stats
    this.grants = new Map() // "appKey/shopId" → grant
    this.access = new Map() // access token → { grant, until }
    this.refresh = new Map() // refresh token → { grant, until, retired }
    this.codes = new Map() // code → { appKey, shopId, until, used }
  }

  issueCode (appKey, shopId, now) {
    const code = this.random.text('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', 40)
    this.codes.set(code, { appKey, shopId, until: now + CODE_LIFE_S, used: false })
    return code
  }

  /** The grant that a code gives, or null. A seller who authorises again resets all validity (2.4). */
  redeem (app, code, now) {
    const known = this.codes.get(code)
    if (!known || known.used || known.appKey !== app.appKey || now >= known.until) return null
    known.used = true
    return this.authorized(app, known.shopId, now)
  }

  /** A new pair and new tiers after a consent. */
  authorized (app, shopId, now) {
    const grant = this.of(app.appKey, shopId) ?? { appKey: app.appKey, shopId, generation: 0 }
    grant.revoked = false
    grant.tiers = Object.fromEntries(TIERS.map(tier => [tier, now + (app.tierSeconds[tier] ?? app.accessSeconds)]))
    return this.renewed(app, grant, now)
  }

  /** A new pair. The sheet does not say whether a refresh token rotates, so the app has a switch for it. */
  renewed (app, grant, now) {
    const old = this.refresh.get(grant.refreshToken)
    const keeps = old && !app.rotates && now < old.until
    if (old && !keeps) old.retired = true
    grant.accessToken = `620${this.random.hex(54)}`
    grant.accessUntil = now + app.accessSeconds
    if (!keeps) {
      grant.refreshToken = `620${this.random.hex(54)}`
      grant.refreshUntil = now + app.refreshSeconds
      this.refresh.set(grant.refreshToken, { grant, until: grant.refreshUntil, retired: false })
    }
    grant.generation++
    this.grants.set(`${grant.appKey}/${grant.shopId}`, grant)
    this.access.set(grant.accessToken, { grant, until: grant.accessUntil })
    this.stats.count('tokenPairsIssued')
    return grant
  }

  /** The grant after a refresh, or null. Tiers of sensitive data keep their ends (not established, fact sheet 10). */
  renew (app, refreshToken, now) {
    const known = this.refresh.get(refreshToken)
    if (!known || known.grant.appKey !== app.appKey) return null
    if (known.retired) this.stats.count('retiredRefreshUses')
    if (known.retired || known.grant.revoked || now >= known.until) return null
    const { grant } = known
    this.renewed(app, grant, now)
    for (const tier of TIERS.filter(one => !SENSITIVE.includes(one))) grant.tiers[tier] = grant.accessUntil
    return grant
  }

  /** Who a session speaks for: `{ grant }` or `{ refusal }`, the name of one. */
  check (appKey, session, now) {
    const known = this.access.get(session)
    if (!known) return { refusal: 'tokenUnknown' }
    if (known.grant.appKey !== appKey) return { refusal: 'tokenOfOtherApp' }
    if (known.grant.revoked) return { refusal: 'authorizationClosed' }
    if (now >= known.until) return { refusal: 'tokenExpired' }
    return { grant: known.grant }
  }

  endAccess (grant, until) {
    grant.accessUntil = until
    this.access.get(grant.accessToken).until = until
  }

  endRefresh (grant, until) {
    grant.refreshUntil = until
    this.refresh.get(grant.refreshToken).until = until
  }

  of (appKey, shopId) {
    return this.grants.get(`${appKey}/${shopId}`)
  }
}

module.exports = { TokenDesk, TIERS }
