'use strict'
const test = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const { canonical, sign, rootOf } = require('../platforms/taobao/sign')

const vectors = JSON.parse(fs.readFileSync(path.join(__dirname, '../../../tests/vectors/taobao.json'), 'utf8'))
// The others are about what the sandbox does not play: message frames and calls from the platform to an application.
const NOT_PLAYED = ['tmc-frame-v2-encode', 'tmc-frame-v2-decode', 'top-spi-md5']

function pairs (params) {
  return Object.entries(params).filter(([name]) => name !== 'sign')
}

const CHECKS = {
  request ({ inputs, canonical_string: text, expected }) {
    const { secret, sign_method: method, params, body = '' } = inputs
    assert.equal(sign(method, secret, pairs(params), body), expected)
    const wrapped = method === 'md5' ? secret + canonical(pairs(params), body) + secret : canonical(pairs(params), body)
    assert.equal(wrapped, text)
  },
  multipart ({ inputs, expected }) {
    assert.equal(sign(inputs.sign_method, inputs.secret, pairs(inputs.params)), expected)
  },
  connect ({ inputs, expected }) {
    const { app_key: appKey, group_name: group, timestamp, secret } = inputs
    assert.equal(sign('md5', secret, Object.entries({ app_key: appKey, group_name: group, timestamp: String(timestamp) })), expected)
  },
  wrapper ({ inputs, expected }) {
    assert.equal(rootOf(inputs.method), expected)
  }
}

function checkOf ({ algorithm }) {
  if (algorithm.endsWith('multipart')) return CHECKS.multipart
  if (algorithm === 'tmc-connect-md5') return CHECKS.connect
  if (algorithm === 'top-response-wrapper-name') return CHECKS.wrapper
  if (/^top-(md5|hmac)/.test(algorithm)) return CHECKS.request
  return null
}

for (const vector of vectors.filter(one => checkOf(one))) {
  test(`taobao: the signing function agrees with vector ${vector.name}`, () => checkOf(vector)(vector))
}

test('taobao: all vectors were seen', () => {
  assert.deepEqual([...new Set(vectors.filter(one => !checkOf(one)).map(one => one.algorithm))].sort(), NOT_PLAYED.slice().sort())
  assert.equal(vectors.filter(one => checkOf(one)).length, 23)
})
