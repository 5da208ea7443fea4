'use strict'
// Shows by numbers that a platform which limits us, or is down, does not slow the others: the same syncs of the
// others are timed with nothing else going on, and beside a platform in trouble whose own sync is stuck.
const { syncTogether } = require('./follow')
const { seconds } = require('./format')

const ROUNDS = 3
// Of the median alone. Several times the noise of a busy machine, and far below what waiting for the other would cost.
const MOST_SLOWED = 1.5
const NOISE_MS = 500
const LOOK_EVERY_MS = 50

const TROUBLES = [
  // Each refusal asks for a wait: long enough that the stuck sync does not give up before the rounds are over.
  { name: 'limited', fault: { fault: 'limited', options: { seconds: 5 } } },
  { name: 'down', fault: { fault: 'hang' } }
]

function median (values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

/** Which shop took how long, by platform, over all rounds. */
class Times {
  constructor () {
    this.all = {}
  }

  add (platform, ms) {
    (this.all[platform] ??= []).push(ms)
  }

  medians () {
    return Object.fromEntries(Object.entries(this.all).map(([platform, list]) => [platform, median(list)]))
  }
}

/** The platforms that `beside` slowed more than noise can. */
function slowed (alone, beside) {
  return Object.keys(alone).filter(platform => beside[platform] > alone[platform] * MOST_SLOWED + NOISE_MS)
}

/** Syncs the shops' orders anew, all at once, and notes how long each took. */
async function round (client, shops, since, times) {
  const ends = await syncTogether(client, shops.map(({ shop }) => ({ shopId: shop.id, kind: 'orders', since })))
  for (const { run, ms } of ends) times.add(shops.find(({ shop }) => shop.id === run.shopId).platform.id, ms)
}

async function rounds (client, shops, since, times) {
  for (let i = 0; i < ROUNDS; i++) await round(client, shops, since, times)
}

/** Waits until the fault struck: before that nothing is in trouble. */
async function struck (sandbox, fault) {
  while (!((await sandbox.stats()).faults[fault] > 0)) await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS))
}

/** Times the others while the sync of `bad` is stuck in `trouble`, and makes sure that it was so to the end. */
async function beside (client, sandbox, bad, others, since, { name, fault }) {
  await sandbox.resetStats()
  await sandbox.fault({ ...fault, platform: bad.platform.id })
  const stuck = await client.post(`/shops/${bad.shop.id}/sync`, { kind: 'orders', since })
  await struck(sandbox, fault.fault)
  const times = new Times()
  await rounds(client, others, since, times)
  const { items } = await client.get('/runs', { shopId: bad.shop.id, state: 'running' })
  if (!items.some(run => run.id === stuck.id)) throw new Error(`the sync of ${bad.platform.id} ended while its platform was ${name}: nothing is shown`)
  await sandbox.clearFaults()
  return { medians: times.medians(), stuck }
}

async function untilEnded (client, shopId) {
  while ((await client.get('/runs', { shopId, state: 'running' })).items.length > 0) await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS))
}

function print (label, medians) {
  console.log(`  ${label.padEnd(22)}${Object.entries(medians).map(([platform, ms]) => `${platform} ${seconds(ms)}`).join('   ')}`)
}

/** `shops` are `{ platform, shop }`; the second one's platform gets into trouble. Throws when the others are slowed. */
async function showIsolation (client, sandbox, shops, since) {
  const [first, bad, ...rest] = shops
  const others = [first, ...rest]
  const times = new Times()
  const late = []
  for (const trouble of TROUBLES) {
    await untilEnded(client, bad.shop.id)
    await rounds(client, others, since, times)
    const { medians } = await beside(client, sandbox, bad, others, since, trouble)
    print(`${bad.platform.id} ${trouble.name}`, medians)
    late.push(...slowed(times.medians(), medians).map(platform => `${platform} (${bad.platform.id} ${trouble.name})`))
  }
  print(`${bad.platform.id} idle`, times.medians())
  if (late.length > 0) throw new Error(`slowed by another platform's trouble: ${late.join(', ')}`)
}

module.exports = { showIsolation, untilEnded, slowed, median }
