'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { testFaults } = require('./fault_suite')
const { sandboxFor, pddCaller, NOON } = require('./pinduoduo_support')
const { parse } = require('../json')
const { plain } = require('../truth')

const platform = 'pinduoduo'
const NOW = NOON / 1000
const LIST = 'pdd.order.number.list.increment.get'
const KEY = 'order_sn_increment_get_response'
const CREATE = 'pdd.pop.auth.token.create'
const REFRESH = 'pdd.pop.auth.token.refresh'
const WINDOW = { start_updated_at: NOW - 1700, end_updated_at: NOW + 100, is_lucky_flag: 0, order_status: 5, refund_status: 5, page_size: 10 }

/** A refusal with that code: five members, and the code again as sub_code unless it is one of business. */
function refused (code) {
  return text => {
    const { error_response: error } = JSON.parse(text)
    return error?.error_code === code && Object.keys(error).length === 5 && (code === 50001 || code === 47110 || error.sub_code === String(code))
  }
}

/** Looks at the first SKU, and calls lists with or without a count. */
function callerOf (sandbox) {
  const client = pddCaller(sandbox)
  const [sku] = sandbox.control.truth({ platform, kind: 'skus', limit: 1 }).items
  return {
    list: ({ page = 1 } = {}) => client.raw(LIST, { ...WINDOW, page }),
    request: () => client.prepared(LIST, WINDOW),
    stock: number => client.raw('pdd.goods.quantity.update', { goods_id: sku.goods_id, sku_id: sku.sku_id, quantity: number }),
    token: () => client.raw(REFRESH, { refresh_token: sandbox.control.tokens({ platform }).refreshToken }, { token: undefined })
  }
}

testFaults({
  id: platform,
  kind: 'orders',
  options: { historyDays: 0.018 },
  caller: callerOf,
  rows: text => plain(parse(text))[KEY].order_sn_list,
  total: text => JSON.parse(text)[KEY].total_count,
  more: text => JSON.parse(text)[KEY].total_count === 1_000_000_000,
  ok: text => KEY in JSON.parse(text),
  record: { id: 'order_sn', price: 'pay_amount', status: 'order_status', text: 'buyer_memo', time: 'updated_at', optional: ['buyer_memo', 'pay_time'] },
  refused: {
    limited: refused(52101),
    businessError: refused(50001),
    serviceError: refused(52102),
    unknownCode: refused(47110),
    noPermission: refused(30000),
    signatureInvalid: refused(20004),
    notFound: refused(50001),
    tokenExpired: refused(10019),
    authorizationClosed: refused(20032)
  },
  stockNow: sandbox => sandbox.control.truth({ platform, kind: 'skus', limit: 1 }).items[0].quantity,
  tokenParts (text) {
    const pair = JSON.parse(text).pop_auth_token_refresh_response
    return { shop: pair.owner_id, refresh: pair.refresh_token, expires: pair.expires_in }
  }
})

test('pinduoduo: what a gate fault ended is begun again by a refresh or by consent', async t => {
  const sandbox = await sandboxFor(t)
  const { ok, refused: refusedBy, use } = pddCaller(sandbox)
  const { refreshToken } = sandbox.control.tokens({ platform })
  sandbox.control.fault({ fault: 'expired_token', platform, times: 1 })
  assert.equal((await refusedBy(LIST, WINDOW)).error_code, 10019)
  use((await ok(REFRESH, { refresh_token: refreshToken }, { token: undefined })).access_token)
  await ok(LIST, WINDOW)
  sandbox.control.fault({ fault: 'revoked', platform, times: 1 })
  assert.equal((await refusedBy(LIST, WINDOW)).error_code, 20032)
  use((await ok(CREATE, { code: sandbox.control.authorize({ platform }).code }, { token: undefined })).access_token)
  await ok(LIST, WINDOW)
})

test('pinduoduo: without a count the page that never ends has its flag', async t => {
  const sandbox = await sandboxFor(t, { historyDays: 0.018 })
  const { ok } = pddCaller(sandbox)
  sandbox.control.fault({ fault: 'has_next_forever', platform })
  const [first, far] = [await ok(LIST, { ...WINDOW, use_has_next: true }), await ok(LIST, { ...WINDOW, use_has_next: true, page: 999 })]
  assert.deepEqual([far.has_next, 'total_count' in far, far.order_sn_list], [true, false, first.order_sn_list])
})

test('pinduoduo: an answer without a wrapper is spoiled like any other', async t => {
  const sandbox = await sandboxFor(t)
  const { raw } = pddCaller(sandbox)
  const [{ order_sn: id }] = sandbox.control.truth({ platform, kind: 'refunds', limit: 1 }).items
  const detail = async fault => {
    sandbox.control.fault({ fault, platform, times: 1 })
    return (await raw('pdd.refund.information.get', { order_sn: id })).text
  }
  assert.equal(JSON.parse(await detail('unknown_status')).after_sales_status, 777)
  assert.match(await detail('huge_number'), /"refund_amount":1e400/)
  assert.match(await detail('duplicate_keys'), /^\{"id":47110,"id":/)
  assert.ok(JSON.parse(await detail('new_fields')).brand_new_field)
})

test('pinduoduo: a fault on a method is not one on the others, though all have one address', async t => {
  const sandbox = await sandboxFor(t, { shops: 2 })
  const [first, second] = sandbox.pinduoduo.shops.map(({ shopId }) => pddCaller(sandbox, { shopId }))
  sandbox.control.fault({ fault: 'http_500', platform, method: LIST, shopId: sandbox.pinduoduo.shops[1].shopId })
  assert.deepEqual([(await first.raw(LIST, WINDOW)).status, (await second.raw(LIST, WINDOW)).status, (await second.raw('pdd.mall.info.get')).status], [200, 500, 200])
  assert.equal(sandbox.control.stats().methods[LIST], 2)
})
