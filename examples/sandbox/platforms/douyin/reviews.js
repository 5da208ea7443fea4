'use strict'
// Reviews of posts, fact sheet 1.6 and 1.7: they end by themselves after a while, or when control says so.
const { approvedStatus, UNSUITABLE } = require('./post_seed')

const OUTCOMES = ['approve', 'reject', 'ban', 'hold']

/** What a post becomes. There is no reason anywhere, and so no difference between `reject` and `ban`. */
function ending (post, outcome, atMs) {
  const second = Math.floor(atMs / 1000)
  if (outcome !== 'approve') return { status: UNSUITABLE, reviewed: true, publicSince: null, updateTime: second }
  return { status: approvedStatus(post.look), reviewed: true, publicSince: post.publicSince ?? second, updateTime: second }
}

class Reviews {
  constructor ({ reviewMs, reviewOutcome }) {
    this.set({ ms: reviewMs, outcome: reviewOutcome })
    this.pending = [] // { account, id, at, outcome }
  }

  /** How long the next reviews take and how they end; with `hold` they wait for control. */
  set ({ ms = this.ms, outcome = this.outcome }) {
    if (!Number.isFinite(ms) || ms < 0) throw new RangeError('ms must not be negative')
    if (!OUTCOMES.includes(outcome)) throw new RangeError(`unknown outcome: ${outcome}`)
    Object.assign(this, { ms, outcome })
  }

  read () {
    const pending = this.pending.map(({ account, id, at, outcome }) => ({ shopId: account.id, itemId: id, at: outcome === 'hold' ? null : at, outcome }))
    return { ms: this.ms, outcome: this.outcome, pending }
  }

  begin (account, id, nowMs) {
    this.pending.push({ account, id, at: nowMs + this.ms, outcome: this.outcome })
  }

  /** Ends what is due; `end(account, id, outcome, atMs)` stores the post. */
  settle (nowMs, end) {
    const due = this.pending.filter(one => one.outcome !== 'hold' && one.at <= nowMs).sort((a, b) => a.at - b.at)
    if (due.length === 0) return
    this.pending = this.pending.filter(one => !due.includes(one))
    for (const { account, id, outcome, at } of due) end(account, id, outcome, at)
  }

  /** A post that control judged waits no more. */
  drop (id) {
    this.pending = this.pending.filter(one => one.id !== id)
  }
}

module.exports = { Reviews, ending }
