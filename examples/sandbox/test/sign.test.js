'use strict'
const test = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const { canonical } = require('../platforms/doudian/canonical')
const { sign } = require('../platforms/doudian/sign')
const { parse, write } = require('../json')

const file = path.join(__dirname, '../../../tests/vectors/douyin.json')
const vectors = JSON.parse(fs.readFileSync(file, 'utf8'))
const REQUEST = { 'doudian-hmac-sha256': 'hmac-sha256', 'doudian-md5': 'md5' }

for (const vector of vectors.filter(one => REQUEST[one.algorithm])) {
  test(`request signature agrees with vector ${vector.name}`, () => {
    const { app_key: appKey, app_secret: secret, method, timestamp, v, param_json_source: source } = vector.inputs
    const body = canonical(source)
    assert.equal(body, vector.canonical_param_json)
    assert.equal(sign(REQUEST[vector.algorithm], secret, { appKey, method, timestamp, v }, body), vector.expected)
  })
}

test('all request vectors were seen', () => {
  assert.equal(vectors.filter(one => REQUEST[one.algorithm]).length, 17)
})

test('numbers keep their literal and odd texts their bytes', () => {
  const text = '{"a":9223372036854775807,"b":1.0,"c":1e3,"__proto__":{"x":-0},"d":"\\u0008\\u000c\\\\b\\u2028😀"}'
  assert.equal(write(parse(text)), text)
})

test('broken JSON is refused', () => {
  for (const text of ['', '{', '{"a":1,}', '[1 2]', '01', '{"a":1}x', '"\n"', 'nul', '{a:1}', `${'['.repeat(300)}${']'.repeat(300)}`]) {
    assert.throws(() => parse(text), SyntaxError, text)
  }
})
