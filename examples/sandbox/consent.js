'use strict'
// The pages that a merchant's browser sees, and the way back to the application: the same on all platforms.

const HTML = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'", 'cache-control': 'no-store' }
const STYLE = 'body{font:16px/1.6 sans-serif;max-width:32em;margin:3em auto;padding:0 1em}fieldset{border:1px solid #ccc}button{font-size:1em;padding:.4em 1.5em}'
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escapeHtml (text) {
  return String(text).replace(/[&<>"']/g, character => ENTITIES[character])
}

function htmlPage (status, title, body) {
  const text = `<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><h1>${escapeHtml(title)}</h1>${body}</body></html>`
  return { status, headers: HTML, body: Buffer.from(text) }
}

function redirect (uri, values) {
  const target = new URL(uri)
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined) target.searchParams.set(name, value)
  }
  return { status: 302, headers: { location: target.href, 'cache-control': 'no-store' }, body: Buffer.alloc(0) }
}

module.exports = { escapeHtml, htmlPage, redirect }
