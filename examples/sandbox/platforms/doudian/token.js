'use strict'
// Grants and their two tokens, fact sheet 2.3. A grant belongs to one app and one shop.
const { Random, deriveSeed } = require('../../random')
const { refuse } = require('./envelope')

const HOUR_S = 3600
const ACCESS_LIFE_S = 7 * 24 * HOUR_S
const REFRESH_LIFE_S = 14 * 24 * HOUR_S
const LAST_HOUR_S = HOUR_S
const CODE_LIFE_S = 600 // 2.2: an authorisation code lives 10 minutes

class TokenDesk {
  constructor (seed, stats) {
    this.random = new Random(deriveSeed(seed, 'doudian', 'tokens'))
    this.stats = stats
    this.grants = new Map() // "appKey/shopId" → grant
    this.access = new Map() // access token → { grant, until }
    this.refresh = new Map() // refresh token → { grant, until, retired }
    this.codes = new Map() // code → { appKey, shopId, until, used }
  }

  /** A single-use code for one app and shop; the merchant's consent also lifts an earlier revocation. */
  issueCode (appKey, shopId, now) {
    const code = `${this.random.hex(8)}-${this.random.hex(4)}-${this.random.hex(4)}-${this.random.hex(12)}`
    this.codes.set(code, { appKey, shopId, until: now + CODE_LIFE_S, used: false })
    const grant = this.grants.get(`${appKey}/${shopId}`)
    if (grant && grant.revoked) this.grants.delete(`${appKey}/${shopId}`)
    return code
  }

  /** token.create with grant_type=authorization_code. Answers `{ grant }` or `{ refusal }`. */
  redeem (appKey, code, now) {
    const known = this.codes.get(code)
    if (!known || known.used || known.appKey !== appKey) return { refusal: refuse('codeInvalid') }
    if (now >= known.until) return { refusal: refuse('codeExpired') }
    known.used = true
    return { grant: this.provide(appKey, known.shopId, now) }
  }

  /** token.refresh. Using a refresh token that was replaced is counted; what comes of it is the app's `rotation`. */
  renew (app, refreshToken, nowMs) {
    const { appKey } = app
    const now = Math.floor(nowMs / 1000)
    const known = this.refresh.get(refreshToken)
    if (!known || known.grant.appKey !== appKey) return { refusal: refuse('refreshUnknown') }
    if (known.retired) this.stats.count('retiredRefreshUses')
    if (known.grant.revoked) return { refusal: refuse('authorizationClosed') }
    if (known.retired) return this.renewRetired(app, known, nowMs)
    if (now >= known.until) return { refusal: refuse('refreshExpired') }
    return { grant: this.provide(appKey, known.grant.shopId, now, nowMs) }
  }

  /** plain: dead; strict: dead, and the whole family with it; graceful: for a while the pair that replaced it. */
  renewRetired ({ rotation, graceMs }, { grant, retired }, nowMs) {
    if (rotation === 'graceful' && retired.by === grant.generation && nowMs - retired.atMs < graceMs) {
      this.stats.count('gracedRefreshUses')
      return { grant }
    }
    if (rotation === 'strict') {
      grant.revoked = true
      this.stats.count('revokedFamilies')
    }
    return { refusal: refuse('refreshInvalid') }
  }

  /** The live pair while the access token has more than an hour left, otherwise a new pair. */
  provide (appKey, shopId, now, nowMs) {
    const grant = this.grants.get(`${appKey}/${shopId}`)
    if (grant && !grant.revoked && grant.accessUntil - now > LAST_HOUR_S) return grant
    return this.issue(appKey, shopId, now, nowMs)
  }

  /** Issues a new pair. The old access token keeps its own end, which is at most an hour away (2.3). */
  issue (appKey, shopId, now, nowMs = now * 1000) {
    const grant = this.grants.get(`${appKey}/${shopId}`) ?? { appKey, shopId, revoked: false, generation: 0 }
    if (grant.refreshToken) this.refresh.get(grant.refreshToken).retired = { atMs: nowMs, by: grant.generation + 1 }
    grant.accessToken = this.tokenText()
    grant.refreshToken = this.tokenText()
    grant.accessUntil = now + ACCESS_LIFE_S
    grant.refreshUntil = now + REFRESH_LIFE_S
    grant.generation++
    this.grants.set(`${appKey}/${shopId}`, grant)
    this.access.set(grant.accessToken, { grant, until: grant.accessUntil })
    this.refresh.set(grant.refreshToken, { grant, until: grant.refreshUntil, retired: null })
    this.stats.count('tokenPairsIssued')
    return grant
  }

  tokenText () {
    return `${this.random.hex(8)}-${this.random.hex(4)}-${this.random.hex(4)}-${this.random.hex(4)}-${this.random.hex(12)}`
  }

  /** Who an access token speaks for. Answers `{ grant }` or `{ refusal }`. */
  check (appKey, accessToken, now) {
    const known = this.access.get(accessToken)
    if (!known) return { refusal: refuse('tokenUnknown') }
    if (known.grant.appKey !== appKey) return { refusal: refuse('tokenOfOtherApp') }
    if (known.grant.revoked) return { refusal: refuse('authorizationClosed') }
    if (now >= known.until) return { refusal: refuse('tokenExpired') }
    return { grant: known.grant }
  }

  /** Moves the end of the newest access token, so that the next refresh has to issue a new pair. */
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

module.exports = { TokenDesk }
