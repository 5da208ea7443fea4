'use strict'
// JSON that keeps what a double would lose. Platform ids go beyond 2^53 and some faults need texts that no
// JSON.stringify would write, so numbers stay the literal they were.

/** A piece of JSON text that is written as it is: a number's literal, or a deliberately odd value of a fault. */
class Literal {
  constructor (text) {
    this.text = text
  }

  toString () {
    return this.text
  }
}

const MAX_DEPTH = 128
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const SPACE = /[ \t\r\n]*/y

class Reader {
  constructor (text) {
    this.text = text
    this.at = 0
  }

  fail (what) {
    throw new SyntaxError(`${what} at ${this.at}`)
  }

  space () {
    SPACE.lastIndex = this.at
    SPACE.test(this.text)
    this.at = SPACE.lastIndex
  }

  value (depth) {
    if (depth > MAX_DEPTH) this.fail('nested too deep')
    this.space()
    switch (this.text[this.at]) {
      case '{': return this.object(depth)
      case '[': return this.array(depth)
      case '"': return this.string()
      case 't': return this.word('true', true)
      case 'f': return this.word('false', false)
      case 'n': return this.word('null', null)
      default: return this.number()
    }
  }

  word (word, value) {
    if (!this.text.startsWith(word, this.at)) this.fail('unexpected character')
    this.at += word.length
    return value
  }

  number () {
    NUMBER.lastIndex = this.at
    const found = NUMBER.exec(this.text)
    if (!found) this.fail('unexpected character')
    this.at = NUMBER.lastIndex
    return new Literal(found[0])
  }

  string () {
    let end = this.at + 1
    while (this.text[end] !== '"') {
      if (end >= this.text.length) this.fail('open string')
      end += this.text[end] === '\\' ? 2 : 1
    }
    const raw = this.text.slice(this.at, end + 1)
    this.at = end + 1
    return JSON.parse(raw) // escapes, surrogate pairs and forbidden controls are its business
  }

  /** Reads `item` again and again until `close`. */
  list (close, item) {
    this.at++
    this.space()
    if (this.text[this.at] === close) {
      this.at++
      return
    }
    for (;;) {
      item()
      this.space()
      const mark = this.text[this.at++]
      if (mark === close) return
      if (mark !== ',') this.fail('expected a comma')
    }
  }

  array (depth) {
    const items = []
    this.list(']', () => items.push(this.value(depth + 1)))
    return items
  }

  /** A Map, so that `__proto__` is a key like any other; of equal keys the last one wins. */
  object (depth) {
    const members = new Map()
    this.list('}', () => {
      this.space()
      if (this.text[this.at] !== '"') this.fail('expected a key')
      const key = this.string()
      this.space()
      if (this.text[this.at++] !== ':') this.fail('expected a colon')
      members.set(key, this.value(depth + 1))
    })
    return members
  }
}

/** Parses strict JSON: objects become Maps, numbers become Literals. Throws SyntaxError. */
function parse (text) {
  const reader = new Reader(text)
  const value = reader.value(0)
  reader.space()
  if (reader.at !== text.length) reader.fail('text after the end')
  return value
}

// oxlint-disable-next-line no-control-regex -- these are the characters that encoders write differently
const UNUSUAL = /[\u0008\u000c\u2028\u2029]/
const SHORT = { '\\b': '\\u0008', '\\f': '\\u000c' }

/** A JSON string as the official Go encoder writes it (fact sheet 2.6): raw UTF-8, U+2028/9 escaped. */
function quote (text) {
  const plain = JSON.stringify(text)
  if (!UNUSUAL.test(text)) return plain
  return plain
    .replace(/\\./g, pair => SHORT[pair] ?? pair)
    .replace(/\u2028/g, '\\u2028')
    .replace(/\u2029/g, '\\u2029')
}

/** Writes compact JSON of plain values, Maps, Literals and BigInts (as bare integers). */
function write (value) {
  switch (typeof value) {
    case 'string': return quote(value)
    case 'number': return String(value)
    case 'bigint': return value.toString()
    case 'boolean': return value ? 'true' : 'false'
    default: return writeCompound(value)
  }
}

function writeCompound (value) {
  if (value === null || value === undefined) return 'null'
  if (value instanceof Literal) return value.text
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  return writeMembers(value instanceof Map ? value : Object.entries(value))
}

function writeMembers (entries) {
  let out = ''
  for (const [key, value] of entries) {
    if (value === undefined) continue
    out += `${out === '' ? '' : ','}${quote(key)}:${write(value)}`
  }
  return `{${out}}`
}

module.exports = { Literal, parse, write, quote }
