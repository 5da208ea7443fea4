'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor, caller, exchange } = require('./support')

const HOUR = 3600
const DAY = 24 * HOUR
const LIST = ['order.searchList', { page: 0, size: 1 }]

function advance (sandbox, seconds) {
  sandbox.control.setClock({ advanceMs: seconds * 1000 })
}

async function begin (t) {
  const sandbox = await sandboxFor(t)
  const client = caller(sandbox, { issue: false })
  const create = () => client.call('token.create', { code: sandbox.control.authorize({}).code, grant_type: 'authorization_code' })
  const refresh = token => client.call('token.refresh', { grant_type: 'refresh_token', refresh_token: token })
  const works = async token => { client.use(token); const { sub_code: code } = await client.call(...LIST); client.use(undefined); return code }
  return { sandbox, client, create, refresh, works }
}

test('a code gives a pair once, within ten minutes, to its own app', async t => {
  const { sandbox, client, create } = await begin(t)
  const { data } = await create()
  assert.deepEqual([data.expires_in, String(data.shop_id), data.shop_name], [7 * DAY, sandbox.doudian.shops[0].shopId, sandbox.doudian.shops[0].shopName])
  const { code } = sandbox.control.authorize({})
  const ask = one => client.call('token.create', { code: one, grant_type: 'authorization_code' })
  assert.equal((await ask(code)).code, 10000)
  assert.equal((await ask(code)).sub_code, 'dop.token-generate-failed:code-invalid')
  const late = sandbox.control.authorize({}).code
  advance(sandbox, 600)
  assert.equal((await ask(late)).sub_code, 'dop.token-generate-failed:code-expired')
  const foreign = sandbox.control.authorize({ appKey: sandbox.control.saveApp({}).appKey }).code
  assert.equal((await ask(foreign)).sub_code, 'dop.token-generate-failed:code-invalid')
})

test('with more than an hour left the same pair comes back and nothing is extended', async t => {
  const { sandbox, create, refresh } = await begin(t)
  const first = (await create()).data
  advance(sandbox, 7 * DAY - HOUR - 1)
  const again = (await refresh(first.refresh_token)).data
  assert.deepEqual([again.access_token, again.refresh_token, again.expires_in], [first.access_token, first.refresh_token, HOUR + 1])
  assert.equal((await create()).data.access_token, first.access_token)
})

test('in the last hour a new pair comes and the old access token works to its end', async t => {
  const { sandbox, create, refresh, works } = await begin(t)
  const first = (await create()).data
  advance(sandbox, 7 * DAY - HOUR)
  const second = (await refresh(first.refresh_token)).data
  assert.notEqual(second.access_token, first.access_token)
  assert.equal(second.expires_in, 7 * DAY)
  assert.deepEqual([await works(first.access_token), await works(second.access_token)], ['', ''])
  advance(sandbox, HOUR - 1)
  assert.equal(await works(first.access_token), '')
  advance(sandbox, 1)
  assert.equal(await works(first.access_token), 'isv.access-token-expired')
})

test('a replaced refresh token is dead and its use is counted', async t => {
  const { sandbox, create, refresh } = await begin(t)
  const first = (await create()).data
  advance(sandbox, 8 * DAY)
  assert.equal((await refresh(first.refresh_token)).code, 10000)
  const answer = await refresh(first.refresh_token)
  assert.deepEqual([answer.code, answer.sub_code], [50002, 'dop.token-generate-failed:token-invalid'])
  const { retiredRefreshUses, tokenCalls, tokenPairsIssued } = sandbox.control.stats()
  assert.deepEqual([retiredRefreshUses, tokenCalls, tokenPairsIssued], [1, 3, 2])
})

test('after 14 days the refresh token is dead, and an unknown one always', async t => {
  const { sandbox, create, refresh } = await begin(t)
  const first = (await create()).data
  advance(sandbox, 14 * DAY)
  assert.equal((await refresh(first.refresh_token)).sub_code, 'dop.token-generate-failed:token-expired')
  assert.equal((await refresh('x')).sub_code, 'isv.business-failed:31009')
})

test('only self-use apps create tokens without a code, for their own shops', async t => {
  const { sandbox, client } = await begin(t)
  const shopId = sandbox.doudian.shops[0].shopId
  const params = { code: '', grant_type: 'authorization_self', shop_id: shopId }
  assert.equal((await client.call('token.create', params)).sub_code, 'dop.token-generate-failed:grant-type-invalid')
  const self = caller(sandbox, { app: sandbox.doudian.selfUse, issue: false })
  assert.equal(String((await self.call('token.create', params)).data.shop_id), shopId)
  assert.equal((await self.call('token.create', { ...params, shop_id: '1' })).sub_code, 'dop.token-generate-failed:no-authorization')
  assert.equal((await self.call('token.create', { code: 'x', grant_type: 'authorization_code' })).sub_code, 'dop.token-generate-failed:grant-type-invalid')
})

test('a revoked grant stays closed until the merchant consents again', async t => {
  const { sandbox, create, refresh, works } = await begin(t)
  const first = (await create()).data
  sandbox.control.tokens({ revoke: true })
  assert.equal(await works(first.access_token), 'dop.authorization-closed')
  assert.equal((await refresh(first.refresh_token)).sub_code, 'dop.authorization-closed')
  const second = (await create()).data
  assert.equal(await works(second.access_token), '')
  assert.equal(await works(first.access_token), 'dop.authorization-closed')
})

test('the consent page escapes, and leads back with code and state or with a refusal', async t => {
  const sandbox = await sandboxFor(t, { redirectUri: 'http://127.0.0.1:3000/back?x=1' })
  const { authorize, serviceId, shops } = sandbox.doudian
  const state = '"><script>&'
  const page = await exchange(`${authorize}?${new URLSearchParams({ service_id: serviceId, state })}`)
  assert.equal(page.status, 200)
  assert.ok(page.text.includes(shops[0].shopName) && !page.text.includes('<script>'))
  const post = fields => exchange(authorize, { verb: 'POST', body: String(new URLSearchParams({ service_id: serviceId, state, ...fields })) })
  const allowed = new URL((await post({ shop_id: shops[0].shopId, decision: 'allow' })).headers.location)
  assert.deepEqual([allowed.pathname, allowed.searchParams.get('x'), allowed.searchParams.get('state')], ['/back', '1', state])
  const { call } = caller(sandbox, { issue: false })
  assert.equal((await call('token.create', { code: allowed.searchParams.get('code'), grant_type: 'authorization_code' })).code, 10000)
  const denied = new URL((await post({ decision: 'deny' })).headers.location)
  assert.deepEqual([denied.searchParams.get('error'), denied.searchParams.get('state'), denied.searchParams.has('code')], ['access_denied', state, false])
  assert.equal((await post({ shop_id: '1', decision: 'allow' })).status, 400)
})

test('the service market leads back with a code and no state', async t => {
  const sandbox = await sandboxFor(t)
  const { openApp, serviceId, shops } = sandbox.doudian
  const answer = await exchange(`${openApp}?service_id=${serviceId}&shop_id=${shops[0].shopId}`)
  const back = new URL(answer.headers.location)
  assert.deepEqual([answer.status, back.searchParams.has('code'), back.searchParams.has('state')], [302, true, false])
})
