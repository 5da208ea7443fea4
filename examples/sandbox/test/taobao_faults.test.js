'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor, exchange, NOON, UNSEEN } = require('./support')
const { testFaults } = require('./fault_suite')
const { taobaoCaller, readJson } = require('./taobao_support')
const { shanghaiText } = require('../clock')

const METHOD = 'taobao.trades.sold.increment.get'
const FIELDS = 'tid,payment,status,seller_nick,modified,created,type,pay_time,buyer_open_uid,receiver_town'
const SECOND = NOON / 1000
const TYPES = 'auto_delivery,ec,cod,step,fixed,auction,eticket,tmall_i18n,pre_auth_type,o2o_offlinetrade'

function error (code, subCode, subMsg) {
  return text => {
    const { error_response: refused } = JSON.parse(text)
    return refused?.code === code && refused.sub_code === subCode && (subMsg === undefined || refused.sub_msg === subMsg) && refused.request_id.length > 0
  }
}

/** A way to play: with or without simplify, and the token call either direct or signed. */
function play (simplify, direct) {
  const inner = text => {
    const answer = readJson(text)
    return simplify ? answer : answer.trades_sold_increment_get_response
  }
  return {
    id: 'taobao',
    kind: 'orders',
    options: { historyDays: 3 },
    caller (sandbox) {
      const client = taobaoCaller(sandbox)
      const params = () => ({ fields: FIELDS, type: TYPES, page_size: 10, start_modified: shanghaiText(SECOND - 80_000), end_modified: shanghaiText(SECOND + 3600) })
      const [sku] = sandbox.control.truth({ platform: 'taobao', kind: 'skus', limit: 1 }).items
      return {
        list: ({ page = 1 } = {}) => client.raw(METHOD, { ...params(), page_no: page }, { simplify }),
        request: () => client.prepare(METHOD, params(), { simplify }),
        stock: number => client.raw('taobao.item.quantity.update', { num_iid: sku.num_iid, sku_id: sku.sku_id, quantity: number }, { simplify }),
        token: () => tokenCall(sandbox, client, direct, simplify)
      }
    },
    rows: text => (simplify ? inner(text).trades : inner(text).trades?.trade) ?? [],
    total: text => inner(text).total_results,
    more: text => inner(text).total_results === 1_000_000_000,
    ok: text => !('error_response' in JSON.parse(text)),
    record: { id: 'tid', price: 'payment', status: 'status', text: 'seller_nick', time: 'modified', optional: ['pay_time', 'buyer_open_uid'] },
    refused: {
      limited: error(7, 'accesscontrol.limited-by-api-access-count', 'This ban will last for 7 more seconds'),
      businessError: error(15, 'isv.item-update-service-error:IC_SANDBOX'),
      serviceError: error(15, 'isp.service-unavailable'),
      unknownCode: error(47110, 'sandbox.never-documented'),
      noPermission: error(11, 'isv.permission-api-package-limit'),
      signatureInvalid: error(25, undefined),
      notFound: error(15, 'isv.record-not-exist:sandbox'),
      tokenExpired: error(27, 'invalid-sessionkey'),
      authorizationClosed: error(27, 'invalid-sessionkey')
    },
    stockNow: sandbox => sandbox.control.truth({ platform: 'taobao', kind: 'skus', limit: 1 }).items[0].quantity,
    tokenParts (text) {
      const document = direct ? JSON.parse(text) : JSON.parse((simplify ? JSON.parse(text) : JSON.parse(text).top_auth_token_refresh_response).token_result)
      return { shop: document.taobao_user_id, refresh: document.refresh_token, expires: document.expires_in }
    }
  }
}

function tokenCall (sandbox, client, direct, simplify) {
  const { refreshToken } = sandbox.control.tokens({ platform: 'taobao' })
  if (!direct) return client.raw('taobao.top.auth.token.refresh', { refresh_token: refreshToken }, { simplify, common: { session: undefined } })
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: sandbox.taobao.appKey, client_secret: sandbox.taobao.appSecret }
  return exchange(sandbox.taobao.token, { verb: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(form).toString() })
}

testFaults(play(false, false))
testFaults(play(true, true))

test('taobao: without a count the page that never ends has its flag', async t => {
  const sandbox = await sandboxFor(t)
  const { call } = taobaoCaller(sandbox)
  sandbox.control.fault({ fault: 'has_next_forever' })
  const ask = page => call('taobao.trades.sold.get', { fields: 'tid', type: TYPES, page_no: page, use_has_next: true })
  const [first, far] = [await ask(1), await ask(9999)]
  assert.deepEqual([far.has_next, 'total_results' in far, far.trades], [true, false, first.trades])
})

test('taobao: POST /token answers a limit and a wrong secret in its own envelope', async t => {
  const sandbox = await sandboxFor(t)
  const client = taobaoCaller(sandbox)
  sandbox.control.fault({ fault: 'limited', method: 'token', times: 1, options: { seconds: 9 } })
  const limited = await tokenCall(sandbox, client, true)
  assert.deepEqual([limited.status, JSON.parse(limited.text).error], [400, 'server_error'])
  assert.match(limited.text, /last for 9 more seconds/)
  sandbox.control.fault({ fault: 'secret_changed', method: 'token', times: 1 })
  assert.equal(JSON.parse((await tokenCall(sandbox, client, true)).text).error, 'invalid_client')
  assert.equal((await tokenCall(sandbox, client, true)).status, 200)
})

test('taobao: with every fault in turn, struck by chance, the same seed gives the same bytes', async t => {
  const APART = [...UNSEEN, 'late_write']
  const QUICK = { latency: { ms: 1 }, token_slow: { ms: 1 }, slow_body: { bytes: 100_000, intervalMs: 1 }, deep_nesting: { depth: 50 } }
  const seen = async promise => {
    try {
      const { status, headers, body } = await promise
      return `${status} ${JSON.stringify(headers)} ${body.toString('latin1')}`
    } catch (broken) {
      return `broken: ${broken.code ?? broken.message}`
    }
  }
  const run = async seed => {
    const { FAULTS } = require('..')
    const sandbox = await sandboxFor(t, { seed, products: 20, orders: 60, historyDays: 3 })
    const log = []
    for (const name of Object.keys(FAULTS).filter(one => !APART.includes(one))) {
      const client = play(false, false).caller(sandbox)
      sandbox.control.fault({ fault: name, platform: 'taobao', probability: 0.5, options: QUICK[name] })
      for (let i = 0; i < 3; i++) log.push(await seen(client.list()), await seen(client.stock(i + 1)), await seen(client.token()))
      log.push(JSON.stringify(sandbox.control.clearFaults(name)))
    }
    const { maxCallsInOneSecond: _, ...stats } = sandbox.control.stats()
    return [...log, JSON.stringify(stats)]
  }
  const first = await run(11)
  const second = await run(11)
  for (const [index, line] of first.entries()) assert.equal(second[index], line)
  assert.notDeepEqual(await run(12), first)
})
