'use strict'
// Values as platforms write them, read for the comparison. Nothing here is shared with the library.

function present (fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function only (source, names) {
  return asTexts(Object.fromEntries(names.map(name => [name, source[name]])))
}

/** Numbers as texts, all the way down: the truth writes some of the ids one way and some the other. */
function asTexts (value) {
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value)) return value.map(asTexts)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, asTexts(member)]))
}

/** Text, or nothing when it is empty. */
function text (value) {
  return value === undefined || value === null || value === '' ? undefined : String(value)
}

/** An id: 0 stands for none. */
function id (value) {
  return String(value) === '0' ? undefined : text(value)
}

/** Fen of yuan as text or number, digit by digit; nothing stays nothing. */
function fen (yuan) {
  if (yuan === undefined || yuan === null || yuan === '') return undefined
  const [, sign, whole, part = ''] = /^(-?)(\d+)(?:\.(\d{0,2}))?$/.exec(String(yuan))
  return Number(`${sign}${whole}${part.padEnd(2, '0')}`)
}

/** A time as text at +08:00; empty ones and the platforms' words for never are none. */
function beijing (time) {
  if (!time || time < '1971') return undefined
  return new Date(`${time.replace(' ', 'T')}+08:00`).toISOString()
}

/** Milliseconds since 1970. */
function millis (time) {
  return time ? new Date(Number(time)).toISOString() : undefined
}

module.exports = { present, only, text, id, fen, beijing, millis }
