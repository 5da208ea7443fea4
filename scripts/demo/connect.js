'use strict'
// Plays a person with a browser: saves the app, sets out, consents on the platform's page, comes back.

/** Saves the app that the platform describes. */
async function saveApp (client, platform, { api, authorize, token, upload, appKey, appSecret, serviceId }, callsPerSecond) {
  return client.post('/platforms', {
    platform,
    appName: '演示应用',
    appKey,
    appSecret,
    kind: 'tool',
    serviceId,
    redirectUri: `${client.api}/oauth/callback`,
    endpoints: { api, authorize, token, upload },
    callsPerSecond
  })
}

const ENTITIES = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }

function attribute (tag, name) {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]
  return value?.replace(/&(?:amp|lt|gt|quot|#39);/g, entity => ENTITIES[entity])
}

/** What a browser would send for the page's form: hidden fields, what is checked, the button that is pressed. */
function filledForm (html, decision) {
  const form = new URLSearchParams()
  for (const [tag] of html.matchAll(/<input\b[^>]*>/g)) {
    const chosen = attribute(tag, 'type') === 'hidden' || /\bchecked\b/.test(tag)
    if (chosen) form.append(attribute(tag, 'name'), attribute(tag, 'value'))
  }
  form.set('decision', decision)
  return form
}

async function expectPage (answer, status, what) {
  if (answer.status === status) return answer
  throw new Error(`${what} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`)
}

/** Connects one shop and answers it as the OA lists it. */
async function connectShop (client, app) {
  const { url } = await client.post('/oauth/begin', { appId: app.id })
  const consent = await expectPage(await fetch(url), 200, 'the consent page')
  const form = filledForm(await consent.text(), 'allow')
  const decided = await expectPage(await fetch(url, { method: 'POST', body: form, redirect: 'manual' }), 302, 'the consent')
  const back = decided.headers.get('location')
  if (!back.startsWith(`${client.api}/oauth/callback?`)) throw new Error('the platform sent the browser somewhere else')
  await expectPage(await client.send(back), 200, 'the callback')
  const { items } = await client.get('/shops')
  return items.find(shop => shop.appId === app.id)
}

module.exports = { saveApp, connectShop }
