'use strict'
// Files on their way and files that are there, fact sheet 1.6. No bytes are kept: size, hash and what they are.
const crypto = require('node:crypto')
const { Random, deriveSeed } = require('../../random')
const { durationIn, kindOf, tellsTrue } = require('../../media')
const { opaqueId } = require('./ids')
const { Refused } = require('./params')

const PARTS_LIFE_S = 2 * 3600
const MAX_SECONDS = 15 * 60
const VIDEO_KINDS = ['mp4', 'webm']
const IMAGE_KINDS = ['jpeg', 'png', 'gif']
const PORTRAIT = { width: 720, height: 1280 }

function sizeOfPicture (kind, head) {
  return kind === 'png' && head.length >= 24 ? { width: head.readUInt32BE(16), height: head.readUInt32BE(20) } : { width: 1080, height: 1440 }
}

/** `kind` of a file that has one of some kinds and was not announced as something else. */
function checkedKind (head, type, kinds) {
  const kind = kindOf(head)
  if (!kinds.includes(kind)) throw new Refused('materialRejected', `文件不是 ${kinds.join('、')}`)
  if (!tellsTrue(type, kind)) throw new Refused('materialRejected', `文件内容是 ${kind}，不是 ${type}`)
  return kind
}

function checkSeconds (seconds) {
  if (seconds > MAX_SECONDS) throw new Refused('videoTooLong')
}

class Uploads {
  constructor (seed, rules) {
    this.random = new Random(deriveSeed(seed, 'douyin', 'uploads'))
    this.rules = rules
    this.inParts = new Map() // upload_id → { account, until, parts: number → part, done }
  }

  /** A file that was uploaded at once. */
  whole (account, file, second) {
    const { reader, type } = file
    if (reader.size > this.rules.maxWholeBytes) throw new Refused('fileTooLarge')
    const kind = checkedKind(reader.head, type, VIDEO_KINDS)
    checkSeconds(reader.seconds)
    return this.keepVideo(account, { bytes: reader.size, sha256: reader.sha256, mark: reader.sha256, kind, seconds: reader.seconds, parts: null, at: second })
  }

  keepVideo (account, facts) {
    const video = { id: opaqueId(this.random), ...PORTRAIT, usedBy: null, ...facts }
    account.videos.set(video.id, video)
    return video
  }

  image (account, { reader, type }, second) {
    if (reader.size > this.rules.maxImageBytes) throw new Refused('fileTooLarge', '图片太大了')
    const kind = checkedKind(reader.head, type, IMAGE_KINDS)
    const image = { id: opaqueId(this.random), ...sizeOfPicture(kind, reader.head), bytes: reader.size, sha256: reader.sha256, kind, at: second }
    account.images.set(image.id, image)
    return image
  }

  begin (account, second) {
    const id = opaqueId(this.random)
    this.inParts.set(id, { account, until: second + PARTS_LIFE_S, parts: new Map(), done: false })
    return id
  }

  /** The hash of the parts before `number`, to go on with; null when they did not come in order. */
  hashBefore (uploadId, number) {
    if (number === 1) return crypto.createHash('sha256')
    return this.inParts.get(uploadId)?.parts.get(number - 1)?.whole?.copy() ?? null
  }

  running (account, uploadId, second) {
    const upload = this.inParts.get(uploadId)
    if (!upload || upload.account !== account || upload.done || second >= upload.until) throw new Refused('parameterInvalid', 'upload_id 无效或已过期')
    return upload
  }

  /** A part sent again takes the place of the one before; what was hashed on top of that counts no more. */
  part (account, uploadId, number, { reader, type }, second) {
    const { parts } = this.running(account, uploadId, second)
    const { size, sha256, head, tail, seconds, whole } = reader
    const before = parts.get(number)
    if (before && before.sha256 !== sha256) for (const [later, part] of parts) if (later > number) part.whole = null
    parts.set(number, { number, bytes: size, sha256, head, tail, seconds, whole, type })
  }

  complete (account, uploadId, second) {
    const upload = this.running(account, uploadId, second)
    const parts = [...upload.parts.values()].sort((a, b) => a.number - b.number)
    const facts = this.joined(parts)
    upload.done = true
    return this.keepVideo(account, { ...facts, at: second })
  }

  joined (parts) {
    if (parts.length === 0 || parts.some((part, place) => part.number !== place + 1)) throw new Refused('parameterInvalid', '分片不连续')
    if (parts.slice(0, -1).some(part => part.bytes < this.rules.minPartBytes)) throw new Refused('parameterInvalid', '分片小于最小限制')
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
    if (bytes > this.rules.maxTotalBytes) throw new Refused('fileTooLarge')
    const kind = checkedKind(parts[0].head, parts[0].type, VIDEO_KINDS)
    const seconds = secondsOf(parts)
    checkSeconds(seconds)
    const last = parts[parts.length - 1]
    const sha256 = last.whole?.copy().digest('hex') ?? null
    return { bytes, kind, seconds, sha256, mark: sha256 ?? markOf(parts), parts: parts.map(part => ({ number: part.number, bytes: part.bytes, sha256: part.sha256 })) }
  }
}

/** Tells files apart that came in parts out of order, where the hash of the whole is not known. */
function markOf (parts) {
  return crypto.createHash('sha256').update(parts.map(part => part.sha256).join('\n')).digest('hex')
}

/** From a part, or from where two of them meet. */
function secondsOf (parts) {
  const inside = parts.map(part => part.seconds).find(seconds => seconds !== null)
  if (inside !== undefined) return inside
  const joints = parts.slice(1).map((part, place) => durationIn(Buffer.concat([parts[place].tail, part.head])))
  return joints.find(seconds => seconds !== null) ?? null
}

module.exports = { Uploads }
