'use strict'
const test = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const { shareText, shareSignature, webhookSignature } = require('../platforms/douyin/sign')

const vectors = JSON.parse(fs.readFileSync(path.join(__dirname, '../../../tests/vectors/douyin.json'), 'utf8'))
const content = vectors.filter(({ algorithm }) => algorithm.startsWith('douyin-open-'))

const CHECKS = {
  'douyin-open-webhook-sha1' ({ inputs: { client_secret: secret, body }, expected }) {
    assert.equal(webhookSignature(secret, Buffer.from(body)), expected)
  },
  'douyin-open-h5-share-md5' ({ inputs: { ticket, nonce_str: nonce, timestamp }, canonical_string: text, expected }) {
    assert.equal(shareText(nonce, ticket, timestamp), text)
    assert.equal(shareSignature(nonce, ticket, timestamp), expected)
  }
}

for (const vector of content.filter(({ algorithm }) => CHECKS[algorithm])) {
  test(`douyin: signature agrees with vector ${vector.name}`, () => CHECKS[vector.algorithm](vector))
}

test('douyin: all vectors of the content platform were seen, but that of the JS bridge, which is not played', () => {
  assert.deepEqual(content.filter(({ algorithm }) => !CHECKS[algorithm]).map(({ name }) => name), ['douyin_open_js_config'])
  assert.equal(content.length, 5)
})
