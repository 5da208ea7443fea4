// Puts the page together: loads once, then follows the runs live.
import { get, attempt, watchRuns } from './api.js'
import { byId, options } from './dom.js'
import { count } from './format.js'
import { choices, ORDER_STATUS, PRODUCT_STATUS } from './words.js'
import { List } from './list.js'
import { loadShops, showProgress } from './shops.js'
import { loadRuns, showRun } from './runs.js'
import { loadApps, listenForms } from './connect.js'
import { orderRow } from './orders.js'
import { productRow } from './products.js'

const HEALTH_EVERY_MS = 15_000
const REFRESH_AFTER_MS = 1000 // while runs are under way the stored counts are read this often at most

const lists = {
  orders: new List(byId('panel-orders'), '/orders', orderRow),
  products: new List(byId('panel-products'), '/products', productRow)
}

function fillFilters (shops) {
  const shopChoices = [['', '全部店铺'], ...shops.map(shop => [shop.id, shop.name])]
  for (const [kind, list] of Object.entries(lists)) {
    const { shopId, status } = list.form.elements
    const chosen = shopId.value
    shopId.replaceChildren(...options(shopChoices))
    shopId.value = chosen
    if (status.options.length === 0) status.replaceChildren(...options(choices(kind === 'orders' ? ORDER_STATUS : PRODUCT_STATUS, '全部状态')))
  }
}

async function refreshShops () {
  fillFilters(await loadShops())
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
      if (!['ArrowLeft', 'ArrowRight'].includes(event.key)) return
      const other = tabs[(i + 1) % tabs.length].tab
      choose(other)
      other.focus()
    })
  })
}

async function start () {
  listenForms()
  listenTabs()
  void showHealth()
  setInterval(showHealth, HEALTH_EVERY_MS)
  await refreshShops()
  watchRuns(onRun, attempt(catchUp))
  await Promise.all([loadApps(), lists.orders.load(), lists.products.load()])
}

void attempt(start)()
