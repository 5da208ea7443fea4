'use strict'
const http = require('node:http')
const { once } = require('node:events')
const { createServer } = require('../server/app')
const { FakeHub } = require('./fake_hub')

/** Starts the server with a fake hub; everything ends with the test. */
async function serve (t, options = {}) {
  const hub = new FakeHub()
  const logged = []
  const actorOf = req => (req.headers['x-user'] === 'nobody' ? null : { id: req.headers['x-user'] ?? 'u1', roles: [] })
  const { app, stop } = createServer({ hub, actorOf, log: error => logged.push(error), ...options })
  const server = http.createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(async () => {
    await stop()
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${server.address().port}`
  const api = `${url}/api/ecommerce`
  const post = (path, body, headers = {}) => fetch(api + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
  const get = (path, headers = {}) => fetch(api + path, { headers, redirect: 'manual' })
  return { hub, logged, url, api, post, get, stop }
}

/** Reads server-sent events one by one. */
async function * events (answer) {
  let text = ''
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end))
      text = text.slice(end + 2)
      if (data) yield JSON.parse(data[1])
    }
  }
}

module.exports = { serve, events }
