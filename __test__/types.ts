// Compiled by `npm run types`, never run: what must compile, and what must not.
import { Hub, type CampaignDraft, type DianqiaoError, type Order, type Promotion, type Receipt, type Run, type Shop } from '..'

export async function good(masterKey: Buffer): Promise<void> {
  const hub: Hub = await Hub.open({ database: 'x.db', masterKey, wipeKey: true, allowHosts: ['127.0.0.1:1'], force: false })
  await Hub.open({ database: 'x.db', keys: { write: Hub.generateKey(), read: [masterKey] } })
  const me: Hub = hub.as({ id: 'u1', roles: ['operator'] })
  await me.apps.save({ platform: 'doudian', appName: 'n', appKey: 'k', appSecret: Buffer.from('s'), kind: 'tool', endpoints: { api: 'https://x' } })

  const done = await hub.oauth.complete({ query: { code: 'c', state: 's' }, session: 'x' })
  const name: string = done.state === 'connected' ? done.shop.name : done.pending.name

  const controller = new AbortController()
  const run: Run = await hub.orders.sync({ shopId: '1', full: true, signal: controller.signal, onProgress: (r) => r.progress.listed.toFixed() })
  const runs: Run[] = await hub.shops.sync({ shopId: '1', since: '2026-01-01T00:00:00Z', onProgress: async () => {} })

  const past: Run = await hub.orders.sync({ shopId: '1', since: '2026-01-01T00:00:00Z', until: '2026-02-01T00:00:00Z' })
  const stretch: [string | undefined, string | undefined] = [past.since, past.until]
  const why = await hub.shops.explain('1')
  const next: 'none' | 'enable_shop' | 'enable_app' | 'authorize' | 'renew_authorization' | 'platform_config' | 'wait' | 'resolve_changes' | 'sync' = why.nextAction
  const waiting: number = why.openChanges.filter(({ state }) => state === 'needs_human').reduce((all, { count }) => all + count, 0)
  void [stretch, next, why.lastError?.requestId, waiting, why.limits[0]?.permits.toFixed()]

  let cursor: string | undefined
  do {
    const page = await hub.orders.list({ shopId: '1', status: 'to_ship', limit: 100, cursor })
    const fen: number | undefined = page.items[0]?.payAmountFen
    cursor = page.nextCursor
    void fen
  } while (cursor !== undefined)

  const { orders, budget } = await hub.orders.decrypt({ shopId: '1', platformOrderIds: ['2'], fields: ['name', 'phone'], purpose: 'service' })
  const opened: (string | undefined)[] = orders.flatMap(({ name, phone, failures }) => [name, phone, failures[0]?.code])
  void [opened, budget.left.toFixed(), await Hub.open({ database: 'x.db', masterKey, decryptsPerDay: 20 })]

  const typed = await hub.call<{ total: number }>({ shopId: '1', api: 'product.list', params: { page: 1 } })
  const text: string = await hub.call({ shopId: '1', api: 'product.list', raw: true })
  const totals = await hub.query<{ shop: string; fen: number }>('SELECT 1 AS shop, ? AS fen', [1n], { maxRows: 1, signal: controller.signal })
  const sum: number = totals.reduce((all, row) => all + row.fen, 0)
  const backup = await hub.backup({ file: 'backup.db', signal: controller.signal })
  void [sum, backup.keyIds.length, backup.takenAt, await hub.query('SELECT :a AS a', { a: null })]
  const restored = await Hub.restore({ from: 'backup.db', database: 'x.db', masterKey, overwrite: true })
  const kept: string | undefined = (await Hub.restore({ from: 'backup.db', database: 'x.db', keys: { write: masterKey } })).keptAs
  void [restored.heldChanges.toFixed(), kept]
  const film = await hub.media.add({ bytes: Buffer.alloc(1), kind: 'video' })
  const draft = { kind: 'video', title: '新茶', text: '到店 #新茶', media: [film.id], attributes: { private_status: 0 } } as const
  const made: Promotion = await hub.promotions.draft({ shopId: '1', draft: { ...draft, media: [...draft.media] }, publishAt: '2026-11-27T20:00:00+08:00' })
  await me.promotions.approve({ id: made.id, version: made.version, comment: '好' })
  const walk: Promotion['status'][] = (await hub.promotions.steps(made.id)).map(({ status }) => status as Promotion['status'])
  const plays: number | undefined = (await hub.promotions.metrics({ id: made.id, refresh: true })).total.plays
  hub.on('promotion.state', ({ status, reason }) => status === 'rejected' && reason)
  hub.on('promotion.live', ({ promotion, state }) => state === 'live_time' && promotion.draft.live?.room)
  void [walk, plays, await Hub.open({ database: 'x.db', masterKey, approval: false, mediaDirs: ['/srv/media'] })]
  try {
    await hub.close()
  } catch (error) {
    const { code, retryAfterMs } = error as DianqiaoError
    if (code === 'RATE_LIMITED' && retryAfterMs !== undefined) retryAfterMs.toFixed()
  }
  void [name, run, runs, typed.total, text]
}

export async function bad(hub: Hub, shop: Shop, order: Order): Promise<void> {
  // @ts-expect-error a hub is opened, not constructed with options
  new Hub({ database: 'x.db' })
  // @ts-expect-error a key is needed
  await Hub.open({ database: 'x.db' })
  // @ts-expect-error one key or a ring, not both
  await Hub.open({ database: 'x.db', masterKey: Buffer.alloc(32), keys: { write: Buffer.alloc(32) } })
  // @ts-expect-error a backup needs its key
  await Hub.restore({ from: 'backup.db', database: 'x.db' })
  // @ts-expect-error a key is bytes
  await Hub.open({ database: 'x.db', masterKey: 'text' })
  // @ts-expect-error ids are strings
  await hub.shops.get(1)
  // @ts-expect-error times are strings
  await hub.orders.list({ updatedFrom: new Date() })
  // @ts-expect-error a word of another list
  await hub.orders.list({ status: 'on_sale' })
  // @ts-expect-error unknown options do not compile
  await hub.products.list({ shopid: '1' })
  // @ts-expect-error the shop is needed
  await hub.orders.sync({ full: true })
  // @ts-expect-error whether it is granted must be said
  await hub.rights.set({ subject: 'role:x', right: 'sync' })
  // @ts-expect-error bytes are no parameter
  await hub.query('SELECT ? AS a', [Buffer.alloc(1)])
  // @ts-expect-error no such part of buyer data
  await hub.orders.decrypt({ shopId: '1', platformOrderIds: ['2'], fields: ['everything'] })
  // @ts-expect-error the file is needed
  await hub.backup({})
  // @ts-expect-error no such right
  await hub.rights.set({ subject: 'role:x', right: 'everything', granted: true })
  // @ts-expect-error an unknown result must be given a type first
  void (await hub.call({ shopId: '1', api: 'x' })).total
  const off: () => void = hub.on('run.finished', (run) => run.state)
  off()
  hub.on('shop.reauthorize', ({ shopId, reason }) => `${shopId} ${reason}`)
  hub.on('shop.expiring', ({ shopId, days, expiresAt, canRefresh }) => [shopId, days.toFixed(), expiresAt.length, canRefresh === true])
  // @ts-expect-error no such event
  hub.on('run.over', () => {})
  // @ts-expect-error a run has no reason
  hub.on('run.progress', ({ reason }) => reason)
  const sku = { shopId: '1', platformProductId: '2', platformSkuId: '3' }
  const { changeId, state }: Receipt = await hub.products.setStock({ ...sku, delta: -1 })
  if (state === 'unknown') void (await hub.changes.settle(changeId)).evidence
  hub.on('change.state', (change) => change.operation === 'orders.ship')
  // @ts-expect-error a number or a difference, not both
  await hub.products.setStock({ ...sku, stock: 1, delta: 1 })
  // @ts-expect-error one of the two is needed
  await hub.products.setStock(sku)
  // @ts-expect-error money is a number of fen
  await hub.products.setPrice({ ...sku, priceFen: '1' })
  // @ts-expect-error a word of another list
  await hub.changes.resolve(changeId, 'yes')
  const campaign: CampaignDraft = { name: '秋季', from: '', to: '', offer: { kind: 'pieces_free', pieces: 3, free: 1 } }
  const made: Receipt = await hub.marketing.createCampaign({ shopId: '1', draft: campaign })
  void (await hub.changes.get(made.changeId)).platformCampaignId?.length
  // @ts-expect-error each kind of offer has numbers of its own
  await hub.marketing.createCampaign({ shopId: '1', draft: { ...campaign, offer: { kind: 'amount_off', pieces: 3 } } })
  // @ts-expect-error no such kind of promotion
  await hub.promotions.draft({ shopId: '1', draft: { kind: 'broadcast', title: 't' } })
  // @ts-expect-error a decision says which promotion
  await hub.promotions.approve({ version: 1 })
  // @ts-expect-error one of path, bytes and url
  await hub.media.add({ path: '/a', url: 'https://a' })
  // @ts-expect-error tokens never come back
  void shop.authorization?.accessToken
  // @ts-expect-error ids are strings
  const id: number = order.id
  // @ts-expect-error an amount may be absent
  const fen: number = order.payAmountFen
  void [id, fen]
}
