'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor, douyinCaller, exchange, VIDEO, NOON } = require('./douyin_support')

const platform = 'douyin'
const DAY_MS = 86_400_000
const FIFTEEN_DAYS = 1_296_000
const THIRTY_DAYS = 2_592_000

async function begin (t, options) {
  const sandbox = await sandboxFor(t, options)
  sandbox.control.settings({ platform, stringNumbers: false })
  const { appKey, appSecret } = sandbox.douyin
  const client = douyinCaller(sandbox, { issue: false })
  const redeem = async (code, given = {}) => (await client.oauth('access_token', { client_key: appKey, client_secret: appSecret, code, grant_type: 'authorization_code', ...given })).data
  const create = async scopes => redeem(sandbox.control.authorize({ platform, scopes }).code)
  const refresh = async token => (await client.oauth('refresh_token', { client_key: appKey, grant_type: 'refresh_token', refresh_token: token })).data
  const renew = async token => (await client.oauth('renew_refresh_token', { client_key: appKey, refresh_token: token })).data
  const works = async token => {
    client.use(token)
    return client.code('GET', `${VIDEO}/video_list/`, { query: { count: 1 } })
  }
  const clientToken = async (name = 'client_token', given = {}) => (await client.call('POST', `/oauth/${name}/`, { user: false, json: { client_key: appKey, client_secret: appSecret, grant_type: 'client_credential', ...given } })).data
  const pass = ms => sandbox.control.setClock({ advanceMs: ms })
  return { sandbox, client, redeem, create, refresh, renew, works, clientToken, pass, appKey }
}

test('douyin: a code works once, for ten minutes, and a new one ends it', async t => {
  const { sandbox, redeem, pass } = await begin(t)
  const code = () => sandbox.control.authorize({ platform }).code
  const [first, second] = [code(), code()]
  assert.equal((await redeem(first)).error_code, 10007)
  const pair = await redeem(second)
  assert.deepEqual([pair.error_code, pair.expires_in, pair.refresh_expires_in, pair.open_id], [0, FIFTEEN_DAYS, THIRTY_DAYS, sandbox.douyin.shops[0].shopId])
  const again = await redeem(second)
  assert.deepEqual([again.error_code, again.access_token, again.refresh_token], [10007, '', ''])
  const third = code()
  pass(600_000)
  assert.equal((await redeem(third)).error_code, 10007)
  for (const [given, expected] of [[{ client_key: 'x' }, 10003], [{ client_secret: 'x' }, 10013], [{ grant_type: 'x' }, 10005], [{ code: '' }, 10002], [{ extra: 'x' }, 10005]]) {
    assert.equal((await redeem(code(), given)).error_code, expected)
  }
})

test('douyin: token calls take a form, at the path with a slash at its end', async t => {
  const { sandbox, client, appKey } = await begin(t)
  const { code } = sandbox.control.authorize({ platform })
  const given = { client_key: appKey, client_secret: sandbox.douyin.appSecret, code, grant_type: 'authorization_code' }
  assert.equal((await client.call('POST', '/oauth/access_token/', { user: false, json: given })).data.error_code, 10005)
  assert.equal((await client.raw('POST', '/oauth/access_token', { user: false, form: given })).status, 404)
  assert.equal((await client.call('POST', '/oauth/access_token/', { user: false, query: given, form: { } })).data.error_code, 10005)
  assert.equal((await client.call('POST', '/oauth/client_token/', { user: false, form: { ...given, grant_type: 'client_credential' } })).data.error_code, 10005)
  assert.equal((await client.oauth('access_token', given)).message, 'success')
})

test('douyin: a refresh lengthens a living token and replaces a dead one', async t => {
  const { create, refresh, works, pass } = await begin(t)
  const first = await create()
  pass(14 * DAY_MS)
  const second = await refresh(first.refresh_token)
  assert.deepEqual([second.access_token, second.expires_in, second.refresh_token, second.refresh_expires_in], [first.access_token, FIFTEEN_DAYS, first.refresh_token, THIRTY_DAYS - 14 * 86_400])
  pass(15 * DAY_MS)
  assert.equal(await works(first.access_token), 2190008)
  const third = await refresh(first.refresh_token)
  assert.notEqual(third.access_token, first.access_token)
  assert.deepEqual([await works(third.access_token), await works(first.access_token)], [0, 2190008])
  pass(DAY_MS)
  assert.equal((await refresh(first.refresh_token)).error_code, 10010)
})

test('douyin: a refresh token is renewed five times, and the one before dies at once', async t => {
  const { sandbox, create, refresh, renew, works, pass } = await begin(t)
  let { refresh_token: token, access_token: access } = await create()
  for (let i = 0; i < 5; i++) {
    pass(29 * DAY_MS)
    const next = await renew(token)
    assert.equal(next.expires_in, THIRTY_DAYS)
    assert.equal((await refresh(token)).error_code, 10010)
    token = next.refresh_token
  }
  const last = await renew(token)
  assert.deepEqual([last.error_code, last.refresh_token], [10020, ''])
  access = (await refresh(token)).access_token
  assert.equal(await works(access), 0)
  assert.equal(sandbox.control.stats().retiredRefreshUses, 5)
  const without = await create(['user_info', 'video.list.bind'])
  assert.equal((await renew(without.refresh_token)).error_code, 10004)
})

test('douyin: consent anew ends what was before; tokens of others do not work', async t => {
  const apps = { douyin: [{ appKey: 'awone' }, { appKey: 'awtwo', appSecret: 's' }] }
  const { sandbox, client, create, refresh, works } = await begin(t, { apps })
  const first = await create()
  const { openId } = client
  const other = sandbox.control.tokens({ platform, appKey: 'awtwo', issue: true })
  const strange = (await client.oauth('refresh_token', { client_key: 'awone', grant_type: 'refresh_token', refresh_token: other.refreshToken })).data
  assert.equal(Number(strange.error_code), 10014)
  assert.equal(await works(other.accessToken), 2190015) // one open_id for each application
  const [account] = sandbox.control.truth({ platform, kind: 'shops', shop: openId }).items
  assert.equal(Object.keys(account.open_ids).length, 2)
  await create()
  assert.deepEqual([await works(first.access_token), (await refresh(first.refresh_token)).error_code], [2190002, 10010])
})

test('douyin: of the tokens of an application the newest works, and for five minutes the one before', async t => {
  const { sandbox, client, clientToken, pass, appKey } = await begin(t)
  const asClient = async token => client.code('GET', '/open/getticket/', { user: false, headers: { 'access-token': token } })
  const [first, second, third] = [await clientToken(), await clientToken(), await clientToken()].map(data => data.access_token)
  assert.deepEqual([await asClient(first), await asClient(second), await asClient(third)], [2190008, 0, 0])
  pass(300_000)
  assert.deepEqual([await asClient(second), await asClient(third)], [2190008, 0])
  const [stable, again] = [await clientToken('stable_client_token'), await clientToken('stable_client_token')]
  assert.deepEqual([stable.access_token, again.access_token, again.expires_in], [third, third, 6900])
  pass(7_200_000)
  assert.equal(await asClient(third), 2190008)
  assert.notEqual((await clientToken('stable_client_token')).access_token, third)
  sandbox.control.saveApp({ platform, appKey, clientTokenLimit: 2 })
  const codes = []
  for (let i = 0; i < 3; i++) codes.push((await clientToken()).error_code)
  assert.deepEqual(codes, [0, 0, 10020])
  assert.equal((await clientToken('client_token', { client_secret: 'x' })).error_code, 10013)
})

test('douyin: numbers are texts now and then, the same with the same seed', async t => {
  const kinds = async seed => {
    const { sandbox, create } = await begin(t, { seed })
    sandbox.control.settings({ platform, stringNumbers: null })
    const found = []
    for (let i = 0; i < 12; i++) {
      const data = await create()
      found.push([typeof data.expires_in, typeof data.error_code].join())
    }
    return found
  }
  const [one, two] = [await kinds(5), await kinds(5)]
  assert.deepEqual(one, two)
  assert.deepEqual([...new Set(one)].sort(), ['number,number', 'string,string'])
})

test('douyin: who an account is', async t => {
  const { client, create } = await begin(t)
  const { access_token: token, open_id: openId } = await create()
  const info = (form = {}) => client.oauth('userinfo', { access_token: token, open_id: openId, ...form })
  const tops = new Set()
  for (let i = 0; i < 12; i++) {
    const { data, ...top } = await info()
    assert.deepEqual([Number(data.error_code), data.open_id, data.nickname, data.e_account_role], [0, openId, '店桥的日常', ''])
    tops.add(Object.keys(top).sort().join())
  }
  assert.deepEqual([...tops].sort(), ['err_msg,err_no', 'message'])
  assert.equal(Number((await info({ open_id: 'x' })).data.error_code), 10005)
  assert.equal(Number((await info({ access_token: 'x' })).data.error_code), 10008)
})

test('douyin: the consent page asks for scopes, and the way back tells which were given', async t => {
  const { sandbox, redeem } = await begin(t, { redirectUri: 'https://oa.example.com/cb' })
  const { authorize, appKey, shops, redirectUri } = sandbox.douyin
  const link = { client_key: appKey, response_type: 'code', scope: 'user_info,video.list.bind', optionalScope: 'video.create.bind,1,h5.share,0', redirect_uri: redirectUri, state: 's+1' }
  const page = await exchange(`${authorize}?${new URLSearchParams(link)}`)
  assert.equal(page.status, 200)
  assert.match(page.text, /value="video\.create\.bind" checked/)
  assert.match(page.text, /value="h5\.share"> /)
  const post = form => exchange(authorize, { verb: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: String(new URLSearchParams(form)) })
  const back = new URL((await post([...Object.entries(link), ['ticked', 'h5.share'], ['ticked', 'data.external.item'], ['account', shops[0].shopId], ['decision', 'allow']])).headers.location)
  assert.deepEqual([back.origin + back.pathname, back.searchParams.get('state'), back.searchParams.get('scopes')], ['https://oa.example.com/cb', 's+1', 'user_info,video.list.bind,h5.share'])
  assert.equal((await redeem(back.searchParams.get('code'))).scope, 'user_info,video.list.bind,h5.share')
  const denied = new URL((await post({ ...link, account: shops[0].shopId, decision: 'deny' })).headers.location)
  assert.deepEqual([...denied.searchParams], [['error', 'access_denied'], ['state', 's+1']])
  for (const wrong of [{ client_key: 'x' }, { response_type: 'token' }, { redirect_uri: 'https://oa.example.com/cb?a=1' }, { scope: 'no.such' }, { optionalScope: 'h5.share' }, { scope: '', optionalScope: '' }]) {
    assert.equal((await exchange(`${authorize}?${new URLSearchParams({ ...link, ...wrong })}`)).status, 400)
  }
})

test('douyin: control looks at a grant and bends it', async t => {
  const { sandbox, works } = await begin(t)
  const { accessToken, accessSecondsLeft, scopes } = sandbox.control.tokens({ platform, issue: true, scopes: ['video.list.bind'] })
  assert.deepEqual([accessSecondsLeft, scopes, await works(accessToken)], [FIFTEEN_DAYS, ['video.list.bind'], 0])
  sandbox.control.tokens({ platform, scopes: ['user_info'] })
  assert.equal(await works(accessToken), 2190004)
  sandbox.control.tokens({ platform, expireAccess: true })
  assert.equal(await works(accessToken), 2190008)
  sandbox.control.tokens({ platform, revoke: true })
  assert.equal(await works(accessToken), 2190003)
  assert.equal(sandbox.control.setClock().now, NOON)
})
