// hub.media: what is taken in and from where, what is said of it, and who may.
'use strict'
const assert = require('node:assert/strict')
const { createHash } = require('node:crypto')
const { mkdirSync, readdirSync, statSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { crc32, deflateSync } = require('node:zlib')
const { Hub } = require('..')
const { failsWith, openHub, scratch } = require('./support')

const START = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

function chunk(kind, body) {
  const head = Buffer.concat([Buffer.from(kind), body])
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  size.writeUInt32BE(body.length)
  sum.writeUInt32BE(checksum(head))
  return Buffer.concat([size, head, sum])
}

/** zlib has it since Node 20.15. */
function checksum(bytes) {
  if (crc32) return crc32(bytes)
  let sum = ~0
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1
  }
  return ~sum >>> 0
}

/** A picture of noise; or, with `lies`, one that only says it has so many pixels. */
function png(width, height, { lies = false, seed = 1 } = {}) {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const rows = lies ? Buffer.alloc(1000) : Buffer.alloc(height * (1 + width * 3))
  let state = seed
  for (let i = 0; !lies && i < rows.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    rows[i] = i % (1 + width * 3) === 0 ? 0 : state >>> 26
  }
  return Buffer.concat([START, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])
}

test('the same content is one media file from a Buffer and from a file', async (t) => {
  const directory = scratch(t)
  mkdirSync(join(directory, 'in'))
  const hub = await openHub(t, { mediaDirs: [join(directory, 'in')] })
  const bytes = png(600, 500)
  writeFileSync(join(directory, 'in', '主图.png'), bytes)
  const media = await hub.media.add({ bytes, fileName: 'a.png', kind: 'image' })
  assert.deepEqual(await hub.media.add({ path: join(directory, 'in', '主图.png') }), media)
  assert.equal(media.sha256, createHash('sha256').update(bytes).digest('hex'))
  const { id, createdAt, sha256, ...rest } = media
  assert.deepEqual(rest, {
    kind: 'image', contentType: 'image/png', bytes: bytes.length, width: 600, height: 500, hasMetadata: false, fileName: 'a.png', actor: 'system',
  })
  assert.match(id, /^\d+$/)
  assert.ok(Date.parse(createdAt) > 0)
  assert.deepEqual(await hub.media.get(id), media)
  await hub.media.remove(id)
  await failsWith('NOT_FOUND', () => hub.media.get(id))
})

test('files come from the directories that the hub was opened for, and from nowhere else', async (t) => {
  const directory = scratch(t)
  mkdirSync(join(directory, 'in'))
  writeFileSync(join(directory, 'secret.png'), png(9, 9))
  const hub = await openHub(t, { mediaDirs: [join(directory, 'in')] })
  for (const path of ['secret.png', 'in/../secret.png', 'in', '/dev/zero', '/etc/passwd']) {
    const error = await failsWith('INVALID_REQUEST', () => hub.media.add({ path: path.startsWith('/') ? path : join(directory, path) }))
    assert.match(error.message, /mediaDirs|regular/)
  }
  const closed = await openHub(t)
  assert.match((await failsWith('INVALID_REQUEST', () => closed.media.add({ path: join(directory, 'in/a') }))).message, /mediaDirs/)
  const missing = { database: join(directory, 'x.db'), masterKey: Hub.generateKey(), mediaDirs: [join(directory, 'none')] }
  assert.match((await failsWith('CONFIG_INVALID', () => Hub.open(missing))).message, /mediaDirs/)
})

test('what is no image or video is refused whatever its name says, and bombs by their header', async (t) => {
  const hub = await openHub(t)
  const bad = [
    ['<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', /SVG/],
    ['<!doctype html><title>login</title>', /text/],
    ['GIF89a/*', /GIF/],
    ['%PDF-1.7', /neither/],
    ['', /empty/],
    [png(50_000, 50_000, { lies: true }), /pixels|unfolds/],
    [png(600, 500).subarray(0, 5000), /cut/],
  ]
  for (const [content, message] of bad) {
    const error = await failsWith('INVALID_REQUEST', () => hub.media.add({ bytes: Buffer.from(content), fileName: 'nice.png' }))
    assert.match(error.message, message)
  }
  const film = await failsWith('INVALID_REQUEST', () => hub.media.add({ bytes: png(9, 9), kind: 'video' }))
  assert.match(film.message, /no video: it is image\/png/)
  await failsWith('INVALID_REQUEST', () => hub.media.add({ bytes: png(9, 9), url: 'https://files.shop.cn/a' }))
  assert.match((await failsWith('INVALID_REQUEST', () => hub.media.add({ bytes: Buffer.alloc(33 << 20) }))).message, /larger than 32 MiB/)
  assert.deepEqual((await hub.media.list()).items, [])
})

test('an address that leads inside is refused and is not repeated in the error', async (t) => {
  const hub = await openHub(t)
  for (const host of ['127.0.0.1', '127.0.0.1:8080', '2130706433', '0x7f.1', '[::1]', '[::ffff:169.254.169.254]', 'localhost', 'metadata.google.internal', 'u:p@1.1.1.1']) {
    for (const scheme of ['https', 'http', 'ftp']) {
      const error = await failsWith('INVALID_REQUEST', () => hub.media.add({ url: `${scheme}://${host}/a?token=PLANTED` }))
      assert.doesNotMatch(error.message, /PLANTED/)
    }
  }
  // Looked up by the system, which answers with the loopback where it knows the name at all.
  for (const name of ['localhost.localdomain', 'ip6-loopback']) {
    await failsWith('INVALID_REQUEST', () => hub.media.add({ url: `https://${name}/a` }))
  }
})

test('a product image is held against the limits of Pinduoduo and made to fit', async (t) => {
  const hub = await openHub(t)
  const place = { platform: 'pinduoduo', slot: 'product_image' }
  const media = await hub.media.add({ bytes: png(1400, 700) })
  const { problems, ...check } = await hub.media.check({ id: media.id, ...place })
  assert.deepEqual(check, { mediaId: media.id, ...place })
  assert.deepEqual(problems.map(({ rule, canFit }) => [rule, canFit]), [['bytes', true], ['ratio', true]])
  for (const { message, fix } of problems) assert.ok(message && fix.startsWith('media.fit'))
  const fitted = await hub.media.fit({ id: media.id, ...place })
  assert.deepEqual([fitted.contentType, fitted.width, fitted.height, fitted.madeFrom], ['image/jpeg', 1400, 1400, media.id])
  assert.deepEqual((await hub.media.check({ id: fitted.id, ...place })).problems, [])
  assert.equal((await hub.media.fit({ id: fitted.id, ...place })).id, fitted.id)
  const small = await hub.media.add({ bytes: png(200, 200) })
  assert.match((await failsWith('INVALID_REQUEST', () => hub.media.fit({ id: small.id, ...place }))).message, /larger one/)
  await failsWith('UNSUPPORTED', () => hub.media.check({ id: media.id, platform: 'jd', slot: 'video' }))
})

test('media are listed in pages, newest first', async (t) => {
  const hub = await openHub(t)
  const added = []
  for (let seed = 1; seed <= 5; seed++) added.unshift((await hub.media.add({ bytes: png(20, 20, { seed }) })).id)
  const seen = []
  let cursor
  do {
    const page = await hub.media.list({ limit: 2, cursor, kind: 'image' })
    seen.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  } while (cursor)
  assert.deepEqual(seen, added)
  assert.deepEqual((await hub.media.list({ kind: 'video' })).items, [])
})

test('a viewer sees media and changes none, and what was done is in the audit', async (t) => {
  const hub = await openHub(t)
  const media = await hub.as({ id: 'u1', roles: ['operator'] }).media.add({ bytes: png(500, 500) })
  assert.equal(media.actor, 'u1')
  const viewer = hub.as({ id: 'u2', roles: ['viewer'] })
  assert.equal((await viewer.media.get(media.id)).id, media.id)
  await failsWith('FORBIDDEN', () => viewer.media.add({ bytes: png(9, 9) }))
  await failsWith('FORBIDDEN', () => viewer.media.fit({ id: media.id, platform: 'pinduoduo', slot: 'product_image' }))
  await failsWith('FORBIDDEN', () => viewer.media.remove(media.id))
  const nobody = hub.as({ id: 'u3', roles: [] })
  for (const read of [() => nobody.media.get(media.id), () => nobody.media.list(), () => nobody.media.check({ id: media.id, platform: 'pinduoduo', slot: 'cover' })]) {
    await failsWith('FORBIDDEN', read)
  }
  const lines = (await hub.audit.list()).items.map(({ actor, action, outcome }) => [actor, action, outcome])
  assert.deepEqual(lines, [['u2', 'media.remove', 'refused'], ['u2', 'media.fit', 'refused'], ['u2', 'media.add', 'refused'], ['u1', 'media.add', 'ok']])
})

test('contents lie beside the database, for this user only', { skip: process.platform === 'win32' }, async (t) => {
  const directory = scratch(t)
  const hub = await openHub(t, { database: join(directory, 'oa.db') })
  const { sha256 } = await hub.media.add({ bytes: png(50, 50) })
  const folder = join(directory, 'oa.db-media')
  assert.equal(statSync(folder).mode & 0o777, 0o700)
  assert.deepEqual(readdirSync(join(folder, sha256.slice(0, 2))), [sha256])
  assert.deepEqual(readdirSync(join(folder, 'incoming')), [])
})
