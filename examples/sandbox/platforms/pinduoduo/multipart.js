'use strict'
// Reads multipart/form-data: text fields are parameters, parts with a file name are files.

const HEAD_END = Buffer.from('\r\n\r\n')

function boundaryOf (contentType) {
  const found = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType)
  if (!found) throw new SyntaxError('缺少 boundary')
  return found[1] ?? found[2]
}

/** The bytes between the boundaries. */
function * partsOf (body, boundary) {
  const mark = Buffer.from(`--${boundary}`)
  let at = body.indexOf(mark)
  while (at >= 0) {
    const from = at + mark.length
    if (body.subarray(from, from + 2).toString('latin1') === '--') return
    at = body.indexOf(Buffer.concat([Buffer.from('\r\n'), mark]), from)
    if (at < 0) break
    yield body.subarray(from + 2, at)
    at += 2
  }
  throw new SyntaxError('multipart 没有结束')
}

function readPart (part) {
  const end = part.indexOf(HEAD_END)
  if (end < 0) throw new SyntaxError('multipart 缺少头')
  const head = part.subarray(0, end).toString()
  const name = /\bname="([^"]*)"/i.exec(head)?.[1]
  if (name === undefined) throw new SyntaxError('multipart 缺少 name')
  const fileName = /\bfilename="([^"]*)"/i.exec(head)?.[1]
  const type = /content-type:\s*([^\r\n;]+)/i.exec(head)?.[1]
  return { name, fileName, type, bytes: part.subarray(end + HEAD_END.length) }
}

function readMultipart (contentType, body) {
  const pairs = []
  const files = new Map()
  for (const part of partsOf(body, boundaryOf(contentType))) {
    const { name, fileName, type, bytes } = readPart(part)
    if (fileName === undefined) pairs.push([name, bytes.toString()])
    else files.set(name, { fileName, type, bytes })
  }
  return { pairs, files }
}

module.exports = { readMultipart }
