'use strict'
// Grants and their tokens, fact sheet 5. A grant belongs to one app and one shop. A refresh keeps the text of the access
// token and moves its end; once that end has passed only the merchant can help.
const { Random, deriveSeed } = require('../../random')

const CODE_LIFE_S = 600 // 5.1: "about 10 minutes is usual"

// name: [code, msg]; a number here, unlike at the gateway (5.2)
const OAUTH_REFUSALS = {
  client: [1003, 'app_key或app_secret错误'],
  badGrant: [1005, '授权码或授权类型无效'],
  refreshExpired: [2011, 'refresh_token已过期，请重新授权'],
  refreshUnknown: [2012, 'refresh_token不存在'],
  notAuthorized: [304, '会话未授权']
}

class TokenDesk {
  constructor (seed, stats) {
    this.random = new Random(deriveSeed(seed, 'jd', 'tokens'))
    this.stats = stats
    this.grants = new Map() // "appKey/shopId" → grant
    this.access = new Map() // access token → grant
    this.refresh = new Map() // refresh token → { grant, retired }
    this.codes = new Map() // code → { appKey, shopId, until, used }
  }

  /** A single-use code for one app and shop. */
  issueCode (appKey, shopId, now) {
    const code = this.random.text('ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789', 6)
    this.codes.set(code, { appKey, shopId, until: now + CODE_LIFE_S, used: false })
    return code
  }

  /** Answers `{ grant }` or `{ refusal }`. */
  redeem (app, code, now) {
    const known = this.codes.get(code)
    if (!known || known.used || known.appKey !== app.appKey || now >= known.until) return { refusal: 'badGrant' }
    known.used = true
    return { grant: this.issue(app, known.shopId, now) }
  }

  /** Refused after the end of the access token: then the merchant has to authorise again (5.3). */
  renew (app, refreshToken, now) {
    const known = this.refresh.get(refreshToken)
    if (known?.retired) this.stats.count('retiredRefreshUses')
    if (!known || known.retired || known.grant.appKey !== app.appKey) return { refusal: 'refreshUnknown' }
    const { grant } = known
    if (grant.revoked) return { refusal: 'notAuthorized' }
    if (now >= grant.accessUntil || now >= grant.refreshUntil) return { refusal: 'refreshExpired' }
    return { grant: this.prolong(app, grant, now) }
  }

  prolong (app, grant, now) {
    if (app.rotation === 'plain') {
      this.refresh.get(grant.refreshToken).retired = true
      this.handRefreshToken(grant)
    }
    return this.date(app, grant, now)
  }

  /** A new pair of texts, after a consent. The texts before are unknown from now on. */
  issue (app, shopId, now) {
    const key = `${app.appKey}/${shopId}`
    const old = this.grants.get(key)
    if (old) {
      this.access.delete(old.accessToken)
      this.refresh.delete(old.refreshToken)
    }
    const grant = { appKey: app.appKey, shopId, generation: old?.generation ?? 0, revoked: false }
    grant.accessToken = this.tokenText()
    this.grants.set(key, grant)
    this.access.set(grant.accessToken, grant)
    this.handRefreshToken(grant)
    return this.date(app, grant, now)
  }

  handRefreshToken (grant) {
    grant.refreshToken = this.tokenText()
    this.refresh.set(grant.refreshToken, { grant, retired: false })
  }

  date (app, grant, now) {
    grant.issuedAt = now
    grant.accessUntil = now + app.tokenSeconds
    grant.refreshUntil = grant.accessUntil // its life on its own is not established (20)
    grant.lost = false
    grant.generation++
    this.stats.count('tokenPairsIssued')
    return grant
  }

  /** 36 characters, as in the samples (5.2). */
  tokenText () {
    return this.random.hex(36)
  }

  /** The grant an access token speaks for at this second, or null. */
  check (appKey, accessToken, now) {
    const grant = this.access.get(accessToken)
    if (!grant || grant.appKey !== appKey || grant.revoked || grant.lost || now >= grant.accessUntil) return null
    return grant
  }

  /** The fault expired_token: the gateway forgets the token before its time. A refresh is still possible. */
  endAccess (grant) {
    grant.lost = true
  }

  of (appKey, shopId) {
    return this.grants.get(`${appKey}/${shopId}`)
  }
}

module.exports = { TokenDesk, OAUTH_REFUSALS }
