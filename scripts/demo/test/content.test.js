'use strict'
const test = require('node:test')
const assert = require('node:assert/strict')
const { compare } = require('../content')

const promotion = { id: '7', link: 'https://v.example/1', platformPromotionId: '@a', draft: { kind: 'video', text: '新茶', media: ['1'] } }
const write = { target: '@a', params: { text: '新茶', media: ['hash'], count: 1 } }

function found (...items) {
  return compare({ writes: async () => items }, { platform: 'douyin', promotion })
}

test('a post that is there once, as it was approved, agrees', async () => {
  assert.equal(await found(write, { ...write, target: '@other' }), 4)
})

test('a post that is there twice, never came, or differs from what was approved fails the demo', async () => {
  const bad = [[write, write], [], [{ ...write, params: { ...write.params, count: 2 } }], [{ ...write, params: { ...write.params, text: '别的' } }], [{ ...write, params: { ...write.params, media: [] } }]]
  for (const items of bad) await assert.rejects(found(...items), /promotion 7/)
})

test('a link that is no address fails the demo', async () => {
  const link = { ...promotion, draft: { kind: 'promotion_link' } }
  assert.equal(await compare({}, { platform: 'pinduoduo', promotion: link }), 1)
  await assert.rejects(compare({}, { platform: 'pinduoduo', promotion: { ...link, link: 'javascript:x' } }), /promotion 7/)
})
