// Talks to the OA's server and shows what went wrong in one place.
import { byId } from './dom.js'

const BASE = '/api/ecommerce'

async function ask (path, init) {
  const answer = await fetch(BASE + path, init)
  const body = await answer.json()
  if (!answer.ok) throw Object.assign(new Error(body.error.message), body.error)
  return body
}

export function get (path, query = {}) {
  const wanted = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  return ask(wanted.length > 0 ? `${path}?${new URLSearchParams(wanted)}` : path)
}

function send (method, path, body) {
  return ask(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
}

export function post (path, body = {}) {
  return send('POST', path, body)
}

export function put (path, body) {
  return send('PUT', path, body)
}

/** Sends a file as it is. */
export function upload (path, file) {
  const type = file.type || 'application/octet-stream'
  return ask(`${path}?${new URLSearchParams({ fileName: file.name })}`, { method: 'POST', headers: { 'content-type': type }, body: file })
}

/**
 * `listeners` are called with the news of their names: `run`, `promotion` and `live`. `onOpen` is called whenever the
 * stream opens, also after a break in which something may have ended unseen.
 */
export function watch (listeners, onOpen) {
  const source = new EventSource(`${BASE}/progress`)
  source.addEventListener('open', onOpen)
  for (const [name, listener] of Object.entries(listeners)) source.addEventListener(name, event => listener(JSON.parse(event.data)))
}

/** Wraps something a person set off: the notice is cleared before and says what failed after. */
export function attempt (work) {
  return async (...given) => {
    const notice = byId('notice')
    notice.hidden = true
    try {
      await work(...given)
    } catch (error) {
      notice.textContent = error.code ? `${error.message}（${error.code}）` : '暂时连不上服务器，请稍后再试。'
      notice.hidden = false
    }
  }
}
