// Puts the page together: loads once, then follows runs and promotions live.
import { get, attempt, watch } from './api.js'
import { byId, options } from './dom.js'
import { count } from './format.js'
import { choices, ORDER_STATUS, PRODUCT_STATUS, PROMOTION_STATUS } from './words.js'
import { List } from './list.js'
import { loadShops, showProgress } from './shops.js'
import { loadRuns, showRun } from './runs.js'
import { loadApps, listenForms } from './connect.js'
import { orderRow } from './orders.js'
import { productRow } from './products.js'
import { fillAccounts, listenPromotions, onLive, onPromotion, promotionRow } from './promotions.js'

const HEALTH_EVERY_MS = 15_000
const REFRESH_AFTER_MS = 1000 // while runs are under way the stored counts are read this often at most

const lists = {
  orders: new List(byId('panel-orders'), '/orders', orderRow),
  products: new List(byId('panel-products'), '/products', productRow),
  promotions: new List(byId('panel-promotions'), '/promotions', promotionRow)
}
const STATUS = { orders: ORDER_STATUS, products: PRODUCT_STATUS, promotions: PROMOTION_STATUS }

function fillFilters (shops) {
  const shopChoices = [['', '全部店铺'], ...shops.map(shop => [shop.id, shop.name])]
  for (const [kind, list] of Object.entries(lists)) {
    const { shopId, status } = list.form.elements
    const chosen = shopId.value
    shopId.replaceChildren(...options(shopChoices))
    shopId.value = chosen
    if (status.options.length === 0) status.replaceChildren(...options(choices(STATUS[kind], '全部状态')))
  }
}

async function refreshShops () {
  const shops = await loadShops()
  fillFilters(shops)
  fillAccounts(shops)
}

async function showHealth () {
  const line = byId('health')
  try {
    const health = await get('/health')
    line.className = 'health good'
    const waiting = health.shopsToReauthorize > 0 ? `（${count(health.shopsToReauthorize)} 家需要重新授权）` : ''
    line.textContent = `运行正常 · 店桥 ${health.version} · ${count(health.shops)} 家店铺${waiting}`
  } catch {
    line.className = 'health bad'
    line.textContent = '连接不上服务'
  }
}

let refresh = null
function refreshSoon () {
  refresh ??= setTimeout(() => {
    refresh = null
    void attempt(refreshShops)()
  }, REFRESH_AFTER_MS)
}

async function catchUp () {
  for (const run of await loadRuns()) showProgress(run)
  await lists.promotions.load()
}

function onRun (run) {
  showProgress(run)
  showRun(run)
  refreshSoon()
  if (run.state !== 'running') void attempt(() => lists[run.kind]?.load())()
}

function listenTabs () {
  const tabs = Object.keys(lists).map(kind => ({ tab: byId(`tab-${kind}`), panel: byId(`panel-${kind}`) }))
  const choose = chosen => tabs.forEach(({ tab, panel }) => {
    tab.setAttribute('aria-selected', String(tab === chosen))
    tab.tabIndex = tab === chosen ? 0 : -1
    panel.hidden = tab !== chosen
  })
  tabs.forEach(({ tab }, i) => {
    tab.addEventListener('click', () => choose(tab))
    tab.addEventListener('keydown', event => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
      if (!step) return
      const other = tabs.at((i + step) % tabs.length).tab
      choose(other)
      other.focus()
    })
  })
}

async function start () {
  listenForms()
  listenTabs()
  listenPromotions(lists.promotions)
  void showHealth()
  setInterval(showHealth, HEALTH_EVERY_MS)
  await refreshShops()
  watch({ run: onRun, promotion: attempt(onPromotion), live: onLive }, attempt(catchUp))
  await Promise.all([loadApps(), lists.orders.load(), lists.products.load()])
}

void attempt(start)()
