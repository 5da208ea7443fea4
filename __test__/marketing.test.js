// Creating promotions of a shop from JS: the draft, its receipt, its change, and what is refused before it is sent.
'use strict'
const assert = require('node:assert/strict')
const { test } = require('node:test')
const { hubOfJd } = require('./platform')
const { failsWith } = require('./support')

/** A whole minute, so many minutes from now. */
function minutesOn(count) {
  return new Date((Math.floor(Date.now() / 60_000) + count) * 60_000).toISOString()
}

/** A SKU on sale, and its price in the shop. */
function onSale({ control }) {
  const truth = (kind) => control.truth({ platform: 'jd', kind, limit: 1000 }).items
  const wares = new Set(truth('products').filter(({ wareStatus }) => wareStatus === 8).map(({ wareId }) => wareId))
  const { wareId, skuId, jdPrice } = truth('skus').find((sku) => wares.has(sku.wareId))
  return { platformProductId: wareId, platformSkuId: skuId, shopFen: Math.round(Number(jdPrice) * 100) }
}

async function stage(t) {
  const { hub, shopId, sandbox } = await hubOfJd(t)
  const { shopFen, ...sku } = onSale(sandbox)
  const draft = { name: '秋季', from: minutesOn(60), to: minutesOn(1440), offer: { kind: 'item_prices' }, skus: [{ ...sku, priceFen: shopFen - 10 }] }
  const there = (name) => sandbox.control.truth({ platform: 'jd', kind: 'promotions', limit: 1000 }).items.filter((one) => one.name === name)
  return { hub, shopId, sandbox, sku, shopFen, draft, there }
}

test('a promotion is created once, and its change and the list know it', async (t) => {
  const { hub, shopId, draft, there } = await stage(t)
  const receipt = await hub.marketing.createCampaign({ shopId, draft })
  assert.equal(receipt.state, 'accepted')
  assert.deepEqual(await hub.marketing.createCampaign({ shopId, draft }), receipt, 'the same draft again is the same change')
  const [made, ...others] = there('秋季')
  assert.equal(others.length, 0)
  const change = await hub.changes.get(receipt.changeId)
  assert.deepEqual([change.operation, change.platformCampaignId, change.evidence], ['campaigns.create', made.promo_id, 'answer'])
  assert.equal(change.target, `秋季/${draft.from}/${draft.to}`)
  const listed = []
  for (let cursor; ; ) {
    const page = await hub.marketing.campaigns({ shopId, limit: 20, cursor })
    listed.push(...page.items)
    if (!(cursor = page.nextCursor)) break
  }
  const { status, from, to } = listed.find(({ platformCampaignId }) => platformCampaignId === made.promo_id)
  assert.deepEqual([status, from, to], ['under_review', draft.from, draft.to])
})

test('each offer becomes a rule in the platform\'s units', async (t) => {
  const { hub, shopId, sku, draft, there } = await stage(t)
  const offers = [
    [{ kind: 'amount_off', fromFen: 10_000, offFen: 1000 }, [], { quota: '100', minus: '10' }],
    [{ kind: 'pieces_discount', pieces: 3, paysBp: 8500 }, [sku], { quota: '3', rate: '8.5' }],
    [{ kind: 'pieces_free', pieces: 3, free: 1 }, [], { quota: '3', rate: '1' }],
    [{ kind: 'pieces_for', pieces: 2, totalFen: 990 }, [sku], { quota: '9.9', rate: '2' }],
  ]
  for (const [offer, skus, wanted] of offers) {
    const { state } = await hub.marketing.createCampaign({ shopId, draft: { ...draft, name: offer.kind.slice(0, 10), offer, skus } })
    assert.equal(state, 'accepted')
    const [{ modes: [rule] }] = there(offer.kind.slice(0, 10))
    for (const [name, value] of Object.entries(wanted)) assert.equal(rule[name], value, `${offer.kind} ${name}`)
  }
})

test('a draft that cannot be is refused before anything is sent', async (t) => {
  const { hub, shopId, sandbox, sku, shopFen, draft } = await stage(t)
  const bad = [
    { name: '一二三四五六七八九十一' }, { to: draft.from }, { offer: { kind: 'gift' } }, { offer: { kind: 'item_prices', pieces: 3 } },
    { offer: { kind: 'amount_off', fromFen: 10_000 } }, { offer: { kind: 'amount_off', fromFen: 10_050, offFen: 100 }, skus: [] },
    { skus: [{ ...sku, priceFen: shopFen }] }, { skus: [{ ...sku, platformSkuId: '77', priceFen: 1 }] }, { skus: [{ ...sku, price: 1 }] }, { slogan: '' },
  ]
  for (const change of bad) await failsWith('INVALID_REQUEST', () => hub.marketing.createCampaign({ shopId, draft: { ...draft, ...change } }))
  const { methods } = sandbox.control.stats({ platform: 'jd' })
  assert.equal(methods['jingdong.seller.promotion.add'] ?? 0, 0)
  await hub.marketing.createCampaign({ shopId, draft })
  await failsWith('CONFLICT', () => hub.marketing.createCampaign({ shopId, draft: { ...draft, slogan: '全场' } }))
})

test('an answer that was lost makes no second promotion', async (t) => {
  const { hub, shopId, sandbox, draft, there } = await stage(t)
  sandbox.control.fault({ fault: 'lost_reset', platform: 'jd', method: 'jingdong.seller.promotion.commit', times: 1 })
  const { changeId, state } = await hub.marketing.createCampaign({ shopId, draft })
  const { evidence, platformCampaignId } = await hub.changes.get(changeId)
  const made = there('秋季').map(({ promo_id: id }) => id)
  assert.deepEqual([state, evidence, made], ['accepted', 'read_back', [platformCampaignId]])
})
