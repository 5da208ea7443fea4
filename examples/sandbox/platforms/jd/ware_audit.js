'use strict'
// How the audit of a new or edited ware goes and ends (fact sheet 8, 9.1, 9.4).
const { WAITING, REFUSED, BANNED, ON_SALE, NEVER_LISTED, baseOf } = require('./ware_state')
const words = require('./words')

/** What becomes of a ware: a new one goes on sale if its `wareStatus` asked for it. */
function endOf (version, outcome, reason, second) {
  const base = baseOf(version.status)
  if (outcome === 'ban') return { status: BANNED, reason: reason ?? words.banReason, offlineTime: second }
  if (outcome === 'reject') return { status: base + REFUSED, reason: reason ?? words.rejectReason }
  const goesOnSale = base === NEVER_LISTED && version.wantsSale
  return { status: goesOnSale ? ON_SALE : base, reason: null, wantsSale: false, ...goesOnSale ? { onlineTime: second } : {} }
}

/** The facts of a ware whose content waits for audit from now on. */
function audited (shop, version, desk) {
  const review = desk.reviews.begin(shop, shop.wares, version.id, desk.nowMs, endOf)
  return { status: baseOf(version.status) + WAITING, review }
}

module.exports = { audited }
