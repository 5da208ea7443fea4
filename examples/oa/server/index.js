'use strict'
// Runs the OA by itself: `node examples/oa/server`. Settings come from the environment; README.md lists them.
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')
const { once } = require('node:events')
const { Hub } = require('../../..')
const { createServer } = require('./app')

const SHUTDOWN_MS = 10_000

function openHub (env) {
  const database = env.DIANQIAO_DATABASE ?? 'data/dianqiao.db'
  fs.mkdirSync(path.dirname(database), { recursive: true })
  return Hub.open({
    database,
    masterKey: Buffer.from(env.DIANQIAO_KEY ?? '', 'hex'),
    allowHosts: (env.DIANQIAO_ALLOW_HOSTS ?? '').split(',').filter(Boolean)
  })
}

async function main () {
  const port = Number(process.env.PORT ?? 3000)
  const server = http.createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  const hub = await openHub(process.env)
  // Stands in for the OA's sign-in. Everyone who reaches the port is this person, so only this machine may.
  const actorOf = () => ({ id: 'local', roles: ['admin'] })
  const { app, stop } = createServer({ hub, actorOf, hosts: [`127.0.0.1:${port}`, `localhost:${port}`] })
  server.on('request', app)
  console.log(`http://127.0.0.1:${port}`)
  const end = async () => {
    setTimeout(() => process.exit(1), SHUTDOWN_MS).unref()
    server.close()
    await stop()
    server.closeAllConnections()
    await hub.close()
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
}

main().catch(error => {
  console.error(error.message)
  process.exit(1)
})
