'use strict'
// Reads multipart/form-data while it arrives: text fields are kept, of a file only what its reader keeps.

const HEAD_END = Buffer.from('\r\n\r\n')
const MAX_HEAD_BYTES = 16 * 1024
const MAX_FIELD_BYTES = 1024 * 1024

function boundaryOf (contentType) {
  const found = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType)
  return found?.[1] ?? found?.[2]
}

function readHead (text) {
  return {
    name: /\bname="([^"]*)"/i.exec(text)?.[1],
    fileName: /\bfilename="([^"]*)"/i.exec(text)?.[1],
    type: /content-type:\s*([^\r\n;]+)/i.exec(text)?.[1]?.trim()
  }
}

/** Collects a text field. */
class Field {
  constructor () {
    this.chunks = []
    this.size = 0
  }

  update (chunk) {
    this.size += chunk.length
    if (this.size <= MAX_FIELD_BYTES) this.chunks.push(Buffer.from(chunk))
  }

  text () {
    return Buffer.concat(this.chunks).toString()
  }
}

/** After `end()`: `pairs` of fields, `files` by name as `{ fileName, type, reader }`, and `problem`, a text or null. */
class MultipartReader {
  /** `fileReader(name)` answers what takes the bytes of a file by `update(chunk)`. */
  constructor (contentType, fileReader, maxBytes) {
    const boundary = boundaryOf(contentType)
    this.fileReader = fileReader
    this.maxBytes = maxBytes
    this.size = 0
    this.pairs = []
    this.files = new Map()
    this.problem = boundary === undefined ? '缺少 boundary' : null
    this.mark = Buffer.from(`\r\n--${boundary}`)
    this.rest = Buffer.from('\r\n') // before the first boundary there is no end of a line
    this.state = 'body' // of no part: what stands before the first boundary counts for nothing
    this.part = null
  }

  write (chunk) {
    this.size += chunk.length
    if (this.problem || this.state === 'done') return
    this.rest = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk
    while (!this.problem && this[this.state]());
  }

  end () {
    if (this.state !== 'done') this.problem ??= this.state === 'head' ? 'multipart 缺少头' : 'multipart 没有结束'
  }

  // One step of each state: true when there may be another one.

  body () {
    const at = this.rest.indexOf(this.mark)
    const end = at >= 0 ? at : Math.max(0, this.rest.length - this.mark.length + 1)
    if (end > 0) this.part?.reader.update(this.rest.subarray(0, end))
    this.rest = this.rest.subarray(at >= 0 ? at + this.mark.length : end)
    if (at < 0) return false
    this.finish()
    this.state = 'line'
    return true
  }

  line () {
    if (this.rest.length < 2) return false
    const last = this.rest.subarray(0, 2).toString('latin1') === '--'
    this.rest = this.rest.subarray(2)
    this.state = last ? 'done' : 'head'
    return true
  }

  head () {
    const at = this.rest.indexOf(HEAD_END)
    if (at < 0) {
      if (this.rest.length > MAX_HEAD_BYTES) this.problem = 'multipart 缺少头'
      return false
    }
    this.begin(readHead(this.rest.subarray(0, at).toString()))
    this.rest = this.rest.subarray(at + HEAD_END.length)
    this.state = 'body'
    return true
  }

  done () {
    return false
  }

  begin (head) {
    if (head.name === undefined) this.problem = 'multipart 缺少 name'
    this.part = { ...head, reader: head.fileName === undefined ? new Field() : this.fileReader(head.name) }
  }

  finish () {
    const { part } = this
    this.part = null
    if (!part) return
    if (part.fileName !== undefined) this.files.set(part.name, part)
    else if (part.reader.size > MAX_FIELD_BYTES) this.problem = `multipart 字段过大：${part.name}`
    else this.pairs.push([part.name, part.reader.text()])
  }
}

module.exports = { MultipartReader }
