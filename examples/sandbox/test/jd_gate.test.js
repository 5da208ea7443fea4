'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { jdSandbox, jdCaller, prepare, nowText } = require('./jd_support')
const { NOON } = require('./support')
const { shanghaiText } = require('../clock')
const { sign } = require('../platforms/jd/sign')

const SHOP = 'jingdong.vender.shop.query'
const at = ms => shanghaiText((NOON + ms) / 1000)

test('each broken rule has its code', async t => {
  const { code } = await jdSandbox(t)
  const expected = [
    ['0', {}], ['0', { verb: 'GET' }], ['0', { form: { format: 'json' } }], ['0', { form: { timestamp: `${at(0)}.000+0800` } }],
    ['4', { form: { v: undefined } }], ['5', { form: { v: '1.0' } }], ['7', { form: { timestamp: undefined } }], ['7', { form: { timestamp: ' ' } }],
    ['8', { form: { timestamp: at(-361_000) } }], ['0', { form: { timestamp: at(-360_000) } }], ['8', { form: { timestamp: at(361_000) } }], ['8', { form: { timestamp: 'soon' } }],
    ['11', { unsigned: { sign: '' } }], ['12', { unsigned: { sign: 'A'.repeat(32) } }], ['13', { form: { format: 'xml' } }],
    ['14', { form: { method: undefined } }], ['15', { form: { method: 'jingdong.no.such.method' } }], ['18', { form: { access_token: undefined } }],
    ['18', { form: { access_token: ' ' } }], ['19', { form: { access_token: 'x'.repeat(36) } }], ['20', { form: { app_key: undefined } }], ['21', { form: { app_key: 'F'.repeat(32) } }],
    ['60', { form: { extra: '1' } }], ['60', { json: '{"venderId":1}' }], ['62', { form: { '360buy_param_json': undefined } }], ['63', { json: '[]' }], ['63', { json: '{"a":' }],
    ['60', { search: '?v=2.0' }], ['60', { headers: { 'content-type': 'application/json' } }]
  ]
  for (const [wanted, tweak] of expected) assert.equal(await code(SHOP, {}, tweak), wanted, JSON.stringify(tweak))
})

test('a changed parameter breaks the signature, a lower-case one does not pass', async t => {
  const { code, sandbox } = await jdSandbox(t)
  assert.equal(await code(SHOP, {}, { unsigned: { '360buy_param_json': '{ }' } }), '12')
  const form = { method: SHOP, app_key: sandbox.jd.appKey, access_token: sandbox.control.tokens({ platform: 'jd' }).accessToken, timestamp: nowText(sandbox), v: '2.0', '360buy_param_json': '{}' }
  assert.equal(await code(SHOP, {}, { unsigned: { sign: sign(sandbox.jd.appSecret, form).toLowerCase() } }), '12')
  assert.equal(sandbox.control.stats().refusedSignatures, 2)
})

test('the mixed form works: system parameters in the query, the business JSON in the body', async t => {
  const { sandbox, code } = await jdSandbox(t)
  const { accessToken } = sandbox.control.tokens({ platform: 'jd' })
  const { body } = prepare(sandbox, sandbox.jd, accessToken, SHOP, {})
  const all = new URLSearchParams(body)
  const json = all.get('360buy_param_json')
  all.delete('360buy_param_json')
  assert.equal(await code(SHOP, {}, { search: `?${all}`, body: new URLSearchParams({ '360buy_param_json': json }).toString() }), '0')
})

test('the wrapper keeps letter case and the platform\'s spelling', async t => {
  const { answer } = await jdSandbox(t)
  assert.deepEqual(Object.keys(await answer('jingdong.sku.read.searchSkuList', {})), ['jingdong_sku_read_searchSkuList_responce'])
})

test('refusals come in several shapes', async t => {
  const { answer, sandbox } = await jdSandbox(t)
  const shape = async fault => {
    sandbox.control.fault({ fault, platform: 'jd', times: 1 })
    return answer(SHOP)
  }
  assert.equal((await shape('limited')).error_response.code, 2) // a number
  assert.equal((await shape('business_error')).error_response.code, '70') // a text
  assert.equal((await shape('service_error')).code, '66') // bare
  assert.equal((await shape('no_permission')).jingdong_vender_shop_query_responce.code, '24') // in the normal wrapper
})

test('quotas per second and per Beijing day answer 2', async t => {
  const { code, sandbox } = await jdSandbox(t)
  sandbox.control.saveApp({ platform: 'jd', appKey: sandbox.jd.appKey, callsPerSecond: 2 })
  assert.deepEqual([await code(SHOP), await code(SHOP), await code(SHOP)], ['0', '0', 2])
  sandbox.control.saveApp({ platform: 'jd', appKey: sandbox.jd.appKey, callsPerSecond: 0, callsPerDay: 3 })
  assert.deepEqual([await code(SHOP), await code(SHOP), await code(SHOP), await code(SHOP)], ['0', '0', '0', 2])
  sandbox.control.setClock({ advanceMs: 11 * 3_600_000 })
  assert.equal(await code(SHOP), 2)
  sandbox.control.setClock({ advanceMs: 3_600_000 })
  assert.equal(await code(SHOP), '0')
  assert.equal(sandbox.control.stats().rateLimited, 3)
})

test('methods that are stopped, not granted or unknown are told apart', async t => {
  const { code, sandbox } = await jdSandbox(t)
  assert.equal(await code('jingdong.data.vender.common.query'), '23')
  assert.equal(await code('jingdong.content.status.query'), '24')
  assert.equal(await code('jingdong.price.write.updateWareJdPrice'), '15') // was found in no kit
  sandbox.control.saveApp({ platform: 'jd', appKey: sandbox.jd.appKey, denied: [SHOP] })
  assert.equal(await code(SHOP), '24')
})

test('the token of one app is not good for another, and names one shop', async t => {
  const { sandbox, call } = await jdSandbox(t, { shops: 2 })
  const [first, second] = sandbox.jd.shops
  const other = jdCaller(sandbox, { shopId: second.shopId })
  assert.equal((await call('jingdong.seller.vender.info.get')).vender_info_result.vender_id, Number(first.shopId))
  const { vender_info_result: info } = await other.call('jingdong.seller.vender.info.get')
  assert.deepEqual([info.vender_id, info.shop_name, info.col_type], [Number(second.shopId), second.shopName, 0])
  assert.notEqual(info.shop_id, info.vender_id)
  const { accessToken } = sandbox.control.tokens({ platform: 'jd' })
  const outside = jdCaller(sandbox, { app: sandbox.jd.outside })
  outside.use(accessToken)
  assert.equal(await outside.code(SHOP), '19')
})
