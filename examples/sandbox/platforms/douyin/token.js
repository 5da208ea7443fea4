'use strict'
// Grants of users and their two tokens, fact sheet 1.3 and 1.4. A grant belongs to one application and one account.
const { Random, deriveSeed } = require('../../random')

const DAY_S = 86_400
const ACCESS_LIFE_S = 15 * DAY_S
const REFRESH_LIFE_S = 30 * DAY_S
const CODE_LIFE_S = 600
const MAX_RENEWALS = 5
const RENEWING = 'renew_refresh_token'

class TokenDesk {
  constructor (seed, stats) {
    this.random = new Random(deriveSeed(seed, 'douyin', 'tokens'))
    this.stats = stats
    this.grants = new Map() // "appKey/shopId" → grant
    this.access = new Map() // access token → grant
    this.refresh = new Map() // refresh token → grant
    this.codes = new Map() // code → { appKey, shopId, scopes, until, used }
  }

  /** A single-use code; asking for one puts an end to the one before. */
  issueCode (appKey, shopId, now, scopes) {
    for (const known of this.codes.values()) {
      if (known.appKey === appKey && known.shopId === shopId) known.used = true
    }
    const code = this.random.hex(32)
    this.codes.set(code, { appKey, shopId, scopes, until: now + CODE_LIFE_S, used: false })
    return code
  }

  /** Answers `{ grant }` or `{ refused }`, as all that follows. */
  redeem (appKey, code, now) {
    const known = this.codes.get(code)
    if (known && known.appKey !== appKey) return { refused: 'clientMismatch' }
    if (!known || known.used || now >= known.until) return { refused: 'codeInvalid' }
    known.used = true
    return { grant: this.issue(appKey, known.shopId, now, known.scopes) }
  }

  /** A grant anew. That it ends the one before is not known (1.4), and it is the harder case for a client. */
  issue (appKey, shopId, now, scopes) {
    const before = this.of(appKey, shopId)
    if (before) before.replaced = true
    const grant = { appKey, shopId, scopes, revoked: false, replaced: false, renewals: 0, generation: (before?.generation ?? 0) + 1 }
    this.grants.set(`${appKey}/${shopId}`, grant)
    this.newAccess(grant, now)
    this.newRefresh(grant, now)
    return grant
  }

  newAccess (grant, now) {
    grant.accessToken = `act.3.${this.random.hex(48)}`
    grant.accessUntil = now + ACCESS_LIFE_S
    this.access.set(grant.accessToken, grant)
    this.stats.count('tokenPairsIssued')
  }

  newRefresh (grant, now) {
    grant.refreshToken = `rft.${this.random.hex(48)}`
    grant.refreshUntil = now + REFRESH_LIFE_S
    this.refresh.set(grant.refreshToken, grant)
  }

  /** Whose refresh token it is, if it still works. */
  holder (appKey, token, now) {
    const grant = this.refresh.get(token)
    if (!grant) return { refused: 'refreshInvalid' }
    if (grant.appKey !== appKey) return { refused: 'clientMismatch' }
    if (grant.refreshToken !== token) this.stats.count('retiredRefreshUses')
    if (grant.refreshToken !== token || grant.revoked || grant.replaced || now >= grant.refreshUntil) return { refused: 'refreshInvalid' }
    return { grant }
  }

  /** Lengthens the life of an access token that is alive, and makes another in place of one that is not (1.4). */
  extend (appKey, token, now) {
    const { grant, refused } = this.holder(appKey, token, now)
    if (refused) return { refused }
    if (now < grant.accessUntil) grant.accessUntil = now + ACCESS_LIFE_S
    else this.newAccess(grant, now)
    return { grant }
  }

  /** Another refresh token; the one before is dead at once, and the sixth time nobody gets one. */
  renew (appKey, token, now) {
    const { grant, refused } = this.holder(appKey, token, now)
    if (refused) return { refused }
    if (!grant.scopes.includes(RENEWING)) return { refused: 'noPermission' }
    if (grant.renewals >= MAX_RENEWALS) return { refused: 'renewedTooOften' }
    grant.renewals++
    grant.generation++
    this.newRefresh(grant, now)
    this.stats.count('tokenPairsIssued')
    return { grant }
  }

  /** Who an access token speaks for. */
  check (token, now) {
    const grant = this.access.get(token)
    if (!grant || grant.replaced) return { refused: 'tokenUnknown' }
    if (grant.revoked) return { refused: 'authorizationClosed' }
    if (grant.accessToken !== token || now >= grant.accessUntil) return { refused: 'tokenExpired' }
    return { grant }
  }

  endAccess (grant, until) {
    grant.accessUntil = until
  }

  endRefresh (grant, until) {
    grant.refreshUntil = until
  }

  of (appKey, shopId) {
    return this.grants.get(`${appKey}/${shopId}`)
  }
}

module.exports = { TokenDesk }
