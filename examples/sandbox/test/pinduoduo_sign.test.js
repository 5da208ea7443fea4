'use strict'
const test = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const { sign, signedText } = require('../platforms/pinduoduo/sign')
const { wrapperOf } = require('../platforms/pinduoduo/wrappers')
const { METHODS } = require('../platforms/pinduoduo/methods')
const { sandboxFor, pddCaller, NOON } = require('./pinduoduo_support')

const vectors = JSON.parse(fs.readFileSync(path.join(__dirname, '../../../tests/vectors/pinduoduo.json'), 'utf8'))
const requests = vectors.filter(vector => vector.algorithm.startsWith('pop-md5'))

for (const { name, inputs, canonical_string: text, expected } of requests) {
  test(`request signature agrees with vector ${name}`, () => {
    const pairs = Object.entries(inputs.wire_params)
    assert.equal(signedText(inputs.client_secret, pairs), text)
    assert.equal(sign(inputs.client_secret, pairs), expected)
    assert.equal(sign(inputs.client_secret, pairs.reverse()), expected)
  })
}

test('all request vectors were seen', () => {
  assert.equal(requests.length, 17)
  assert.equal(vectors.length - requests.length, 2) // the digests of the message channel, which is not played
})

test('a request vector goes through the gateway itself', async t => {
  const { inputs } = requests.find(vector => vector.name === 'chinese-text')
  const { sign: _, ...params } = inputs.wire_params
  const sandbox = await sandboxFor(t, { apps: { pinduoduo: [{ appKey: params.client_id, appSecret: inputs.client_secret }] } })
  sandbox.control.setClock({ offsetMs: 1_700_000_200_000 - NOON })
  const { refused } = pddCaller(sandbox)
  const sent = { token: params.access_token, sign: 'DC2B2BFAE3FDFB562BC0B43BB39EA891', set: params }
  // The signature is right, so it is the made-up token that is refused.
  for (const encoding of ['json', 'form', 'get']) assert.equal((await refused(params.type, {}, { ...sent, encoding })).error_code, 20032)
  assert.equal((await refused(params.type, {}, { ...sent, set: { ...params, spec_name: '藏青色 加厚款（XXL）' } })).error_code, 20004)
})

test('wrappers follow the rule or the table', () => {
  assert.equal(wrapperOf('pdd.goods.list.get'), 'goods_list_get_response')
  assert.equal(wrapperOf('pdd.pop.auth.token.create'), 'pop_auth_token_create_response')
  assert.equal(wrapperOf('pdd.order.number.list.increment.get'), 'order_sn_increment_get_response')
  assert.equal(wrapperOf('pdd.ddk.order.list.increment.get'), 'order_list_get_response')
  assert.equal(wrapperOf('pdd.ddk.goods.search'), 'goods_search_response')
  assert.equal(wrapperOf('pdd.ddk.goods.promotion.url.generate'), 'goods_promotion_url_generate_response')
  assert.equal(wrapperOf('pdd.logistics.ordertrace.get'), 'logistics_ordertrace_get_resposne')
  assert.equal(wrapperOf('pdd.delete.goods.commit'), 'open_api_response')
  assert.equal(wrapperOf('pdd.refund.information.get'), null)
  assert.equal(wrapperOf('pdd.order.note.update'), 'response')
})

test('every method is of the families the fact sheet names', () => {
  for (const [name, { of }] of METHODS) assert.equal(of === 'promoter', name.startsWith('pdd.ddk.'), name)
})
