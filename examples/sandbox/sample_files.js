'use strict'
// The smallest films and pictures that are real ones: for tests and demos that publish. `tag` makes it another file.
const zlib = require('node:zlib')

const MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000]
const RGB = 2
const BITS = 8

function words (...numbers) {
  const bytes = Buffer.alloc(numbers.length * 4)
  numbers.forEach((number, i) => bytes.writeUInt32BE(number, i * 4))
  return bytes
}

function box (name, ...parts) {
  const body = Buffer.concat(parts)
  return Buffer.concat([words(body.length + 8), Buffer.from(name), body])
}

/** An mp4 in H.264 that says it is so long and so large; `bytes` is the size of what would be its pictures. */
function film ({ seconds = 12, width = 1080, height = 1920, bytes = 4000, tag = 1 } = {}) {
  const length = words(1000, seconds * 1000)
  const header = box('mvhd', Buffer.alloc(12), length, Buffer.alloc(80))
  const track = box('tkhd', Buffer.alloc(20), words(seconds * 1000), Buffer.alloc(16), words(...MATRIX, width << 16, height << 16))
  const coding = box('stsd', words(0, 1), box('avc1', Buffer.alloc(78)))
  const media = box('mdia', box('mdhd', Buffer.alloc(12), length, Buffer.alloc(4)), box('hdlr', Buffer.alloc(8), Buffer.from('vide'), Buffer.alloc(13)), box('minf', box('stbl', coding)))
  return Buffer.concat([box('ftyp', Buffer.from('mp42\0\0\0\0mp42isom')), box('moov', header, box('trak', track, media)), box('mdat', Buffer.alloc(bytes, tag))])
}

/** As the format PNG wants it; `zlib.crc32` is younger than the oldest Node we promise. */
function checksum (bytes) {
  let sum = ~0
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1
  }
  return ~sum >>> 0
}

function chunk (kind, body) {
  const content = Buffer.concat([Buffer.from(kind), body])
  return Buffer.concat([words(body.length), content, words(checksum(content))])
}

/** A PNG of one colour. */
function picture ({ width = 720, height = 1280, tag = 1 } = {}) {
  const rows = Buffer.alloc(height * (1 + width * 3), tag)
  for (let row = 0; row < height; row++) rows[row * (1 + width * 3)] = 0
  const start = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const header = chunk('IHDR', Buffer.concat([words(width, height), Buffer.from([BITS, RGB, 0, 0, 0])]))
  return Buffer.concat([start, header, chunk('IDAT', zlib.deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])
}

module.exports = { film, picture }
