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

export function post (path, body = {}) {
  return ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
}

/** `onOpen` is called whenever the stream opens, also after a break in which runs may have ended unseen. */
export function watchRuns (onRun, onOpen) {
  const source = new EventSource(`${BASE}/progress`)
  source.addEventListener('open', onOpen)
  source.addEventListener('run', event => onRun(JSON.parse(event.data)))
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
