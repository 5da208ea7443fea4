'use strict'
// What is remembered of an uploaded file that is not kept: size, hash, both ends, and of an mp4 how long it plays.
const crypto = require('node:crypto')

const EDGE_BYTES = 64 // more than a `moov` box needs up to the end of its first child
const V0_BYTES = 24
const V1_BYTES = 36

/** The seconds that the `mvhd` box of an mp4 tells, or null; it is looked for as the first box of `moov`. */
function durationIn (bytes) {
  for (let at = bytes.indexOf('mvhd'); at >= 0; at = bytes.indexOf('mvhd', at + 4)) {
    if (at < 8 || bytes.toString('latin1', at - 8, at - 4) !== 'moov') continue
    const long = bytes[at + 4] === 1
    if (bytes.length < at + (long ? V1_BYTES : V0_BYTES)) return null
    const scale = bytes.readUInt32BE(at + (long ? 24 : 16))
    const duration = long ? Number(bytes.readBigUInt64BE(at + 28)) : bytes.readUInt32BE(at + 20)
    return scale > 0 ? duration / scale : null
  }
  return null
}

/** Takes a file's bytes; after the last one its members are right. */
class FileProbe {
  /** Keeps the first `keep` bytes; `whole` is a hash of more than this file, or null. */
  constructor ({ keep = EDGE_BYTES, whole = null } = {}) {
    this.keep = keep
    this.whole = whole
    this.hash = crypto.createHash('sha256')
    this.size = 0
    this.head = Buffer.alloc(0)
    this.tail = Buffer.alloc(0)
    this.seconds = null
  }

  update (chunk) {
    this.size += chunk.length
    this.hash.update(chunk)
    this.whole?.update(chunk)
    if (this.head.length < this.keep) this.head = Buffer.concat([this.head, chunk.subarray(0, this.keep - this.head.length)])
    const seen = Buffer.concat([this.tail, chunk])
    this.seconds ??= durationIn(seen)
    this.tail = Buffer.from(seen.subarray(-EDGE_BYTES))
  }

  get sha256 () {
    this.digest ??= this.hash.digest('hex')
    return this.digest
  }
}

const MAGIC = [
  ['jpeg', bytes => bytes.readUIntBE(0, 3) === 0xffd8ff],
  ['png', bytes => bytes.toString('latin1', 0, 8) === '\x89PNG\r\n\x1a\n'],
  ['gif', bytes => /^GIF8[79]a/.test(bytes.toString('latin1', 0, 6))],
  ['webm', bytes => bytes.readUInt32BE(0) === 0x1a45dfa3],
  ['mov', bytes => bytes.toString('latin1', 4, 12) === 'ftypqt  '],
  ['mp4', bytes => bytes.toString('latin1', 4, 8) === 'ftyp']
]

/** What a file is by its first bytes, or null. */
function kindOf (head) {
  const bytes = Buffer.concat([head, Buffer.alloc(12)])
  return MAGIC.find(([, matches]) => matches(bytes))?.[0] ?? null
}

/** Whether the content type that came with a file tells what it is; one that tells nothing does no harm. */
function tellsTrue (type, kind) {
  if (type === undefined || type === 'application/octet-stream') return true
  return new RegExp(`^(video|image)/${kind === 'mov' ? 'quicktime' : kind}$`).test(type.replace('/jpg', '/jpeg'))
}

module.exports = { FileProbe, durationIn, kindOf, tellsTrue }
