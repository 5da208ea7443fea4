'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { jdSandbox, oauth } = require('./jd_support')
const { NOON, exchange } = require('./support')

const YEAR_S = 31_535_999

async function begin (t, options) {
  const world = await jdSandbox(t, options)
  const { sandbox } = world
  const { appKey: app_key, appSecret: app_secret, token, refresh } = sandbox.jd
  const exchangeCode = (code, extra) => oauth(token, { app_key, app_secret, grant_type: 'authorization_code', code, ...extra })
  const renew = (refresh_token, extra) => oauth(refresh, { app_key, app_secret, grant_type: 'refresh_token', refresh_token, ...extra })
  const code = () => sandbox.control.authorize({ platform: 'jd' }).code
  return { ...world, exchangeCode, renew, code, app_key, app_secret }
}

test('a code is exchanged once, by form or by query', async t => {
  const { exchangeCode, code, sandbox, app_key, app_secret } = await begin(t)
  const first = code()
  const pair = await exchangeCode(first)
  assert.deepEqual([pair.code, pair.expires_in, pair.time, pair.token_type, typeof pair.uid], [0, YEAR_S, NOON, 'bearer', 'string'])
  assert.equal(pair.access_token.length, 36)
  assert.ok(!Object.values(pair).map(String).includes(sandbox.jd.shops[0].shopId)) // the reply names a user, not the shop
  const again = await exchangeCode(first)
  assert.deepEqual([again.code, typeof again.msg, typeof again.requestId, again.access_token], [1005, 'string', 'string', undefined])
  const byQuery = await oauth(sandbox.jd.token, { app_key, app_secret, grant_type: 'authorization_code', code: code() }, 'GET')
  assert.equal(byQuery.code, 0)
})

test('bad exchanges are refused with HTTP 200 and a number inside', async t => {
  const { exchangeCode, code, sandbox } = await begin(t)
  assert.equal((await exchangeCode(code(), { app_secret: 'x' })).code, 1003)
  assert.equal((await exchangeCode(code(), { grant_type: 'refresh_token' })).code, 1005)
  assert.equal((await exchangeCode(code(), { redirect_uri: 'http://127.0.0.1/' })).code, 1005)
  const late = code()
  sandbox.control.setClock({ advanceMs: 600_000 })
  assert.equal((await exchangeCode(late)).code, 1005)
})

test('a refresh keeps the text of the access token and moves its end', async t => {
  const { exchangeCode, renew, code, sandbox, call, use } = await begin(t)
  const before = await exchangeCode(code())
  sandbox.control.setClock({ advanceMs: 100_000 })
  const after = await renew(before.refresh_token)
  assert.deepEqual([after.code, after.access_token, after.expires_in, after.time], [undefined, before.access_token, YEAR_S, NOON + 100_000])
  assert.notEqual(after.refresh_token, before.refresh_token)
  assert.equal((await renew(before.refresh_token)).code, 2012)
  assert.equal(sandbox.control.stats().retiredRefreshUses, 1)
  sandbox.control.setClock({ advanceMs: YEAR_S * 1000 - 1000 })
  use(before.access_token)
  assert.equal((await call('jingdong.vender.shop.query')).code, '0')
})

test('an app can keep its refresh token, too', async t => {
  const { exchangeCode, renew, code, sandbox, app_key } = await begin(t)
  sandbox.control.saveApp({ platform: 'jd', appKey: app_key, rotation: 'keep' })
  const before = await exchangeCode(code())
  const after = await renew(before.refresh_token)
  assert.deepEqual([after.refresh_token, after.access_token], [before.refresh_token, before.access_token])
})

test('after the end of the access token only the merchant helps', async t => {
  const { exchangeCode, renew, code, sandbox, code: consent, use, call } = await begin(t)
  const pair = await exchangeCode(code())
  sandbox.control.setClock({ advanceMs: (YEAR_S - 1) * 1000 })
  assert.equal(sandbox.control.tokens({ platform: 'jd' }).accessSecondsLeft, 1)
  sandbox.control.setClock({ advanceMs: 1000 })
  use(pair.access_token)
  const answer = await exchangeCode(consent())
  assert.notEqual(answer.access_token, pair.access_token)
  assert.equal((await renew(pair.refresh_token)).code, 2012) // replaced by the consent
  sandbox.control.tokens({ platform: 'jd', expireAccess: true })
  assert.equal((await renew(answer.refresh_token)).code, 2011)
  use(answer.access_token)
  assert.equal((await call('jingdong.vender.shop.query')).code, '19')
})

test('a withdrawn authorisation answers 19 at the gateway and 304 at the refresh, until the merchant consents again', async t => {
  const { renew, sandbox, code, exchangeCode, call, use } = await begin(t)
  const { refreshToken } = sandbox.control.tokens({ platform: 'jd', revoke: true })
  assert.equal((await call('jingdong.vender.shop.query')).code, '19')
  assert.equal((await renew(refreshToken)).code, 304)
  use((await exchangeCode(code())).access_token)
  assert.equal((await call('jingdong.vender.shop.query')).code, '0')
})

test('gate faults strike the token calls in their own words', async t => {
  const { exchangeCode, code, sandbox } = await begin(t)
  for (const [fault, wanted] of [['limited', 2], ['service_error', 66], ['secret_changed', 1003], ['unknown_code', 47110]]) {
    sandbox.control.fault({ fault, platform: 'jd', times: 1 })
    const answer = await exchangeCode(code())
    assert.deepEqual([answer.code, answer.access_token], [wanted, undefined])
  }
  assert.equal((await exchangeCode(code())).code, 0)
})

test('the consent page leads back with code and state', async t => {
  const { sandbox, exchangeCode } = await begin(t, { shops: 2 })
  const query = new URLSearchParams({ app_key: sandbox.jd.appKey, response_type: 'code', redirect_uri: sandbox.jd.redirectUri, state: 'a&b', scope: 'snsapi_base' })
  const page = await exchange(`${sandbox.jd.authorize}?${query}`)
  assert.ok(page.status === 200 && page.text.includes(sandbox.jd.shops[1].shopName))
  const form = new URLSearchParams([...query, ['shop_id', sandbox.jd.shops[1].shopId], ['decision', 'allow']])
  const back = await exchange(sandbox.jd.authorize, { verb: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: form.toString() })
  const target = new URL(back.headers.location)
  assert.deepEqual([back.status, target.searchParams.get('state')], [302, 'a&b'])
  const pair = await exchangeCode(target.searchParams.get('code'))
  const { accessToken } = sandbox.control.tokens({ platform: 'jd', shopId: sandbox.jd.shops[1].shopId })
  assert.equal(pair.access_token, accessToken)
  query.set('redirect_uri', 'http://127.0.0.1:1/other')
  assert.equal((await exchange(`${sandbox.jd.authorize}?${query}`)).status, 400)
})
