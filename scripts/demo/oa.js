'use strict'
// The OA of the demo: the example server on a fresh database, in this process.
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')
const { once } = require('node:events')
const { ROOT } = require('./build')

const ADMIN = { id: 'demo-admin', roles: ['admin'] }
const OPERATOR = { id: 'demo-operator', roles: ['operator'] }

/** Stands in for the OA's sign-in: who says to be the operator is, everyone else is the administrator. */
function actorOf (req) {
  return req.headers['x-demo-user'] === OPERATOR.id ? OPERATOR : ADMIN
}

/** Listens first and answers later: the sandbox has to know the port, and the hub has to know the sandbox. */
async function listen (port) {
  const server = http.createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `http://127.0.0.1:${server.address().port}` }
}

function isAlive (pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** A directory named after this process. Those of demos that were killed go: nobody has their keys. */
function freshDirectory () {
  const parent = path.join(ROOT, 'data', 'demo')
  fs.mkdirSync(parent, { recursive: true })
  for (const name of fs.readdirSync(parent)) {
    if (Number(name) === process.pid || !isAlive(Number(name))) fs.rmSync(path.join(parent, name), { recursive: true, force: true })
  }
  const directory = path.join(parent, String(process.pid))
  fs.mkdirSync(directory)
  return directory
}

/** Opens a hub in a new directory with a new key; both are gone after `close()`. */
async function openOa ({ server, url }, sandboxHost) {
  const { Hub } = require(ROOT)
  const { createServer } = require(path.join(ROOT, 'examples', 'oa', 'server', 'app'))
  const directory = freshDirectory()
  const hub = await Hub.open({ database: path.join(directory, 'dianqiao.db'), masterKey: Hub.generateKey(), allowHosts: [sandboxHost] })
  const { app, stop } = createServer({ hub, actorOf, hosts: [new URL(url).host] })
  server.on('request', app)
  const close = async () => {
    await stop()
    await hub.close()
    fs.rmSync(directory, { recursive: true, force: true })
  }
  return { close }
}

module.exports = { listen, openOa, OPERATOR }
