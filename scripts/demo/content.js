'use strict'
// Publishes one promotion of each kind: drafted by one person, approved by another, followed to its end, compared with
// what the platform executed, and its figures read two days later by the platforms' clock.
const { once, EventEmitter } = require('node:events')
const { setTimeout: pause } = require('node:timers/promises')
const { film, picture } = require('../../examples/sandbox/sample_files')
const { saveApp, connectShop } = require('./connect')
const { untilEnded } = require('./isolation')
const { OPERATOR } = require('./oa')
const { count } = require('./format')

const ASK_EVERY_MS = 200 // the platform asks nobody to wait for its review, the person at the screen does
const PATIENCE_MS = 60_000
const LIVE_IN_MS = 3000 // the broadcast that the preview tells of begins so soon,
const LIVE_MS = 7000 // and lasts longer than the hub's five seconds between two looks at the clock
const FIGURES_AFTER_MS = 2 * 86_400_000
const BUYERS = 2 // that the link brings
const KEYWORD = '果'
const FIGURES = { plays: 'play_count', likes: 'digg_count', comments: 'comment_count', shares: 'share_count' }

/**
 * Which platform publishes which kind, and what it must offer for that. `content` makes the draft. `end` is the last state
 * that is waited for: how 拼多多 tells the end of a video's review no document says, so that nothing is shown of it.
 */
const KINDS = [
  { kind: 'video', platform: 'douyin', needs: 'promotions.video', content: async desk => ({ text: '新茶到店 #上新', media: [await desk.film(1)], cover: await desk.picture(1) }) },
  { kind: 'image_text', platform: 'douyin', needs: 'promotions.image_text', content: async desk => ({ text: '三款新茶', media: [await desk.picture(2), await desk.picture(3), await desk.picture(4)] }) },
  { kind: 'live_preview', platform: 'douyin', needs: 'promotions.video', content: async desk => ({ text: '{start} {room} 见 #直播', media: [await desk.film(2)], live: soon() }) },
  { kind: 'shop_video', platform: 'pinduoduo', needs: 'promotions.shop_video', end: 'under_review', content: async desk => ({ text: '一分钟看懂这款 #好物', media: [await desk.film(3)], cover: await desk.picture(5), target: await desk.product() }) },
  { kind: 'promotion_link', platform: 'pinduoduo', needs: 'links.create', content: desk => desk.goods() }
]

function soon () {
  const at = ms => new Date(Date.now() + ms).toISOString()
  return { startsAt: at(LIVE_IN_MS), endsAt: at(LIVE_IN_MS + LIVE_MS), room: '一号直播间' }
}

/** What a draft is made of: files that were sent to the OA, a product of the shop, goods of a promoter. */
class Desk {
  constructor (client, sandbox, shops, callsPerSecond) {
    Object.assign(this, { client, sandbox, shops, callsPerSecond })
    this.writer = client.as(OPERATOR.id)
  }

  async film (tag) {
    return (await this.writer.upload('/media', '短片.mp4', film({ tag }))).id
  }

  async picture (tag) {
    return (await this.writer.upload('/media', '图片.png', picture({ tag }))).id
  }

  async product () {
    const { items: [product] } = await this.client.get('/products', { shopId: this.shops.get('pinduoduo').id, status: 'on_sale', limit: 1 })
    return product.platformProductId
  }

  /** Links are a promoter's business, whose app has no shops. */
  async goods () {
    const { promoter, ...place } = this.sandbox.platforms.pinduoduo
    const app = await saveApp(this.client, 'pinduoduo', { ...place, ...promoter }, this.callsPerSecond)
    const { items: [goods] } = await this.client.get('/promotions/goods', { appId: app.id, keyword: KEYWORD, limit: 1 })
    return { text: goods.name, target: goods.target, attributes: { appId: app.id, placement: promoter.pid } }
  }
}

/** Hears of every step, and of broadcasts, and waits for what was not heard yet. */
class News {
  constructor (events) {
    this.heard = new EventEmitter()
    this.all = []
    this.ended = this.listen(events)
  }

  async listen (events) {
    for await (const news of events) {
      this.all.push(news)
      this.heard.emit('news')
    }
  }

  async until (wanted) {
    for (;;) {
      const news = this.all.find(wanted)
      if (news) return news
      await once(this.heard, 'news', { signal: AbortSignal.timeout(PATIENCE_MS) })
    }
  }
}

/** Approving takes another person's right: the one who wrote it is refused. */
async function approve ({ client, writer }, { id, version }) {
  const refused = await writer.post(`/promotions/${id}/approve`, { version }).then(() => null, error => error)
  if (!/ 403 FORBIDDEN /.test(refused?.message)) throw new Error(`who wrote promotion ${id} could approve it`)
  await client.post(`/promotions/${id}/approve`, { version, comment: '可以发' })
}

/** Asks for its state as long as the platform reviews it. Answers it at its `end`, with its steps. */
async function follow (client, id, last, shown) {
  for (const end = Date.now() + PATIENCE_MS; ;) {
    const promotion = await client.get(`/promotions/${id}`)
    shown(promotion.steps)
    if (promotion.status === last) return promotion
    if (['rejected', 'failed', 'needs_human', 'expired'].includes(promotion.status)) throw new Error(`promotion ${id} is ${promotion.status}: ${promotion.reason}`)
    if (Date.now() > end) throw new Error(`promotion ${id} is still ${promotion.status}`)
    if (promotion.status === 'under_review') await client.post(`/promotions/${id}/check`)
    await pause(ASK_EVERY_MS)
  }
}

/** Prints each state when it is there, on one line. */
function stateLine (kind) {
  let known = 0
  process.stdout.write(`  ${kind.padEnd(15)}`)
  return steps => {
    for (const { status } of steps.slice(known)) process.stdout.write(`${known++ === 0 ? '' : ' → '}${status}`)
  }
}

async function publish (desk, { kind, platform, end = 'published', content }) {
  const shopId = desk.shops.get(platform).id
  const draft = { kind, title: `演示 ${kind}`, ...await content(desk) }
  const made = await desk.writer.post('/promotions', { shopId, draft })
  const line = stateLine(kind)
  try {
    await desk.writer.post(`/promotions/${made.id}/submit`)
    await approve(desk, made)
    return { platform, promotion: await follow(desk.client, made.id, end, line) }
  } finally {
    process.stdout.write('\n')
  }
}

/** Compares a promotion with the platform's own log: there once, and as it was approved. Answers how many fields. */
async function compare (sandbox, { platform, promotion }) {
  const { draft, link, platformPromotionId: id } = promotion
  if (draft.kind === 'promotion_link') return expect(promotion, [[link.startsWith('https://'), true]])
  const writes = (await sandbox.writes(platform)).filter(({ target }) => String(target) === id)
  const once = expect(promotion, [[writes.length, 1]])
  if (platform !== 'douyin') return once
  const [{ params }] = writes
  const text = draft.live ? params.text.includes(draft.live.room) : params.text === draft.text
  return once + expect(promotion, [[params.count, 1], [text, true], [params.media.length, draft.media.length]])
}

function expect ({ id, draft }, pairs) {
  for (const [found, expected] of pairs) if (found !== expected) throw new Error(`promotion ${id} (${draft.kind}): expected ${expected}, found ${found}`)
  return pairs.length
}

async function statistics (sandbox, platform, shop, id) {
  for await (const post of sandbox.truth(platform, shop, 'posts')) if (post.item_id === id) return post.statistics
  throw new Error(`${platform} has no post ${id}`)
}

/** Reads the figures through the OA; the platform's own, which grow, were taken just before and just after. */
async function readFigures ({ client, sandbox, shops }, { platform, promotion: { id, draft, platformPromotionId: post } }) {
  const truth = () => statistics(sandbox, platform, shops.get(platform).platformShopId, post)
  const before = await truth()
  const { total, days } = await client.post(`/promotions/${id}/metrics`)
  const after = await truth()
  console.log(`  ${draft.kind.padEnd(15)}${Object.keys(FIGURES).map(name => `${name} ${count(total[name])}`).join(', ')}; ${count(days.length)} whole day${days.length === 1 ? '' : 's'}`)
  for (const [name, theirs] of Object.entries(FIGURES)) {
    if (!(before[theirs] <= total[name] && total[name] <= after[theirs])) throw new Error(`promotion ${id}: ${name} is ${total[name]}, the platform says ${after[theirs]}`)
  }
  return Object.keys(FIGURES).length
}

/** Buyers follow the link; what it earned is read through the OA. Orders are told by the second: those of the next one are surely its own. */
async function readEarnings ({ client, sandbox, shops }, { platform, promotion: { id, draft } }) {
  await pause(1000)
  const { promotionOrders: sold } = await sandbox.change({ platform, newPromotionOrders: BUYERS })
  let earned = 0
  for await (const order of sandbox.truth(platform, shops.get(platform).platformShopId, 'promotionOrders')) if (sold.includes(order.order_sn)) earned += order.promotion_amount
  for (const end = Date.now() + PATIENCE_MS; ; await pause(ASK_EVERY_MS)) {
    const { total: { orders, commissionFen } } = await client.post(`/promotions/${id}/metrics`)
    if (orders === BUYERS || Date.now() > end) {
      console.log(`  ${draft.kind.padEnd(15)}orders ${orders}, commission ${(commissionFen / 100).toFixed(2)} yuan`)
      return expect({ id, draft }, [[orders, BUYERS], [commissionFen, earned]])
    }
  }
}

/** The kinds that a platform of this version publishes; the others are named. */
function possible (platforms) {
  const offers = ({ platform, needs }) => platforms.find(({ id }) => id === platform)?.capabilities.includes(needs)
  for (const { kind, platform, needs } of KINDS.filter(kind => !offers(kind))) console.log(`  ${kind.padEnd(15)}skipped: ${platform} does not offer ${needs}`)
  return KINDS.filter(offers)
}

async function connectAccount ({ client, sandbox, callsPerSecond }) {
  const shop = await connectShop(client, await saveApp(client, 'douyin', sandbox.platforms.douyin, callsPerSecond))
  console.log(`  connected douyin ${shop.name} (${shop.platformShopId}) by OAuth`)
  return shop
}

async function publishAll (desk, kinds) {
  const abort = new AbortController()
  const news = new News(await desk.client.watch(abort.signal, 'live'))
  try {
    const made = []
    for (const kind of kinds) made.push(await publish(desk, kind))
    const preview = made.find(({ promotion }) => promotion.draft.live)?.promotion
    for (const state of preview ? ['live_time', 'over'] : []) {
      await news.until(({ id, liveState }) => id === preview.id && liveState === state)
      console.log(`  live_preview   its clock: ${state}`)
    }
    return made
  } finally {
    abort.abort()
    await news.ended.catch(() => {})
  }
}

/** `shops` are `{ platform, shop }` of the demo. Throws when something is there twice, or not as it was approved. */
async function showContent (client, sandbox, shops, callsPerSecond) {
  const { platforms } = await client.get('/platforms')
  const desk = new Desk(client, sandbox, new Map(shops.map(({ platform, shop }) => [platform.id, shop])), callsPerSecond)
  desk.shops.set('douyin', await connectAccount(desk))
  const made = await publishAll(desk, possible(platforms))
  let fields = 0
  for (const one of made) fields += await compare(sandbox, one)
  for (const one of made.filter(({ promotion }) => promotion.draft.kind === 'promotion_link')) fields += await readEarnings(desk, one)
  // A sync that is still under way, as those of platforms in trouble may be, would be refused for its time.
  for (const { shop } of shops) await untilEnded(client, shop.id)
  await sandbox.setClock({ advanceMs: FIGURES_AFTER_MS })
  console.log('  two days later:')
  for (const one of made.filter(({ platform }) => platform === 'douyin')) fields += await readFigures(desk, one)
  await sandbox.setClock({ offsetMs: 0 })
  console.log(`  compared  ${made.length} promotions, ${count(fields)} fields with what the platforms executed: no difference`)
}

module.exports = { showContent, compare, KINDS }
