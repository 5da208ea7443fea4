'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor, pddCaller, exchange, NOON } = require('./pinduoduo_support')

const CREATE = 'pdd.pop.auth.token.create'
const REFRESH = 'pdd.pop.auth.token.refresh'
const INFO = 'pdd.mall.info.get'
const DAY_S = 86_400
const platform = 'pinduoduo'

function authorized (sandbox, options) {
  const client = pddCaller(sandbox, { issue: false, ...options })
  return { ...client, create: code => client.ok(CREATE, { code }), refresh: token => client.ok(REFRESH, { refresh_token: token }) }
}

test('a code gives a pair once, a refresh the next one', async t => {
  const sandbox = await sandboxFor(t)
  const { shopId } = sandbox.pinduoduo.shops[0]
  const { create, refresh, refused, ok, use } = authorized(sandbox)
  const { code } = sandbox.control.authorize({ platform })
  const pair = await create(code)
  assert.deepEqual([pair.expires_in, pair.expires_at, pair.refresh_token_expires_at], [DAY_S, NOON / 1000 + DAY_S, NOON / 1000 + 30 * DAY_S])
  assert.deepEqual([pair.owner_id, pair.w2_expires_at, pair.scope.includes(INFO)], [shopId, pair.expires_at, true])
  assert.equal(pair.w1_expires_in, pair.expires_at)
  assert.equal((await refused(CREATE, { code })).error_code, 50001)

  sandbox.control.setClock({ advanceMs: 20 * 3600 * 1000 })
  const next = await refresh(pair.refresh_token)
  assert.equal(next.owner_id, Number(shopId), 'a number here')
  assert.deepEqual([next.access_token === pair.access_token, next.refresh_token === pair.refresh_token], [false, false])
  assert.equal(next.refresh_token_expires_at, pair.refresh_token_expires_at, 'the authorised period does not get longer')
  assert.equal((await refused(REFRESH, { refresh_token: pair.refresh_token })).error_code, 50001)
  use(next.access_token)
  assert.equal((await ok(INFO)).mall_id, Number(shopId))
  assert.deepEqual([sandbox.control.stats().retiredRefreshUses, sandbox.control.stats().tokenPairsIssued], [1, 2])
})

test('tokens end: 10019 after a day, and after thirty nothing can be refreshed', async t => {
  const sandbox = await sandboxFor(t)
  const { create, refused, use } = authorized(sandbox)
  const pair = await create(sandbox.control.authorize({ platform }).code)
  use(pair.access_token)
  sandbox.control.setClock({ advanceMs: DAY_S * 1000 })
  assert.equal((await refused(INFO)).error_code, 10019)
  sandbox.control.setClock({ advanceMs: 29 * DAY_S * 1000 })
  assert.match((await refused(REFRESH, { refresh_token: pair.refresh_token })).sub_msg, /过期/)
  const { code } = sandbox.control.authorize({ platform })
  sandbox.control.setClock({ advanceMs: 600_000 })
  assert.match((await refused(CREATE, { code })).sub_msg, /过期/)
})

test('a new consent ends the tokens before it at once', async t => {
  const sandbox = await sandboxFor(t)
  const { create, refused, use, ok } = authorized(sandbox)
  const before = await create(sandbox.control.authorize({ platform }).code)
  use(before.access_token)
  await ok(INFO)
  const { code: unused } = sandbox.control.authorize({ platform })
  const { code } = sandbox.control.authorize({ platform })
  assert.equal((await refused(INFO)).error_code, 20032)
  assert.equal((await refused(REFRESH, { refresh_token: before.refresh_token })).error_code, 20032)
  assert.equal((await refused(CREATE, { code: unused })).error_code, 50001)
  use((await create(code)).access_token)
  await ok(INFO)
})

for (const [rotation, after] of [['keep', 'same'], ['plain', 50001], ['strict', 20032], ['graceful', 'pair']]) {
  test(`a refresh token used again: ${rotation}`, async t => {
    const sandbox = await sandboxFor(t)
    sandbox.control.saveApp({ platform, appKey: sandbox.pinduoduo.appKey, rotation })
    const { create, refresh, call, refused, use } = authorized(sandbox)
    const first = await create(sandbox.control.authorize({ platform }).code)
    const second = await refresh(first.refresh_token)
    const again = await call(REFRESH, { refresh_token: first.refresh_token })
    use(second.access_token)
    if (after === 'same') assert.deepEqual([second.refresh_token, again.pop_auth_token_refresh_response.refresh_token], [first.refresh_token, first.refresh_token])
    if (after === 'pair') assert.equal(again.pop_auth_token_refresh_response.refresh_token, second.refresh_token)
    if (after === 50001) assert.equal(again.error_response.error_code, 50001)
    if (after === 20032) assert.deepEqual([again.error_response.error_code, (await refused(INFO)).error_code], [50001, 20032])
  })
}

test('a token of one shop does not open another, nor for another application', async t => {
  const sandbox = await sandboxFor(t, { shops: 2, apps: { pinduoduo: [{}, {}] } })
  const [one, two] = sandbox.pinduoduo.shops.map(({ shopId }) => pddCaller(sandbox, { shopId }))
  assert.deepEqual([(await one.ok(INFO)).mall_id, (await two.ok(INFO)).mall_id], sandbox.pinduoduo.shops.map(({ shopId }) => Number(shopId)))
  const other = sandbox.control.saveApp({ platform, name: 'other' })
  const { accessToken } = sandbox.control.tokens({ platform, shopId: sandbox.pinduoduo.shops[0].shopId })
  const stranger = pddCaller(sandbox, { app: other, issue: false })
  assert.equal((await stranger.refused(INFO, {}, { token: accessToken })).error_code, 20032)
})

test('the consent page leads back with code and state', async t => {
  const sandbox = await sandboxFor(t)
  const { authorize, appKey, redirectUri, shops } = sandbox.pinduoduo
  const link = { response_type: 'code', client_id: appKey, redirect_uri: redirectUri, state: 'a b&c' }
  const page = await exchange(`${authorize}?${new URLSearchParams(link)}`)
  assert.deepEqual([page.status, page.text.includes(shops[0].shopId), page.text.includes('a b&amp;c')], [200, true, true])
  const decide = form => exchange(authorize, { verb: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: String(new URLSearchParams({ ...link, ...form })) })
  const target = new URL((await decide({ decision: 'allow', mall_id: shops[0].shopId })).headers.location)
  assert.deepEqual([target.href.startsWith(redirectUri), target.searchParams.get('state')], [true, 'a b&c'])
  assert.equal((await authorized(sandbox).create(target.searchParams.get('code'))).owner_id, shops[0].shopId)
  assert.match((await decide({ decision: 'deny' })).headers.location, /error=access_denied&state=a\+b%26c/)
  const elsewhere = await exchange(`${authorize}?${new URLSearchParams({ ...link, redirect_uri: 'https://evil.example/' })}`)
  assert.equal(elsewhere.status, 400)
})
