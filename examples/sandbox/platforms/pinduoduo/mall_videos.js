'use strict'
// Short videos of a shop (多多视频), fact sheet 13: files in parts, the videos made of them, and their reviews.
// No bytes are kept: sizes and hashes.
const { Random, deriveSeed } = require('../../random')
const { kindOf } = require('../../media')
const { Refused } = require('./params')

const OUTCOMES = ['approve', 'reject', 'hold']
const REVIEWING = 0
const PASSED = 1
const REJECTED = 2
const REASON = '视频内容与商品无关'
const FIRST_VIDEO_ID = 5_000_000_000
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

class MallVideos {
  constructor ({ seed, reviewMs }) {
    this.random = new Random(deriveSeed(seed, 'pinduoduo', 'mall videos'))
    this.ms = reviewMs
    this.outcome = 'approve'
    this.uploads = new Map() // upload_sign → { shop, type, parts: number → part, done }
    this.files = new Map() // vid → { shop, vid, bytes, kind, parts, used }
    this.videos = new Map() // video_id → { id, shop, status, reason, at, outcome, … }
  }

  /** How long the next reviews take and how they end, and videos that are judged now. */
  set ({ videoMs = this.ms, videoOutcome = this.outcome, approve = [], reject = [] }) {
    if (!Number.isFinite(videoMs) || videoMs < 0) throw new RangeError('videoMs must not be negative')
    if (!OUTCOMES.includes(videoOutcome)) throw new RangeError(`unknown outcome: ${videoOutcome}`)
    Object.assign(this, { ms: videoMs, outcome: videoOutcome })
    for (const id of [approve].flat()) this.judge(this.named(id), 'approve')
    for (const id of [reject].flat()) this.judge(this.named(id), 'reject')
  }

  named (id) {
    const video = this.videos.get(String(id))
    if (!video) throw new RangeError(`no such video: ${id}`)
    return video
  }

  judge (video, outcome) {
    Object.assign(video, outcome === 'approve' ? { status: PASSED, reason: '' } : { status: REJECTED, reason: REASON }, { outcome: null })
  }

  settle (nowMs) {
    for (const video of this.videos.values()) {
      if (['approve', 'reject'].includes(video.outcome) && video.at <= nowMs) this.judge(video, video.outcome)
    }
  }

  begin (shop, type) {
    const sign = `${this.random.text(LETTERS, 40)}==`
    this.uploads.set(sign, { shop, type, parts: new Map(), done: false })
    return sign
  }

  running (shop, sign) {
    const upload = this.uploads.get(sign)
    if (!upload || upload.shop !== shop || upload.done) throw new Refused('videoInvalid', 'upload_sign 无效')
    return upload
  }

  complete (shop, sign) {
    const upload = this.running(shop, sign)
    const parts = [...upload.parts.values()].sort((a, b) => a.number - b.number)
    if (parts.length === 0 || parts.some((part, place) => part.number !== place + 1)) throw new Refused('videoInvalid', '分片不连续')
    const kind = kindOf(parts[0].head)
    if (`video/${kind}` !== upload.type) throw new Refused('videoInvalid', `文件内容不是 ${upload.type}`)
    upload.done = true
    const vid = `v${this.random.hex(31)}`
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
    this.files.set(vid, { shop, vid, bytes, kind, parts: parts.map(({ number, bytes: size, sha256 }) => ({ number, bytes: size, sha256 })), used: false })
    return this.files.get(vid)
  }

  /** A file for one attempt: whatever becomes of that, it is used up (13). */
  use (shop, vid) {
    const file = this.files.get(vid)
    if (!file || file.shop !== shop || file.used) throw new Refused('videoInvalid', 'vid 无效或已使用')
    file.used = true
    return file
  }

  publish (shop, content, nowMs) {
    const id = String(FIRST_VIDEO_ID + this.videos.size)
    const video = { id, shop, ...content, status: REVIEWING, reason: '', createdAt: Math.floor(nowMs / 1000), at: nowMs + this.ms, outcome: this.outcome }
    this.videos.set(id, video)
    return video
  }

  of (shop) {
    return [...this.videos.values()].filter(video => video.shop === shop)
  }

  read () {
    const pending = [...this.videos.values()].filter(video => video.status === REVIEWING)
    return { videoMs: this.ms, videoOutcome: this.outcome, pendingVideos: pending.map(({ id, shop, at, outcome }) => ({ shopId: shop.id, videoId: id, at: outcome === 'hold' ? null : at, outcome })) }
  }

  /** Entries for the truth. */
  entries (shop) {
    return this.of(shop).map(({ id, vid, goodsId, desc, cover, status, reason, createdAt, bytes, parts }) => ({
      id, wire: () => ({ video_id: id, vid, goods_id: goodsId, desc, cover, audit_status: status, reject_reason: reason, created_at: createdAt, bytes, parts })
    }))
  }
}

module.exports = { MallVideos }
