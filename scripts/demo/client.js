'use strict'
// Talks to the OA over HTTP, as its page does.

class Client {
  constructor (url) {
    this.url = url
    this.api = `${url}/api/ecommerce`
    this.cookies = new Map()
  }

  /** One request; cookies are kept, redirects are not followed. */
  async send (url, init = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const user = this.user && { 'x-demo-user': this.user }
    const answer = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, ...user, ...(cookie && { cookie }) } })
    for (const line of answer.headers.getSetCookie()) {
      const [name, value] = line.split(';', 1)[0].split('=')
      this.cookies.set(name, value)
    }
    return answer
  }

  async json (path, init) {
    const answer = await this.send(this.api + path, init)
    const body = await answer.json()
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${body.error.code} ${body.error.message}`)
    return body
  }

  get (path, query = {}) {
    return this.json(`${path}?${new URLSearchParams(query)}`)
  }

  post (path, body = {}) {
    return this.json(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  }

  /** Every item of a list, page by page. */
  async * all (path, query) {
    for (let cursor; ;) {
      const page = await this.get(path, { ...query, limit: 500, ...(cursor && { cursor }) })
      yield * page.items
      cursor = page.nextCursor
      if (cursor === undefined) return
    }
  }

  /** Sends a file as a browser does: as the body, under its name. */
  upload (path, fileName, bytes) {
    return this.json(`${path}?${new URLSearchParams({ fileName })}`, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: bytes })
  }

  /** The same server, asked by another user. */
  as (user) {
    const other = new Client(this.url)
    other.user = user
    return other
  }

  /** Opens the stream of live news, `run` and others; what comes after this is not missed. */
  async watch (signal, ...names) {
    const answer = await fetch(`${this.api}/progress`, { signal })
    if (!answer.ok) throw new Error(`/progress: ${answer.status}`)
    // Read from now on: a body that nobody holds ends when Node collects its answer.
    return newsIn(answer.body.pipeThrough(new TextDecoderStream()), names)
  }
}

/** What the events of these names tell, in the text of server-sent events. */
async function * newsIn (body, names) {
  let text = ''
  for await (const chunk of body) {
    text += chunk
    const events = text.split('\n\n')
    text = events.pop()
    for (const event of events) {
      const [, name] = /^event: (.*)$/m.exec(event) ?? []
      if (names.includes(name)) yield JSON.parse(/^data: (.*)$/m.exec(event)[1])
    }
  }
}

module.exports = { Client }
