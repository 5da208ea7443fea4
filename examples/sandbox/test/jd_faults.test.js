'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { FAULTS } = require('..')
const { testFaults } = require('./fault_suite')
const { UNSEEN } = require('./support')
const { jdSandbox, jdCaller, prepare, oauthRequest, oauth, ORDER_FIELDS, WARE_FIELDS } = require('./jd_support')

const LIST = ['jingdong.pop.order.search', { start_date: '2026-02-05 12:00:00', end_date: '2026-03-03 13:00:00', optional_fields: ORDER_FIELDS, page: '1', page_size: '10' }]
const WARES = ['jingdong.ware.read.searchWare4Valid', { pageSize: 10, pageNo: 1, field: WARE_FIELDS }]

/** The answer has this code, wherever its shape puts it. */
function code (wanted) {
  return text => {
    const answer = JSON.parse(text)
    return (answer.error_response ?? (answer.errorMessage ? answer : Object.values(answer)[0])).code === wanted
  }
}

function stockCall (sandbox) {
  const [sku] = sandbox.control.truth({ platform: 'jd', kind: 'skus', limit: 1 }).items
  return ['jingdong.stock.write.updateSkuStock', { skuId: sku.skuId, stockNum: 4321, storeId: 0 }]
}

const REFUSED = {
  limited: code(2), businessError: code('70'), serviceError: code('66'), unknownCode: code('47110'), noPermission: code('24'), signatureInvalid: code('12'),
  notFound: code('10100001'), tokenExpired: code('19'), authorizationClosed: code('19')
}

/** What is in the wrapper; ids that a double cannot hold stay texts. */
function unwrap (text) {
  return Object.values(JSON.parse(text.replaceAll(/:(\d{17,})(?=[,}])/g, ':"$1"'))).at(-1)
}

function found (text) {
  return unwrap(text).searchorderinfo_result
}

/** The list in its plain or its encrypted form, whose flags and totals differ. */
function play (method) {
  return {
    id: 'jd',
    kind: 'orders',
    record: { id: 'orderId', price: 'orderTotalPrice', status: 'orderState', text: 'orderRemark', time: 'modified', optional: ['orderRemark', 'waybill'] },
    options: {},
    refused: REFUSED,
    caller (sandbox) {
      const client = jdCaller(sandbox)
      const { accessToken } = sandbox.control.tokens({ platform: 'jd' })
      const { appKey: app_key, appSecret: app_secret } = sandbox.jd
      const form = () => ({ app_key, app_secret, grant_type: 'refresh_token', refresh_token: sandbox.control.tokens({ platform: 'jd' }).refreshToken })
      return {
        list: ({ page = 1 } = {}) => client.raw(method, { ...LIST[1], page }),
        request: () => prepare(sandbox, sandbox.jd, accessToken, method, LIST[1]),
        stock: number => client.raw(stockCall(sandbox)[0], { ...stockCall(sandbox)[1], stockNum: number }),
        token: () => oauthRequest(sandbox.jd.refresh, form())
      }
    },
    rows: text => found(text).orderInfoList ?? [],
    total: text => Number(found(text).orderTotal),
    more: text => Number(found(text).orderTotal) === 1_000_000_000,
    ok: text => 'request_id' in Object.values(JSON.parse(text))[0] && !('error_response' in JSON.parse(text)),
    stockNow: sandbox => sandbox.control.truth({ platform: 'jd', kind: 'skus', limit: 1 }).items[0].stockNum,
    tokenParts (text) {
      const { uid, refresh_token: refresh, expires_in: expires } = JSON.parse(text)
      return { shop: uid, refresh, expires }
    }
  }
}

testFaults(play('jingdong.pop.order.search'))
testFaults(play('jingdong.pop.order.enSearch'))

test('jd: a token that the gateway lost works again after a refresh, though its text is the same', async t => {
  const { code: codeOf, sandbox } = await jdSandbox(t)
  const before = sandbox.control.tokens({ platform: 'jd' })
  sandbox.control.fault({ fault: 'expired_token', platform: 'jd', times: 1 })
  assert.deepEqual([await codeOf(...LIST), await codeOf(...LIST)], ['19', '19'])
  const { appKey: app_key, appSecret: app_secret, refresh } = sandbox.jd
  const pair = await oauth(refresh, { app_key, app_secret, grant_type: 'refresh_token', refresh_token: before.refreshToken })
  assert.equal(pair.access_token, before.accessToken)
  assert.equal(await codeOf(...LIST), '0')
})

test('jd: a page of numbers is spoiled like a page of texts', async t => {
  const { raw, call, sandbox } = await jdSandbox(t)
  const once = async fault => {
    sandbox.control.fault({ fault, platform: 'jd', times: 1 })
    return (await raw(...WARES)).text
  }
  assert.match(await once('huge_number'), /"jdPrice":1e400[,}]/)
  assert.match(await once('unknown_status'), /"wareStatus":777[,}]/)
  assert.match(await once('numbers_as_strings'), /"wareId":"\d+".*"totalItem":"\d+"/)
  sandbox.control.fault({ fault: 'empty_page', platform: 'jd', times: 1 })
  assert.deepEqual((await call(...WARES)).page.data, []) // here an empty list is not absent
})

test('jd: records of every list and detail are where the faults look for them', async t => {
  const { raw, sandbox, truth } = await jdSandbox(t)
  const [order] = truth('orders')
  const [ware] = truth('products')
  const [sku] = truth('skus')
  const [promotion] = truth('promotions')
  const system = { ip: '1', port: '1', request_id: '1' }
  const lists = [
    LIST, ['jingdong.pop.order.enSearch', LIST[1]], WARES, ['jingdong.sku.read.searchSkuList', {}],
    ['jingdong.pop.afs.soa.refundapply.queryPageList', {}], ['jingdong.asc.query.list', { buId: sandbox.jd.shops[0].shopId, operatePin: 'p', operateNick: 'n' }]
  ]
  const uncounted = [['jingdong.seller.promotion.v2.list', system], ['jingdong.seller.coupon.read.getCouponList', { ip: '1', port: '1' }]]
  const records = [
    ['jingdong.pop.order.get', { order_id: order.orderId, optional_fields: ORDER_FIELDS }], ['jingdong.pop.order.enGet', { order_id: order.orderId, optional_fields: ORDER_FIELDS }],
    ['jingdong.shop.order.get', { orders: [order.orderId] }], ['jingdong.ware.read.findWareById', { wareId: ware.wareId }], ['jingdong.sku.read.findSkuById', { skuId: sku.skuId }],
    ['jingdong.seller.promotion.v2.get', { ...system, promo_id: promotion.promo_id, promo_type: 1 }], ['jingdong.seller.vender.info.get', {}], ['jingdong.vender.shop.query', {}]
  ]
  sandbox.control.fault({ fault: 'huge_id', platform: 'jd' })
  for (const call of [...lists, ...uncounted, ...records]) assert.match((await raw(...call)).text, /":18446744073709551616[,}]/, call[0])
  sandbox.control.clearFaults()
  sandbox.control.fault({ fault: 'wrong_total', platform: 'jd', options: { total: 987_654 } })
  for (const call of lists) assert.ok((await raw(...call)).text.includes('987654'), call[0])
})

test('jd: a record that is said not to exist is missing in its method\'s own way', async t => {
  const { call, sandbox, truth } = await jdSandbox(t)
  const [{ orderId }] = truth('orders')
  sandbox.control.fault({ fault: 'not_found', platform: 'jd' })
  for (const [method, flag] of [['get', false], ['enGet', 'false']]) {
    const { orderDetailInfo } = await call(`jingdong.pop.order.${method}`, { order_id: orderId, optional_fields: 'orderId' })
    assert.deepEqual([orderDetailInfo.apiResult.success, orderDetailInfo.apiResult.numberCode, orderDetailInfo.orderInfo], [flag, 10100001, undefined])
  }
  assert.deepEqual((await call('jingdong.shop.order.get', { orders: [orderId] })).orderDetailResult.orders, [])
  assert.equal('ware' in await call('jingdong.ware.read.findWareById', { wareId: truth('products')[0].wareId }), false)
})

test('jd: a scope names the gateway\'s method', async t => {
  const { code: codeOf, sandbox } = await jdSandbox(t)
  sandbox.control.fault({ fault: 'limited', platform: 'jd', method: LIST[0], after: 1, times: 1 })
  assert.deepEqual([await codeOf(...WARES), await codeOf(...LIST), await codeOf(...LIST), await codeOf(...LIST)], ['0', '0', 2, '0'])
  sandbox.control.fault({ fault: 'limited', platform: 'doudian' })
  assert.equal(await codeOf(...LIST), '0')
})

/** What a client could see of one call. */
async function seen (raw, call) {
  try {
    const { status: code, headers, body } = await raw(...call)
    return `${code} ${JSON.stringify(headers)} ${body.toString('latin1')}`
  } catch (error) {
    return `broken: ${error.code ?? error.message}`
  }
}

const APART = [...UNSEEN, 'late_write'] // that is in time which is not the seed's

test('jd: with every fault in turn, struck by chance, the same seed gives the same bytes', async t => {
  const quick = { latency: { ms: 1 }, token_slow: { ms: 1 }, slow_body: { bytes: 100_000, intervalMs: 1 }, deep_nesting: { depth: 50 } }
  const run = async seed => {
    const { sandbox, raw, use } = await jdSandbox(t, { seed, products: 20, orders: 60 })
    const log = []
    for (const name of Object.keys(FAULTS).filter(one => !APART.includes(one))) {
      use(sandbox.control.tokens({ platform: 'jd', issue: true }).accessToken)
      sandbox.control.fault({ fault: name, platform: 'jd', probability: 0.5, options: quick[name] })
      for (let i = 0; i < 3; i++) log.push(await seen(raw, LIST), await seen(raw, stockCall(sandbox)))
      log.push(JSON.stringify(sandbox.control.clearFaults(name)))
    }
    return log
  }
  const first = await run(11)
  assert.deepEqual(await run(11), first)
  assert.notDeepEqual(await run(12), first)
})
