// `quota.js ADDON`: how long `require` and `Hub.open` take in a fresh process, and how much of an app's 100 calls a second
// 100 shops use together, against a platform that refuses what is more (a bucket that holds one second's calls).
'use strict'
const { execFileSync } = require('node:child_process')
const { mkdtempSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { platform } = require('./processes')

const [SHOPS, RATE, SECONDS] = [100, 100, 20]
const addon = process.argv[2]
const scratch = mkdtempSync(join(tmpdir(), 'dianqiao-quota-'))

function openingMs (database) {
  const code = `const started = performance.now(); const { Hub } = require(${JSON.stringify(addon)});
    Hub.open({ database: ${JSON.stringify(database)}, masterKey: Buffer.from(Array.from({ length: 32 }, (_, n) => (n * 37 + 11) % 256)) }).then(async hub => {
      console.log(performance.now() - started); await hub.close() })`
  return Number(execFileSync(process.execPath, ['-e', code]))
}

async function quotaUse () {
  const server = await platform(10, 200_000)
  const { Hub } = require(addon)
  const host = `127.0.0.1:${server.port}`
  const hub = await Hub.open({ database: join(scratch, 'quota.db'), masterKey: Hub.generateKey(), allowHosts: [host] })
  const app = await hub.apps.save({ platform: 'doudian', appName: 'bench', appKey: 'key', appSecret: 'secret', kind: 'self_use', endpoints: { api: `http://${host}` }, callsPerSecond: RATE })
  const shops = await Promise.all(Array.from({ length: SHOPS }, (_, n) => hub.oauth.connect({ appId: app.id, platformShopId: String(1000 + n) })))
  const stop = new AbortController()
  await server.configure(`per_second=${RATE}`)
  const started = performance.now()
  const runs = shops.map(({ id }) => hub.orders.sync({ shopId: id, since: new Date(server.firstOrder * 1000).toISOString(), signal: stop.signal }).catch(({ code }) => code))
  await new Promise(resolve => setTimeout(resolve, SECONDS * 1000))
  const { calls, refused } = await server.stats()
  const used = calls / RATE / ((performance.now() - started) / 1000)
  stop.abort()
  await Promise.all(runs)
  await hub.close()
  server.stop()
  return { used: `${(used * 100).toFixed(1)} %`, refused }
}

async function main () {
  const fresh = Array.from({ length: 5 }, (_, n) => openingMs(join(scratch, `${n}.db`))).sort((one, other) => one - other)
  const again = Array.from({ length: 5 }, () => openingMs(join(scratch, '0.db'))).sort((one, other) => one - other)
  console.log(`require + open: ${again[2].toFixed(1)} ms, with a new file ${fresh[2].toFixed(1)} ms (medians of 5)`)
  const { used, refused } = await quotaUse()
  console.log(`${SHOPS} shops on one quota of ${RATE}/s: ${used} used in ${SECONDS} s, ${refused} refused`)
  rmSync(scratch, { recursive: true, force: true })
}

main().catch(error => { console.error(error); process.exit(1) })
