// The platforms of the addon that is shipped: the fake one, which proves the seam in tests, is not in it.
'use strict'
const test = require('node:test')
const assert = require('node:assert/strict')
const { openHub } = require('./support')

test('the platforms are those that are shipped', async (t) => {
  const hub = await openHub(t)
  const platforms = await hub.platforms.list()
  assert.deepEqual(platforms.map(({ id }) => id), ['doudian', 'douyin', 'taobao', 'jd', 'pinduoduo'])
})

test('an app on the fake platform is refused, and the refusal names the others', async (t) => {
  const hub = await openHub(t)
  const draft = { platform: 'fake', appName: '假', appKey: 'k', appSecret: 's', kind: 'tool', redirectUri: 'https://oa.example/callback' }
  await assert.rejects(hub.apps.save(draft), { code: 'INVALID_REQUEST', message: /known: doudian, douyin, taobao, jd, pinduoduo\)/ })
})
