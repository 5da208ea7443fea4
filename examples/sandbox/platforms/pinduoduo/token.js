'use strict'
// Grants and their two tokens, fact sheet 3. A grant belongs to one app and one shop.
const { Random, deriveSeed } = require('../../random')

const HOUR_S = 3600
const ACCESS_LIFE_S = 24 * HOUR_S // 3.4: the only lifetimes a source names
const REFRESH_LIFE_S = 30 * 24 * HOUR_S
const CODE_LIFE_S = 600 // 3.1

class TokenDesk {
  constructor (seed, stats) {
    this.random = new Random(deriveSeed(seed, 'pinduoduo', 'tokens'))
    this.stats = stats
    this.grants = new Map() // "appKey/shopId" → grant
    this.access = new Map() // access token → { grant, until }
    this.refresh = new Map() // refresh token → { grant, retired }
    this.codes = new Map() // code → { appKey, shopId, until, used }
  }

  /** A single-use code. Consent puts an end to the code and the tokens before it, at once (3.1). */
  issueCode (appKey, shopId, now) {
    for (const known of this.codes.values()) {
      if (known.appKey === appKey && known.shopId === shopId) known.used = true
    }
    const grant = this.of(appKey, shopId)
    if (grant) grant.replaced = true
    this.grants.delete(`${appKey}/${shopId}`)
    const code = this.random.hex(32)
    this.codes.set(code, { appKey, shopId, until: now + CODE_LIFE_S, used: false })
    return code
  }

  /** Answers `{ grant }` or `{ refused }`. */
  redeem (appKey, code, now) {
    const known = this.codes.get(code)
    if (!known || known.used || known.appKey !== appKey) return { refused: 'codeInvalid' }
    if (now >= known.until) return { refused: 'codeExpired' }
    known.used = true
    return { grant: this.issue(appKey, known.shopId, now) }
  }

  /** Using a refresh token that was replaced is counted; what comes of it is the app's `rotation`. */
  renew (app, refreshToken, nowMs) {
    const known = this.refresh.get(refreshToken)
    if (!known || known.grant.appKey !== app.appKey) return { refused: 'refreshUnknown' }
    const { grant, retired } = known
    if (retired) this.stats.count('retiredRefreshUses')
    if (grant.revoked || grant.replaced) return { refused: 'authorizationClosed' }
    if (retired) return this.renewRetired(app, known, nowMs)
    if (Math.floor(nowMs / 1000) >= grant.refreshUntil) return { refused: 'refreshExpired' }
    return { grant: this.next(grant, app.rotation === 'keep', nowMs) }
  }

  /** plain: dead; strict: dead, and the whole grant with it; graceful: for a while the pair that replaced it. */
  renewRetired ({ rotation, graceMs }, { grant, retired }, nowMs) {
    if (rotation === 'graceful' && retired.by === grant.generation && nowMs - retired.atMs < graceMs) {
      this.stats.count('gracedRefreshUses')
      return { grant }
    }
    if (rotation === 'strict') {
      grant.revoked = true
      this.stats.count('revokedFamilies')
    }
    return { refused: 'refreshUnknown' }
  }

  /** A new pair for an app and a shop; the first one of a grant begins its authorised period. */
  issue (appKey, shopId, now) {
    const known = this.of(appKey, shopId)
    if (known && now < known.refreshUntil) return this.next(known, false, now * 1000)
    const grant = { appKey, shopId, revoked: false, replaced: false, generation: 0, refreshUntil: now + REFRESH_LIFE_S }
    this.grants.set(`${appKey}/${shopId}`, grant)
    return this.next(grant, false, now * 1000)
  }

  /**
   * The next pair of a grant. Refreshing does not make the authorised period longer, and the replaced access token
   * works until its own end: neither is known (3.4), and both are the harder case for a client.
   */
  next (grant, keepRefresh, nowMs) {
    const now = Math.floor(nowMs / 1000)
    grant.generation++
    if (!keepRefresh || !grant.refreshToken) this.replaceRefresh(grant, nowMs)
    grant.accessToken = this.random.hex(40)
    grant.accessUntil = Math.min(now + ACCESS_LIFE_S, grant.refreshUntil)
    this.access.set(grant.accessToken, { grant, until: grant.accessUntil })
    this.stats.count('tokenPairsIssued')
    return grant
  }

  replaceRefresh (grant, nowMs) {
    if (grant.refreshToken) this.refresh.get(grant.refreshToken).retired = { atMs: nowMs, by: grant.generation }
    grant.refreshToken = this.random.hex(40)
    this.refresh.set(grant.refreshToken, { grant, retired: null })
  }

  /** Who an access token speaks for: `{ grant }` or `{ refused }`. */
  check (appKey, accessToken, now) {
    const known = this.access.get(accessToken)
    if (!known || known.grant.appKey !== appKey || known.grant.replaced) return { refused: 'tokenUnknown' }
    if (known.grant.revoked) return { refused: 'authorizationClosed' }
    if (now >= known.until) return { refused: 'tokenExpired' }
    return { grant: known.grant }
  }

  endAccess (grant, until) {
    grant.accessUntil = until
    this.access.get(grant.accessToken).until = until
  }

  endRefresh (grant, until) {
    grant.refreshUntil = until
  }

  of (appKey, shopId) {
    return this.grants.get(`${appKey}/${shopId}`)
  }
}

module.exports = { TokenDesk }
