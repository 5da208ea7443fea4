'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor, exchange, NOON } = require('./support')
const { taobaoCaller, tokenCall } = require('./taobao_support')
const { shanghaiText } = require('../clock')

const SHOP = ['taobao.shop.seller.get', { fields: 'sid,title' }]
const SECOND = NOON / 1000
const P = { platform: 'taobao' }

// name, how the call is wrong, code, sub_code
const REFUSED = [
  ['no method', { common: { method: undefined } }, 21, undefined],
  ['unknown method', { common: { method: 'taobao.shop.dance' } }, 22, undefined],
  ['unknown format', { common: { format: 'yaml' } }, 23, undefined, 'xml'],
  ['no signature', { sign: '' }, 24, undefined],
  ['wrong signature', { sign: '0'.repeat(64) }, 25, undefined],
  ['lower-case signature of another method', { signMethod: 'md5', common: { sign_method: 'hmac' }, sign: 'a'.repeat(32) }, 25, undefined],
  ['parameter that was not signed', { unsigned: { fields: 'sid' } }, 25, undefined],
  ['no sign_method', { common: { sign_method: undefined } }, 41, 'isv.invalid-parameter:sign_method'],
  ['unknown sign_method', { signMethod: 'md5', common: { sign_method: 'sha1' } }, 41, 'isv.invalid-parameter:sign_method'],
  ['no session', { common: { session: undefined } }, 26, 'session-is-blank'],
  ['unknown session', { common: { session: '6100nothing' } }, 27, 'session-not-exist'],
  ['no app_key', { common: { app_key: undefined } }, 28, undefined],
  ['unknown app_key', { common: { app_key: '99999999' } }, 29, undefined],
  ['no timestamp', { common: { timestamp: undefined } }, 30, undefined],
  ['timestamp of a clock in UTC', { common: { timestamp: shanghaiText(SECOND - 8 * 3600) } }, 31, undefined],
  ['timestamp 601 s early', { common: { timestamp: shanghaiText(SECOND + 601) } }, 31, undefined],
  ['timestamp that is no date', { common: { timestamp: '2026-02-30 12:00:00' } }, 31, undefined],
  ['no v', { common: { v: undefined } }, 32, undefined],
  ['v=1.0', { common: { v: '1.0' } }, 33, undefined],
  ['repeated parameter', { search: '?v=2.0' }, 41, 'isv.invalid-parameter:v'],
  ['JSON for a form', { headers: { 'content-type': 'application/json' } }, 21, undefined, 'xml']
]

test('taobao: each breach of the calling convention has its code', async t => {
  const sandbox = await sandboxFor(t)
  const { raw, call } = taobaoCaller(sandbox)
  assert.equal((await call(...SHOP)).shop.title, sandbox.taobao.shops[0].shopName)
  for (const [name, tweak, code, subCode, format] of REFUSED) {
    const answer = await raw(...SHOP, tweak)
    if (format === 'xml') {
      assert.match(answer.text, new RegExp(`^<\\?xml.*<error_response><code>${code}</code>`), name)
      continue
    }
    const { error_response: error } = JSON.parse(answer.text)
    assert.deepEqual([answer.status, error?.code, error?.sub_code], [200, code, subCode], name)
    assert.ok(error.msg && error.request_id, name)
    assert.match(answer.headers['content-type'], /^text\/javascript/, name)
  }
})

test('taobao: all three digests, both kinds of timestamp, and parameters in the query are taken', async t => {
  const sandbox = await sandboxFor(t)
  const { call, refused } = taobaoCaller(sandbox)
  for (const tweak of [{ signMethod: 'md5' }, { signMethod: 'hmac' }, { common: { timestamp: String(NOON) } }, { common: { timestamp: shanghaiText(SECOND - 600) } }, { verb: 'GET' }, { common: { partner_id: 'top-sdk' } }]) {
    assert.ok((await call(...SHOP, tweak)).shop.sid, JSON.stringify(tweak))
  }
  assert.deepEqual(await refused('taobao.item.update.delisting', { num_iid: 1 }, { verb: 'GET' }), [9, undefined])
})

test('taobao: a blank parameter is neither signed nor read, and counted', async t => {
  const sandbox = await sandboxFor(t)
  const { call } = taobaoCaller(sandbox)
  assert.ok((await call(...SHOP, { unsigned: { buyer_nick: '', type: '  ' } })).shop)
  assert.equal(sandbox.control.stats().blankParameters, 1)
})

test('taobao: without format=json the answer is XML; simplify drops the root, but not of errors', async t => {
  const sandbox = await sandboxFor(t)
  const { raw, whole } = taobaoCaller(sandbox)
  const xml = await raw('taobao.shop.seller.get', { fields: 'title' }, { common: { format: undefined } })
  assert.match(xml.headers['content-type'], /^text\/xml/)
  assert.match(xml.text, /^<\?xml version="1.0" encoding="utf-8"\?><shop_seller_get_response><shop><title>/)
  const items = await whole('taobao.items.onsale.get', { fields: 'num_iid', page_size: 2 })
  assert.deepEqual(Object.keys(items), ['items_onsale_get_response'])
  assert.equal(items.items_onsale_get_response.items.item.length, 2)
  const simple = await whole('taobao.items.onsale.get', { fields: 'num_iid', page_size: 2 }, { simplify: true })
  assert.deepEqual([simple.items.length, typeof simple.request_id, simple.total_results], [2, 'string', items.items_onsale_get_response.total_results])
  const error = await whole('taobao.items.onsale.get', { fields: 'desc' }, { simplify: true })
  assert.equal(error.error_response.sub_code, 'isv.invalid-parameter:fields')
  const none = await whole('taobao.items.onsale.get', { fields: 'num_iid', q: '没有这样的商品' })
  assert.deepEqual([none.items_onsale_get_response.total_results, 'items' in none.items_onsale_get_response], [0, false])
})

test('taobao: quotas: by the second, by the day until midnight in Beijing, and what is left when a day begins', async t => {
  const sandbox = await sandboxFor(t, { callsPerSecond: 2 })
  const { whole, call } = taobaoCaller(sandbox)
  await call(...SHOP)
  await call(...SHOP)
  const { error_response: limited } = await whole(...SHOP)
  assert.deepEqual([limited.code, limited.sub_code, limited.sub_msg], [7, 'accesscontrol.limited-by-api-access-count', 'This ban will last for 1 more seconds'])
  const app = sandbox.control.saveApp({ platform: 'taobao', callsPerSecond: 0, dailyCalls: 2 })
  const daily = taobaoCaller(sandbox, { app })
  await daily.call(...SHOP)
  await daily.call(...SHOP)
  const { error_response: banned } = await daily.whole(...SHOP)
  assert.deepEqual([banned.code, banned.sub_code, banned.sub_msg], [7, 'accesscontrol.limited-by-app-access-count', 'This ban will last for 43200 more seconds'])
  sandbox.control.setClock({ advanceMs: 43_200_000 })
  assert.ok((await daily.call(...SHOP)).shop)
  assert.equal(sandbox.control.stats().rateLimited, 2)
})

test('taobao: a code works once; the token document counts from now and its nick is percent-encoded', async t => {
  const sandbox = await sandboxFor(t)
  const { appKey: id, appSecret: secret, redirectUri, shops: [shop] } = sandbox.taobao
  const form = { grant_type: 'authorization_code', client_id: id, client_secret: secret, redirect_uri: redirectUri, code: sandbox.control.authorize(P).code }
  const wrong = await tokenCall(sandbox, { ...form, redirect_uri: 'http://127.0.0.1/else' })
  assert.deepEqual([wrong.status, wrong.error], [400, 'invalid_client'])
  const got = await tokenCall(sandbox, form)
  assert.deepEqual([got.status, got.taobao_user_id, decodeURIComponent(got.taobao_user_nick), got.expires_in, got.w2_expires_in, got.token_type], [200, shop.shopId, shop.nick, 30 * 86400, 30 * 86400, 'Bearer'])
  assert.ok(got.taobao_user_nick.startsWith('%') && got.re_expires_in > 0)
  const again = await tokenCall(sandbox, form)
  assert.deepEqual([again.status, again.error], [400, 'invalid_client'])
  const { call, use } = taobaoCaller(sandbox, { issue: false })
  use(got.access_token)
  assert.equal(String((await call('taobao.user.seller.get', { fields: 'user_id,nick,type' })).user.user_id), shop.shopId)
})

test('taobao: the signed token call hides JSON in a text, errors too', async t => {
  const sandbox = await sandboxFor(t)
  const { whole } = taobaoCaller(sandbox, { issue: false })
  const { code } = sandbox.control.authorize(P)
  const first = (await whole('taobao.top.auth.token.create', { code })).top_auth_token_create_response
  const document = JSON.parse(first.token_result)
  assert.ok(document.access_token && first.request_id)
  const refreshed = JSON.parse((await whole('taobao.top.auth.token.refresh', { refresh_token: document.refresh_token })).top_auth_token_refresh_response.token_result)
  assert.notEqual(refreshed.refresh_token, document.refresh_token)
  const used = JSON.parse((await whole('taobao.top.auth.token.create', { code })).top_auth_token_create_response.token_result)
  assert.equal(used.error, 'invalid_client')
})

test('taobao: a service app can refresh, also after the end of the access token; a back office cannot', async t => {
  const sandbox = await sandboxFor(t)
  const refresh = (app, token) => tokenCall(sandbox, { grant_type: 'refresh_token', refresh_token: token, client_id: app.appKey, client_secret: app.appSecret })
  const service = sandbox.control.tokens({ ...P, issue: true, expireAccess: true })
  const { use, call, refused } = taobaoCaller(sandbox, { issue: false })
  use(service.accessToken)
  assert.deepEqual(await refused(...SHOP), [27, 'invalid-sessionkey'])
  const renewed = await refresh(sandbox.taobao, service.refreshToken)
  use(renewed.access_token)
  assert.ok((await call(...SHOP)).shop)
  assert.deepEqual((await refresh(sandbox.taobao, service.refreshToken)).error, 'invalid_grant')
  assert.equal(sandbox.control.stats().retiredRefreshUses, 1)

  const office = sandbox.taobao.fixedTerm
  const { refreshToken } = sandbox.control.tokens({ ...P, appKey: office.appKey, issue: true })
  const { code } = sandbox.control.authorize({ ...P, appKey: office.appKey })
  const got = await tokenCall(sandbox, { grant_type: 'authorization_code', code, client_id: office.appKey, client_secret: office.appSecret, redirect_uri: sandbox.taobao.redirectUri })
  assert.deepEqual([got.re_expires_in, got.expires_in], [0, 365 * 86400])
  assert.deepEqual((await refresh(office, refreshToken)).error, 'invalid_grant')
  assert.deepEqual((await refresh(office, got.refresh_token)).status, 400)
})

test('taobao: an app whose refresh token does not rotate keeps it', async t => {
  const sandbox = await sandboxFor(t)
  sandbox.control.saveApp({ ...P, appKey: sandbox.taobao.appKey, rotates: false })
  const { refreshToken, accessToken } = sandbox.control.tokens({ ...P, issue: true })
  const got = await tokenCall(sandbox, { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: sandbox.taobao.appKey, client_secret: sandbox.taobao.appSecret })
  assert.equal(got.refresh_token, refreshToken)
  assert.notEqual(got.access_token, accessToken)
})

test('taobao: expired and revoked look the same; the session of another app does not', async t => {
  const sandbox = await sandboxFor(t)
  const { refused, use } = taobaoCaller(sandbox)
  sandbox.control.tokens({ ...P, revoke: true })
  assert.deepEqual(await refused(...SHOP), [27, 'invalid-sessionkey'])
  sandbox.control.tokens({ ...P, revoke: false, expireAccess: true })
  assert.deepEqual(await refused(...SHOP), [27, 'invalid-sessionkey'])
  use(sandbox.control.tokens({ ...P, appKey: sandbox.taobao.fixedTerm.appKey, issue: true }).accessToken)
  assert.deepEqual(await refused(...SHOP), [27, 'sessionkey-not-generated-by-server'])
})

test('taobao: tiers end before the token does, a refresh does not lift the sensitive ones, a consent does', async t => {
  const sandbox = await sandboxFor(t)
  const { refused, call, use } = taobaoCaller(sandbox)
  const trades = ['taobao.trades.sold.get', { fields: 'tid' }]
  sandbox.control.tokens({ ...P, tierSecondsLeft: { r2: 0, w2: 60 } })
  assert.deepEqual(await refused(...trades), [53, 'isv.r2-security-authorize-invalid'])
  assert.ok((await call(...SHOP)).shop)
  sandbox.control.setClock({ advanceMs: 60_000 })
  assert.deepEqual(await refused('taobao.trade.memo.update', { tid: 1 }), [53, 'isv.w2-security-authorize-invalid'])
  const { refreshToken } = sandbox.control.tokens(P)
  const got = await tokenCall(sandbox, { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: sandbox.taobao.appKey, client_secret: sandbox.taobao.appSecret })
  assert.deepEqual([got.r2_expires_in, got.w2_expires_in, got.r1_expires_in], [0, 0, 30 * 86400])
  use(got.access_token)
  assert.deepEqual(await refused(...trades), [53, 'isv.r2-security-authorize-invalid'])
  use(sandbox.control.tokens({ ...P, issue: true }).accessToken)
  assert.ok((await call(...trades)).trades)
})

test('taobao: the browser step checks the callback and leads back with code and state', async t => {
  const sandbox = await sandboxFor(t)
  const { authorize, appKey, redirectUri, shops: [shop] } = sandbox.taobao
  const query = { response_type: 'code', client_id: appKey, redirect_uri: redirectUri, state: 's<1>', view: 'web' }
  const page = await exchange(`${authorize}?${new URLSearchParams(query)}`)
  assert.equal(page.status, 200)
  assert.ok(page.text.includes('s&lt;1&gt;') && page.text.includes(shop.shopId))
  const bad = await exchange(`${authorize}?${new URLSearchParams({ ...query, redirect_uri: 'http://127.0.0.1/evil' })}`)
  assert.ok(bad.status === 400 && bad.text.includes('invalid_client'))
  const decide = async decision => {
    const answer = await exchange(authorize, { verb: 'POST', body: new URLSearchParams({ ...query, shop_id: shop.shopId, decision }).toString() })
    return new URL(answer.headers.location).searchParams
  }
  const yes = await decide('allow')
  assert.equal(yes.get('state'), 's<1>')
  const got = await tokenCall(sandbox, { grant_type: 'authorization_code', code: yes.get('code'), client_id: appKey, client_secret: sandbox.taobao.appSecret, redirect_uri: redirectUri })
  assert.equal(got.taobao_user_id, shop.shopId)
  assert.equal((await decide('deny')).get('error'), 'access_denied')
})

test('taobao: an app without a permission package is refused', async t => {
  const sandbox = await sandboxFor(t)
  sandbox.control.saveApp({ ...P, appKey: sandbox.taobao.appKey, denied: ['taobao.shop.seller.get'] })
  assert.deepEqual(await taobaoCaller(sandbox).refused(...SHOP), [11, 'isv.permission-api-package-limit'])
})
