// Saving an app, and setting out to connect a shop with it.
import { get, post, attempt } from './api.js'
import { byId, options } from './dom.js'

export async function loadApps () {
  const { platforms, apps } = await get('/platforms')
  const form = byId('app-form')
  form.elements.platform.replaceChildren(...options(platforms.map(platform => [platform.id, platform.name])))
  if (!form.elements.redirectUri.value) form.elements.redirectUri.value = `${location.origin}/api/ecommerce/oauth/callback`
  const tools = apps.filter(app => app.kind === 'tool' && app.enabled !== false)
  byId('connect-app').replaceChildren(...options(tools.map(app => [app.id, app.appName])))
  byId('connect').hidden = tools.length === 0
}

async function saveApp (event) {
  const form = event.target
  await post('/platforms', Object.fromEntries(new FormData(form)))
  form.reset()
  byId('new-app').open = false
  await loadApps()
}

async function connectShop () {
  const { url } = await post('/oauth/begin', { appId: byId('connect-app').value })
  location.assign(url)
}

export function listenForms () {
  for (const [id, work] of [['app-form', saveApp], ['connect', connectShop]]) {
    const guarded = attempt(work)
    byId(id).addEventListener('submit', event => {
      event.preventDefault()
      void guarded(event)
    })
  }
}
