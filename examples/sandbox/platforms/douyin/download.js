'use strict'
// The phone that fetches what is shared, fact sheet 1.9: from this machine alone, and looked at while it comes.
const http = require('node:http')
const { FileProbe, kindOf } = require('../../media')

const MEGABYTE = 1024 * 1024
const VIDEO = { kinds: ['mp4', 'mov'], maxBytes: 128 * MEGABYTE }
const IMAGE = { kinds: ['jpeg', 'png', 'gif'], maxBytes: 20 * MEGABYTE }
const TIMEOUT_MS = 10_000

function isHere (url) {
  return url.protocol === 'http:' && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
}

/** `{ status, probe }`, or a rejection as the transport has it. */
function get (url) {
  return new Promise((resolve, reject) => {
    const req = http.get(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }, res => {
      const probe = new FileProbe()
      res.on('data', chunk => probe.update(chunk)).on('error', reject)
      res.on('end', () => resolve({ status: res.statusCode, probe }))
    })
    req.on('error', reject)
  })
}

/** What is wrong with the file at an address, or its hash: `{ problem }` or `{ sha256 }`. */
async function fetchOne (path, { kinds, maxBytes }) {
  const url = new URL(path)
  if (!isHere(url)) return { problem: `沙箱只从本机下载：${url.host}` }
  try {
    const { status, probe } = await get(url)
    if (status !== 200) return { problem: `素材下载失败：HTTP ${status}` }
    if (!kinds.includes(kindOf(probe.head))) return { problem: `素材不是 ${kinds.join('、')}` }
    return probe.size > maxBytes ? { problem: '素材太大了' } : { sha256: probe.sha256 }
  } catch (error) {
    return { problem: `素材下载失败：${error.code ?? error.name}` }
  }
}

/** All files of a share: `{ problem, hashes }`. */
async function fetchAll ({ isVideo, paths }) {
  const hashes = []
  for (const path of paths) {
    const { problem, sha256 } = await fetchOne(path, isVideo ? VIDEO : IMAGE)
    if (problem) return { problem, hashes: null }
    hashes.push(sha256)
  }
  return { problem: null, hashes }
}

module.exports = { fetchAll }
