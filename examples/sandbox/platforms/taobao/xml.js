'use strict'
// XML as far as the platform needs it: answers for callers that forget format=json, and the documents of schema based
// publishing (fact sheet 5.3).

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }
const NAMED = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const HEAD = '<?xml version="1.0" encoding="utf-8"?>'

function escapeXml (text) {
  return String(text).replace(/[&<>"']/g, character => ENTITIES[character])
}

function unescapeXml (text) {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex || decimal) return String.fromCodePoint(hex ? parseInt(hex, 16) : Number(decimal))
    if (!NAMED[name]) throw new SyntaxError(`unknown entity ${whole}`)
    return NAMED[name]
  })
}

function element (name, value) {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.map(one => element(name, one)).join('')
  const inner = typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype
    ? Object.entries(value).map(([key, member]) => element(key, member)).join('')
    : escapeXml(value)
  return `<${name}>${inner}</${name}>`
}

/** The XML form of an answer in the full form. */
function renderXml (tree) {
  return HEAD + Object.entries(tree).map(([name, value]) => element(name, value)).join('')
}

/** A node as text: `{ name, attributes, children, text }`, all but the name optional. */
function writeNode ({ name, attributes = {}, children = [], text = '' }) {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`).join('')
  return `<${name}${given}>${escapeXml(text)}${children.map(writeNode).join('')}</${name}>`
}

function writeDocument (node) {
  return HEAD + writeNode(node)
}

const TOKEN = /<\?[^]*?\?>|<!--[^]*?-->|<!\[CDATA\[([^]*?)\]\]>|<\/([\w:.-]+)\s*>|<([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g

function attributesOf (text) {
  return Object.fromEntries([...text.matchAll(ATTRIBUTE)].map(([, name, double, single]) => [name, unescapeXml(double ?? single)]))
}

/** Reads a document without DTD. Throws SyntaxError. */
function parseDocument (source) {
  const root = { name: '', attributes: {}, children: [], text: '' }
  const open = [root]
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < source.length) {
    const from = TOKEN.lastIndex
    const found = TOKEN.exec(source)
    if (!found) throw new SyntaxError(`not well formed at ${from}`)
    takeToken(open, found)
  }
  if (open.length !== 1 || root.children.length !== 1 || root.text.trim() !== '') throw new SyntaxError('not one element')
  return root.children[0]
}

function takeToken (open, [, cdata, closing, opening, attributes, empty, text]) {
  const current = open[open.length - 1]
  if (cdata !== undefined) current.text += cdata
  else if (text !== undefined) current.text += unescapeXml(text)
  else if (closing !== undefined) {
    if (closing !== current.name || open.length === 1) throw new SyntaxError(`unexpected </${closing}>`)
    open.pop()
  } else if (opening !== undefined) {
    const node = { name: opening, attributes: attributesOf(attributes), children: [], text: '' }
    current.children.push(node)
    if (!empty) open.push(node)
  }
}

module.exports = { renderXml, writeDocument, parseDocument }
