'use strict'
const test = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const { sign } = require('../platforms/jd/sign')
const { readForm } = require('../platforms/jd/gate')
const { requestSignature } = require('../platforms/jd/key_service')
const { encrypt } = require('../platforms/jd/tde')
const { jdSandbox } = require('./jd_support')
const { exchange } = require('./support')

const file = path.join(__dirname, '../../../tests/vectors/jd.json')
const vectors = JSON.parse(fs.readFileSync(file, 'utf8'))
const of = prefix => vectors.filter(vector => vector.algorithm.startsWith(prefix))

for (const { name, inputs, expected } of of('jos-md5')) {
  test(`request signature agrees with vector ${name}`, () => {
    assert.equal(sign(inputs.app_secret, inputs.params, { keepBlank: name.endsWith('-kept-rule') }), expected)
  })
}

for (const { name, inputs, expected } of of('jos-wire-query')) {
  test(`the gateway reads vector ${name} as it was meant`, () => {
    const meant = Object.entries(inputs.params).filter(([, value]) => value !== '')
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const inBody = readForm({ verb: 'POST', headers, query: new URLSearchParams(), body: Buffer.from(expected) })
    const inQuery = readForm({ verb: 'GET', headers: {}, query: new URLSearchParams(expected), body: Buffer.alloc(0) })
    for (const { form, flaw } of [inBody, inQuery]) {
      assert.equal(flaw, null)
      assert.deepEqual(Object.fromEntries(form), Object.fromEntries(meant))
    }
  })
}

for (const { name, inputs, expected } of of('tde-aes')) {
  test(`ciphertext agrees with vector ${name}`, () => {
    const made = encrypt(Buffer.from(inputs.key_string, 'base64'), Buffer.from(inputs.key_id, 'base64'), Buffer.from(inputs.iv, 'base64'), expected)
    assert.equal(made, inputs.ciphertext)
  })
}

test('the request for master keys agrees with its vector', () => {
  const [{ inputs, expected }] = of('tde-master-key-sig')
  assert.equal(requestSignature(inputs.voucher_key, { sdkVersion: inputs.sdk_ver, ts: inputs.ts, tid: inputs.tid }), expected)
})

test('the consent page takes the authorise URL of the vector', async t => {
  const [{ inputs, expected }] = of('jos-authorize-url')
  const { sandbox } = await jdSandbox(t)
  sandbox.control.saveApp({ platform: 'jd', appKey: inputs.app_key, redirectUri: inputs.redirect_uri })
  const { search } = new URL(expected)
  assert.equal((await exchange(`${sandbox.jd.authorize}${search}`)).status, 200)
  assert.equal((await exchange(`${sandbox.jd.authorize}${search.replace('app_key', 'client_id')}`)).status, 400)
})

test('every vector is used here but those of the message queue, which is not played', () => {
  const used = ['jos-md5', 'jos-wire-query', 'tde-aes', 'tde-master-key-sig', 'jos-authorize-url']
  const rest = vectors.filter(({ algorithm }) => !used.some(prefix => algorithm.startsWith(prefix))).map(vector => vector.name)
  assert.deepEqual(rest, ['jcq-pull-manual-ack', 'jcq-ack-post'])
  assert.equal(of('jos-md5').length, 14)
})
