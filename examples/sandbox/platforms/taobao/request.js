'use strict'
// Reads a request: parameters of the query and of the form together, files apart (fact sheet 3.1 and 4).

const FORM = 'application/x-www-form-urlencoded'
const NAME = /(?:^|;)\s*name="([^"]*)"/i
const FILE_NAME = /(?:^|;)\s*filename="([^"]*)"/i

/** The parts of a multipart body as `{ head, body }`, or null when it is not well formed. */
function multipartParts (body, boundary) {
  const mark = Buffer.from(`--${boundary}`)
  const parts = []
  let at = body.indexOf(mark)
  while (at >= 0) {
    const from = at + mark.length
    if (body.toString('latin1', from, from + 2) === '--') return parts
    const next = body.indexOf(Buffer.concat([Buffer.from('\r\n'), mark]), from)
    const split = body.indexOf('\r\n\r\n', from)
    if (next < 0 || split < 0 || split > next) return null
    parts.push({ head: body.toString('utf8', from + 2, split), body: body.subarray(split + 4, next) })
    at = next + 2
  }
  return null
}

function dispositionOf (head) {
  return head.split('\r\n').find(line => /^content-disposition:/i.test(line)) ?? ''
}

function readMultipart (body, type) {
  const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1]
  const parts = boundary && multipartParts(body, boundary)
  if (!parts) return { pairs: [], files: new Map(), broken: true }
  const pairs = []
  const files = new Map()
  for (const part of parts) {
    const disposition = dispositionOf(part.head)
    const name = NAME.exec(disposition)?.[1]
    const fileName = FILE_NAME.exec(disposition)?.[1]
    if (name === undefined) return { pairs, files, broken: true }
    if (fileName === undefined) pairs.push([name, part.body.toString()])
    else files.set(name, { name: fileName, bytes: part.body })
  }
  return { pairs, files, broken: false }
}

function readBody ({ body, headers }) {
  const type = headers['content-type'] ?? ''
  if (body.length === 0) return { pairs: [], files: new Map(), broken: false }
  if (/^multipart\/form-data/i.test(type)) return readMultipart(body, type)
  const broken = type.split(';')[0].trim().toLowerCase() !== FORM
  return { pairs: broken ? [] : [...new URLSearchParams(body.toString())], files: new Map(), broken }
}

/**
 * `{ params, files, broken, repeated }` of a call, read once. `params` maps names to texts, `repeated` names what was
 * sent twice, and blank values are kept: what they mean is the gate's business.
 */
function readRequest (call) {
  if (call.request) return call.request
  const { pairs, files, broken } = readBody(call)
  const all = [...call.query, ...pairs]
  const params = new Map(all)
  const repeated = all.length === params.size ? null : all.map(([name]) => name).find((name, at, names) => names.indexOf(name) !== at)
  call.request = { params, files, broken, repeated }
  return call.request
}

module.exports = { readRequest }
