'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor, caller } = require('./support')

const DAY_MS = 24 * 3600 * 1000
const DEAD = 'dop.token-generate-failed:token-invalid'
const CLOSED = 'dop.authorization-closed'

async function begin (t, rotation) {
  const sandbox = await sandboxFor(t)
  sandbox.control.saveApp({ appKey: sandbox.doudian.appKey, ...rotation })
  const client = caller(sandbox, { issue: false })
  const create = async () => (await client.call('token.create', { code: sandbox.control.authorize({}).code, grant_type: 'authorization_code' })).data
  const refresh = token => client.call('token.refresh', { grant_type: 'refresh_token', refresh_token: token })
  const works = async token => (await client.call('shop.brandList', {}, { query: { access_token: token } })).sub_code
  const pass = ms => sandbox.control.setClock({ advanceMs: ms })
  const stats = () => {
    const { retiredRefreshUses, gracedRefreshUses, revokedFamilies } = sandbox.control.stats()
    return [retiredRefreshUses, gracedRefreshUses, revokedFamilies]
  }
  return { sandbox, create, refresh, works, pass, stats }
}

test('strict: a retired refresh token takes the whole family with it until authorised again', async t => {
  const { create, refresh, works, pass, stats } = await begin(t, { rotation: 'strict' })
  const first = await create()
  pass(7 * DAY_MS - 1000)
  const second = (await refresh(first.refresh_token)).data
  assert.deepEqual([await works(first.access_token), await works(second.access_token), stats()], ['', '', [0, 0, 0]])
  assert.equal((await refresh(first.refresh_token)).sub_code, DEAD)
  assert.deepEqual([await works(first.access_token), await works(second.access_token)], [CLOSED, CLOSED])
  assert.equal((await refresh(second.refresh_token)).sub_code, CLOSED)
  assert.equal((await refresh(first.refresh_token)).sub_code, CLOSED)
  assert.deepEqual(stats(), [2, 0, 1])
  const third = await create()
  assert.equal(await works(third.access_token), '')
  assert.equal((await refresh(first.refresh_token)).sub_code, CLOSED) // the old family does no harm to the new one
  assert.equal(await works(third.access_token), '')
})

test('graceful: a retired refresh token gives the same new pair for graceMs, then it is dead', async t => {
  const { create, refresh, works, pass, stats } = await begin(t, { rotation: 'graceful', graceMs: 1500 })
  const first = await create()
  pass(8 * DAY_MS + 900)
  const second = (await refresh(first.refresh_token)).data
  pass(1499)
  const again = (await refresh(first.refresh_token)).data
  assert.deepEqual([again.access_token, again.refresh_token], [second.access_token, second.refresh_token])
  pass(1)
  assert.equal((await refresh(first.refresh_token)).sub_code, DEAD)
  assert.deepEqual([await works(second.access_token), stats()], ['', [2, 1, 0]])
})

test('graceful: only the last retired token is spared', async t => {
  const { sandbox, create, refresh, pass } = await begin(t, { rotation: 'graceful', graceMs: 60_000 })
  const first = await create()
  sandbox.control.tokens({ expireAccess: true })
  const second = (await refresh(first.refresh_token)).data
  sandbox.control.tokens({ expireAccess: true })
  pass(1000)
  assert.equal((await refresh(second.refresh_token)).code, 10000)
  assert.equal((await refresh(first.refresh_token)).sub_code, DEAD)
  assert.equal((await refresh(second.refresh_token)).code, 10000)
})

test('another way of rotation is refused', async t => {
  const sandbox = await sandboxFor(t)
  assert.throws(() => sandbox.control.saveApp({ rotation: 'lax' }), /unknown rotation/)
})
