'use strict'
// Faults that change a right answer: its JSON (stage `answer`) or its bytes (stage `bytes`).
//
// A platform tells with a `shape` where things are. Paths from the top of the answer: `rows` or `record`, `total`, `more`
// (the flag that says whether a page follows), `list` (what is absent when a page is empty; without it the rows are an
// empty array), and of token answers `shop`, `refresh`, `expires`. Names in a record: `id`, `price`, `status`, `text`,
// `time` and the array `optional`; `within` is the member of a row that holds these, where they are not in the row
// itself. A path goes through JSON_TEXT where the value is a text that holds JSON itself.
// What a code that no document names looks like, the platform knows: `asUnknownCode(tree)` answers such an answer.
const { Literal, parse, write } = require('./json')
const { touch } = require('./fault_plan')

const UNKNOWN_STATUS = '777'
const UNKNOWN_VALUE = 47110
const HUGE_PRICE = '1e400'
const JSON_TEXT = Symbol('JSON text')
const BEYOND_64_BITS = '18446744073709551616'
const MEGABYTE = 1024 * 1024
const BREAKS = ['object_for_number', 'missing_id', 'comma_price', 'text_for_record']

function step (node, name) {
  if (name === JSON_TEXT) return typeof node === 'string' ? parse(node) : undefined
  return node instanceof Map ? node.get(name) : undefined
}

function reach (tree, path) {
  return path.reduce(step, tree)
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

/** What holds the named fields of a row. */
function fieldsOf (row, { within }) {
  return within ? row.get(within) : row
}

/** Calls `change(record, rows, index)` for `count` records and remembers their ids. */
function spoil (tree, shape, entry, change) {
  const rows = recordsOf(tree, shape)
  for (const index of entry.random.sample([...rows.keys()], entry.options.count)) {
    const record = fieldsOf(rows[index], shape)
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

/** Sets what is at `path`, or takes it away when `value` is undefined; JSON texts on the way are written anew. */
function setAt (tree, path, value) {
  const within = path.lastIndexOf(JSON_TEXT)
  if (within >= 0) {
    const inner = reach(tree, path.slice(0, within + 1))
    setAt(inner, path.slice(within + 1), value)
    return setAt(tree, path.slice(0, within), write(inner))
  }
  const parent = reach(tree, path.slice(0, -1))
  const name = path[path.length - 1]
  if (!(parent instanceof Map)) return
  if (value === undefined) parent.delete(name)
  else parent.set(name, value)
}

/** `text` in the form the value before had: a number stays a number, a text a text. */
function inFormOf (before, text) {
  return typeof before === 'string' ? text : new Literal(text)
}

/** Where an unknown field does not hide the answer: inside of a single wrapper, otherwise at the top. */
function inside (tree) {
  const [only] = tree.values()
  return tree.size === 1 && only instanceof Map ? only : tree
}

/** The total of a page, if this answer has one. */
function countAt (tree, path) {
  const count = path && reach(tree, path)
  return count === undefined || count === null ? undefined : Number(count)
}

// Each changes the tree, or answers another one.
const ANSWER = {
  broken_record (tree, shape, entry) {
    const how = entry.options.how ?? BREAKS[(entry.fired - 1) % BREAKS.length]
    spoil(tree, shape, entry, (record, rows, index) => breakRecord(shape, how, record, rows, index))
  },
  unknown_status: (tree, shape, entry) => spoil(tree, shape, entry, record => record.set(shape.status, inFormOf(record.get(shape.status), UNKNOWN_STATUS))),
  null_fields: (tree, shape, entry) => spoil(tree, shape, entry, record => {
    for (const name of entry.options.fields ?? shape.optional) record.set(name, null)
  }),
  missing_fields: (tree, shape, entry) => spoil(tree, shape, entry, record => {
    for (const name of entry.options.fields ?? shape.optional) record.delete(name)
  }),
  lone_surrogate: (tree, shape, entry) => spoil(tree, shape, entry, record => record.set(shape.text, new Literal('"半个\\ud800字"'))),
  huge_number: (tree, shape, entry) => spoil(tree, shape, entry, record => record.set(shape.price, inFormOf(record.get(shape.price), HUGE_PRICE))),
  odd_time: (tree, shape, entry) => spoil(tree, shape, entry, record => record.set(shape.time, entry.options.text)),
  huge_id: (tree, shape, entry) => spoil(tree, shape, entry, record => record.set(shape.id, new Literal(BEYOND_64_BITS))),
  nul_in_text: (tree, shape, entry) => spoil(tree, shape, entry, record => record.set(shape.text, '前\u0000后')),
  raw_control: (tree, shape, entry) => spoil(tree, shape, entry, record => record.set(shape.text, new Literal('"前\u0001后"'))),
  huge_record: (tree, shape, entry) => spoil(tree, shape, entry, record => record.set(shape.text, '长'.padEnd(entry.options.megabytes * MEGABYTE, 'x'))),
  lost_code: (tree, shape, entry, platform) => platform.asUnknownCode(tree),
  new_fields (tree, shape) {
    for (const record of recordsOf(tree, shape)) record.set('brand_new_field', new Map([['a', [null, true, '新']]]))
  },
  numbers_as_strings: tree => stringify(tree),
  deep_nesting (tree, shape, entry) {
    const { depth } = entry.options
    inside(tree).set('nested', new Literal('['.repeat(depth) + ']'.repeat(depth)))
  },
  duplicate_rows (tree, shape, entry) {
    const rows = recordsOf(tree, shape)
    for (const record of entry.random.sample(rows, entry.options.count)) {
      touch(entry, idOf(fieldsOf(record, shape), shape))
      rows.push(record)
    }
  },
  wrong_total (tree, shape, entry) {
    const truth = countAt(tree, shape.total)
    if (truth !== undefined) setAt(tree, shape.total, new Literal(String(entry.options.total ?? Math.floor(truth / 2))))
  },
  empty_page (tree, shape) {
    if (shape.list) setAt(tree, shape.list, undefined)
    else setAt(tree, shape.rows, [])
  },
  has_next_forever (tree, shape) {
    if (countAt(tree, shape.total) !== undefined) setAt(tree, shape.total, new Literal('1000000000'))
    if (shape.more && reach(tree, shape.more) !== undefined) setAt(tree, shape.more, true)
  },
  token_other_shop (tree, shape, entry) {
    setAt(tree, shape.shop, inFormOf(reach(tree, shape.shop), entry.options.shopId))
  },
  token_no_refresh: (tree, shape) => setAt(tree, shape.refresh, ''),
  token_odd_expiry (tree, shape, entry) {
    setAt(tree, shape.expires, new Literal(String(entry.options.expiresIn)))
  }
}

/** The answer's body after all `entries` of stage `answer` (and list endings of stage `call`). */
function changeAnswer (body, shape, entries, platform) {
  let tree = parse(body.toString())
  for (const entry of entries) tree = ANSWER[entry.fault](tree, shape ?? {}, entry, platform) ?? tree
  return Buffer.from(write(tree))
}

const GBK_WORDS = Buffer.from([0xb3, 0xc9, 0xb9, 0xa6])

const FIRST_KEY = /^\{("(?:[^"\\]|\\.)*"):(\{?)/

/** The bytes with `piece` as the first member: of the wrapper where there is one, otherwise of the answer. */
function withMember (body, piece) {
  const [whole, , wrapper] = FIRST_KEY.exec(body.toString('latin1', 0, 1000)) ?? []
  const at = wrapper ? whole.length : 1
  return Buffer.concat([body.subarray(0, at), piece, body.subarray(at)])
}

function withFirstKeyTwice (body) {
  const [, key] = FIRST_KEY.exec(body.toString('latin1', 0, 1000))
  return Buffer.concat([Buffer.from(`{${key}:${UNKNOWN_VALUE},`, 'latin1'), body.subarray(1)])
}

const BYTES = {
  duplicate_keys: withFirstKeyTwice,
  trailing_bytes: body => Buffer.concat([body, Buffer.from('\n<!-- cache -->')]),
  byte_order_mark: body => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]),
  invalid_utf8: body => withMember(body, Buffer.concat([Buffer.from('"gateway":"'), GBK_WORDS, Buffer.from('",')])),
  cut_json: (body, entry) => body.subarray(0, Math.floor(body.length * entry.options.share))
}

/** The answer's body after all `entries` of stage `bytes`. */
function changeBytes (body, entries) {
  return entries.reduce((bytes, entry) => BYTES[entry.fault](bytes, entry), body)
}

module.exports = { changeAnswer, changeBytes, ANSWER, BYTES, JSON_TEXT }
