'use strict'
const test = require('node:test')
const assert = require('node:assert')
const crypto = require('node:crypto')
const { MultipartReader } = require('../multipart')
const { FileProbe, kindOf } = require('../media')
const { mp4, multipart, PNG } = require('./douyin_support')

const TYPE = 'multipart/form-data; boundary=sandbox-test-boundary'

/** Reads a body in chunks of `size` bytes. */
function read (body, size = body.length, type = TYPE, options = {}) {
  const reader = new MultipartReader(type, () => new FileProbe(options), 1e9)
  for (let at = 0; at < body.length; at += size) reader.write(body.subarray(at, at + size))
  reader.end()
  return reader
}

test('a file in chunks of any size is the same file', () => {
  const bytes = mp4({ bytes: 3000, seconds: 77 })
  const body = multipart({ video: { bytes, type: 'video/mp4' } }, { note: '好' })
  const hash = crypto.createHash('sha256').update(bytes).digest('hex')
  for (const size of [1, 2, 3, 7, 64, 1000, body.length]) {
    const { problem, pairs, files } = read(body, size)
    const { reader, type } = files.get('video')
    assert.deepEqual([problem, pairs, type, reader.size, reader.seconds, reader.sha256], [null, [['note', '好']], 'video/mp4', bytes.length, 77, hash], `chunks of ${size}`)
  }
})

test('of a file as much is kept as was asked for', () => {
  const bytes = Buffer.from('0123456789'.repeat(100))
  const body = multipart({ file: { bytes } })
  for (const [keep, expected] of [[10, 10], [999, 999], [2000, 1000]]) {
    assert.deepEqual(read(body, 33, TYPE, { keep }).files.get('file').reader.head, bytes.subarray(0, expected))
  }
})

test('a body that is no multipart says what is wrong', () => {
  const body = multipart({ video: { bytes: PNG } })
  const problems = [
    [read(body, body.length, 'multipart/form-data'), /boundary/], [read(body.subarray(0, -4)), /没有结束/], [read(Buffer.alloc(0)), /没有结束/],
    [read(Buffer.from('--sandbox-test-boundary\r\ncontent-disposition: form-data; na')), /缺少头/],
    [read(Buffer.from('--sandbox-test-boundary\r\ncontent-type: a/b\r\n\r\nx\r\n--sandbox-test-boundary--')), /name/],
    [read(multipart({}, { big: 'x'.repeat(1024 * 1024 + 1) })), /过大/]
  ]
  for (const [{ problem }, expected] of problems) assert.match(problem, expected)
})

test('files are known by their first bytes', () => {
  const kinds = [['ffd8ff', 'jpeg'], ['89504e470d0a1a0a', 'png'], ['474946383961', 'gif'], ['1a45dfa3', 'webm'], ['00000020667479706d703432', 'mp4'], ['000000146674797071742020', 'mov'], ['', null], ['25504446', null]]
  for (const [hex, kind] of kinds) assert.equal(kindOf(Buffer.from(hex, 'hex')), kind)
})
