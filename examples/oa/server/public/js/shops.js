// The shops, what is stored of each, and their running syncs.
import { get, post, attempt } from './api.js'
import { byId, element } from './dom.js'
import { count, duration, fullTime } from './format.js'
import { badge, PLATFORM, RUN_KIND, SHOP_STATUS, STAGE } from './words.js'

const cards = new Map() // shop id → its card's parts
let shops = []

export function shopName (id) {
  return shops.find(shop => shop.id === id)?.name ?? id
}

/** Reads the shops again; cards that are there already stay, so that nothing jumps. Answers them. */
export async function loadShops () {
  const { items } = await get('/shops')
  shops = items
  const box = byId('shops')
  if (items.length === 0) box.replaceChildren(element('p.card.quiet', {}, '还没有店铺。先保存一个应用，再点“接入店铺”。'))
  else box.querySelector(':scope > p')?.remove()
  for (const shop of items) {
    const known = cards.get(shop.id) ?? newCard(shop)
    cards.set(shop.id, known)
    fill(known, shop)
    if (!known.node.isConnected) box.append(known.node)
  }
  return items
}

function newCard (shop) {
  const full = element('input', { type: 'checkbox' })
  const buttons = ['products', 'orders'].map(kind => syncButton(shop.id, kind, full))
  const card = { counts: element('dl.counts'), facts: element('p.quiet.shop-facts'), state: element('span'), bars: new Map(), buttons }
  card.progress = element('div.progress')
  card.node = element('article.card.shop', {},
    element('div.shop-head', {}, element('h3', {}, shop.name), card.state),
    card.facts, card.counts, card.progress,
    element('div.shop-actions', {}, ...buttons, element('label.quiet', {}, full, ' 全量重读')))
  return card
}

function syncButton (shopId, kind, full) {
  const button = element('button.button', { type: 'button' }, `同步${RUN_KIND[kind]}`)
  button.dataset.kind = kind
  button.addEventListener('click', attempt(() => post(`/shops/${encodeURIComponent(shopId)}/sync`, { kind, full: full.checked })))
  return button
}

function fill (card, shop) {
  card.state.replaceChildren(badge(SHOP_STATUS, shop.status))
  const known = [
    `${PLATFORM[shop.platform] ?? shop.platform} ${shop.platformShopId}`,
    shop.authorization && `授权至 ${fullTime(shop.authorization.expiresAt)}`,
    shop.lastSyncedAt && `上次同步 ${fullTime(shop.lastSyncedAt)}`
  ]
  card.facts.replaceChildren(...known.filter(Boolean).map(line => element('span', {}, line)))
  const { products, skus, orders, quarantined } = shop.counts
  const shown = [['商品', products], ['SKU', skus], ['订单', orders], ['隔离', quarantined]]
  card.counts.replaceChildren(...shown.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, count(value)))))
}

/** Shows a run in its shop's card while it is under way. */
export function showProgress (run) {
  const card = cards.get(run.shopId)
  if (!card) return
  const running = run.state === 'running'
  card.buttons.filter(button => button.dataset.kind === run.kind).forEach(button => { button.disabled = running })
  if (running) return advance(card, run)
  card.bars.get(run.id)?.box.remove()
  card.bars.delete(run.id)
}

function advance (card, run) {
  if (!card.bars.has(run.id)) {
    const bar = newBar(run)
    card.bars.set(run.id, bar)
    card.progress.append(bar.box)
  }
  const { listed, listTotal, detailed, detailTotal, calls } = run.progress
  const [done, total] = run.stage === 'detail' ? [detailed, detailTotal] : [listed, listTotal]
  const { what, cost, meter } = card.bars.get(run.id)
  if (total) Object.assign(meter, { max: total, value: Math.min(done, total) })
  else meter.removeAttribute('value')
  what.textContent = `${RUN_KIND[run.kind] ?? run.kind} · ${STAGE[run.stage] ?? '准备'} ${count(done)}${total ? ` / ${count(total)}` : ''}`
  cost.textContent = `${count(calls)} 次调用 · ${duration(run.startedAt)}`
}

function newBar (run) {
  const what = element('span')
  const cost = element('span.quiet')
  const meter = element('progress', { ariaLabel: `同步${RUN_KIND[run.kind] ?? run.kind}` })
  return { what, cost, meter, box: element('div', {}, element('div.progress-line', {}, what, cost), meter) }
}
