'use strict'
// Faults that change a right answer: its JSON (stage `answer`) or its bytes (stage `bytes`).
//
// A platform tells with a `shape` where things are: `{ rows | record, total, id, price, status, text, optional }`,
// the first three being paths from the top of the answer, the others names in a record.
const { Literal, parse, write } = require('./json')
const { touch } = require('./fault_plan')

const UNKNOWN_STATUS = 777
const UNKNOWN_CODE = 47110
const BEYOND_64_BITS = '18446744073709551616'
const MEGABYTE = 1024 * 1024
const BREAKS = ['object_for_number', 'missing_id', 'comma_price', 'text_for_record']

function reach (tree, path) {
  return path.reduce((node, name) => (node instanceof Map ? node.get(name) : undefined), tree)
}

/** The records of the answer as an array to change, or an empty one. */
function recordsOf (tree, shape) {
  const rows = shape.rows ? reach(tree, shape.rows) : [reach(tree, shape.record)]
  return Array.isArray(rows) && rows.every(row => row instanceof Map) ? rows : []
}

function idOf (record, shape) {
  const id = record.get(shape.id)
  return id instanceof Literal ? id.text : String(id)
}

/** Calls `change(record, rows, index)` for `count` records and remembers their ids. */
function spoil (tree, shape, entry, change) {
  const rows = recordsOf(tree, shape)
  for (const index of entry.random.sample([...rows.keys()], entry.options.count)) {
    const record = rows[index]
    touch(entry, idOf(record, shape))
    change(record, rows, index)
  }
}

function breakRecord (shape, how, record, rows, index) {
  switch (how) {
    case 'object_for_number': return record.set(shape.price, new Map([['amount', new Literal('1')]]))
    case 'missing_id': return record.delete(shape.id)
    case 'comma_price': return record.set(shape.price, '12,34')
    case 'text_for_record':
      // A lone record has no list to stand in; its price is spoiled instead.
      if (shape.rows) rows[index] = '[object Object]'
      else record.set(shape.price, 'NaN')
  }
}

function stringify (value) {
  if (value instanceof Literal) return value.text
  if (Array.isArray(value)) return value.map(stringify)
  if (value instanceof Map) return new Map([...value].map(([key, member]) => [key, stringify(member)]))
  return value
}

function setAt (tree, path, value) {
  const parent = reach(tree, path.slice(0, -1))
  if (parent instanceof Map) parent.set(path[path.length - 1], value)
}

const ANSWER = {
  broken_record (tree, shape, entry) {
    const how = entry.options.how ?? BREAKS[(entry.fired - 1) % BREAKS.length]
    spoil(tree, shape, entry, (record, rows, index) => breakRecord(shape, how, record, rows, index))
  },
  unknown_status: (tree, shape, entry) => spoil(tree, shape, entry, record => record.set(shape.status, new Literal(String(UNKNOWN_STATUS)))),
  null_fields: (tree, shape, entry) => spoil(tree, shape, entry, record => {
    for (const name of entry.options.fields ?? shape.optional) record.set(name, null)
  }),
  missing_fields: (tree, shape, entry) => spoil(tree, shape, entry, record => {
    for (const name of entry.options.fields ?? shape.optional) record.delete(name)
  }),
  lone_surrogate: (tree, shape, entry) => spoil(tree, shape, entry, record => record.set(shape.text, new Literal('"半个\\ud800字"'))),
  huge_number: (tree, shape, entry) => spoil(tree, shape, entry, record => record.set(shape.price, new Literal('1e400'))),
  odd_time: (tree, shape, entry) => spoil(tree, shape, entry, record => record.set(shape.time, entry.options.text)),
  huge_id: (tree, shape, entry) => spoil(tree, shape, entry, record => record.set(shape.id, new Literal(BEYOND_64_BITS))),
  nul_in_text: (tree, shape, entry) => spoil(tree, shape, entry, record => record.set(shape.text, '前\u0000后')),
  raw_control: (tree, shape, entry) => spoil(tree, shape, entry, record => record.set(shape.text, new Literal('"前\u0001后"'))),
  huge_record: (tree, shape, entry) => spoil(tree, shape, entry, record => record.set(shape.text, '长'.padEnd(entry.options.megabytes * MEGABYTE, 'x'))),
  lost_code (tree) {
    tree.set('code', new Literal(String(UNKNOWN_CODE))).set('msg', '未知错误').set('sub_code', 'isv.sandbox-never-documented').set('data', null)
  },
  new_fields (tree, shape) {
    for (const record of recordsOf(tree, shape)) record.set('brand_new_field', new Map([['a', [null, true, '新']]]))
  },
  numbers_as_strings: tree => stringify(tree),
  deep_nesting (tree, shape, entry) {
    const { depth } = entry.options
    tree.set('nested', new Literal('['.repeat(depth) + ']'.repeat(depth)))
  },
  duplicate_rows (tree, shape, entry) {
    const rows = recordsOf(tree, shape)
    for (const record of entry.random.sample(rows, entry.options.count)) {
      touch(entry, idOf(record, shape))
      rows.push(record)
    }
  },
  wrong_total (tree, shape, entry) {
    const truth = Number(reach(tree, shape.total)?.text ?? 0)
    setAt(tree, shape.total, new Literal(String(entry.options.total ?? Math.floor(truth / 2))))
  },
  empty_page: (tree, shape) => setAt(tree, shape.rows, []),
  has_next_forever: (tree, shape) => setAt(tree, shape.total, new Literal('1000000000')),
  token_other_shop (tree, shape, entry) {
    setAt(tree, ['data', shape.shop], new Literal(entry.options.shopId))
  },
  token_no_refresh: (tree, shape) => setAt(tree, ['data', shape.refresh], ''),
  token_odd_expiry (tree, shape, entry) {
    setAt(tree, ['data', shape.expires], new Literal(String(entry.options.expiresIn)))
  }
}

/** The answer's body after all `entries` of stage `answer` (and list endings of stage `call`). */
function changeAnswer (body, shape, entries) {
  let tree = parse(body.toString())
  for (const entry of entries) {
    const changed = ANSWER[entry.fault]?.(tree, shape ?? {}, entry)
    if (entry.fault === 'numbers_as_strings') tree = changed
  }
  return Buffer.from(write(tree))
}

const GBK_WORDS = Buffer.from([0xb3, 0xc9, 0xb9, 0xa6])

const BYTES = {
  duplicate_keys: body => Buffer.concat([Buffer.from('{"code":47110,'), body.subarray(1)]),
  trailing_bytes: body => Buffer.concat([body, Buffer.from('\n<!-- cache -->')]),
  byte_order_mark: body => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]),
  invalid_utf8: body => Buffer.concat([body.subarray(0, 1), Buffer.from('"gateway":"'), GBK_WORDS, Buffer.from('",'), body.subarray(1)]),
  cut_json: (body, entry) => body.subarray(0, Math.floor(body.length * entry.options.share))
}

/** The answer's body after all `entries` of stage `bytes`. */
function changeBytes (body, entries) {
  return entries.reduce((bytes, entry) => BYTES[entry.fault](bytes, entry), body)
}

module.exports = { changeAnswer, changeBytes, ANSWER, BYTES }
