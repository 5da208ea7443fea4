// Finds secrets however they were written down.
'use strict'
const assert = require('node:assert/strict')
const { randomBytes } = require('node:crypto')

/** Random text with the signs that encodings change. */
function canary() {
  return `Kz/${randomBytes(6).toString('hex')}+${randomBytes(6).toString('hex')}?=`
}

/** Every way in which a secret could be written down: `[name, bytes]`. */
function forms(secret) {
  const bytes = Buffer.from(secret)
  const wide = Buffer.from(bytes.toString('latin1'), 'utf16le')
  const percent = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  const reserved = encodeURIComponent(bytes.toString('latin1'))
  const base64 = [0, 1, 2].flatMap((shift) => base64Inside(bytes, shift))
  return [
    ['raw', bytes],
    ['hex', bytes.toString('hex')],
    ['HEX', bytes.toString('hex').toUpperCase()],
    ['percent', percent.toUpperCase()],
    ['small percent', percent],
    ['percent of reserved', reserved],
    ['utf-16le', wide],
    ['utf-16be', Buffer.from(wide).swap16()],
    // What inspect and JSON make of bytes.
    ['list of numbers', [...bytes].join(', ')],
    ['JSON of numbers', [...bytes].join(',')],
    ['dump', [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')],
    ...base64.map((text, number) => [`base64 ${number}`, text]),
  ].map(([name, form]) => [name, Buffer.from(form)])
}

/** In both alphabets, without the letters that depend on what is before and behind. */
function base64Inside(bytes, shift) {
  const shifted = Buffer.concat([Buffer.alloc(shift), bytes])
  const text = shifted.subarray(0, shifted.length - (shifted.length % 3)).toString('base64').slice([0, 2, 3][shift])
  return [text, text.replaceAll('+', '-').replaceAll('/', '_')]
}

/** Looks for many secrets, `[name, secret]`, at once; answers such as `access token as hex`. */
function scanner(secrets) {
  const [heads, needles] = [new Uint8Array(1 << 16), new Map()]
  for (const [name, secret] of secrets) {
    assert.ok(secret.length >= 12, `${name} is too short: it would be found by chance`)
    for (const [form, bytes] of forms(secret)) {
      const head = bytes.readUInt32BE(0)
      heads[head >>> 16] = 1
      needles.set(head, [...(needles.get(head) ?? []), { name: `${name} as ${form}`, bytes }])
    }
  }
  return (given) => {
    const hay = Buffer.from(given)
    const found = new Set()
    for (let at = 0; at + 4 <= hay.length; at++) {
      if (heads[(hay[at] << 8) | hay[at + 1]] === 0) continue
      for (const { name, bytes } of needles.get(hay.readUInt32BE(at)) ?? []) {
        if (hay.subarray(at, at + bytes.length).equals(bytes)) found.add(name)
      }
    }
    return [...found]
  }
}

module.exports = { canary, forms, scanner }
