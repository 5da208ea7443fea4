'use strict'
// Reads business parameters strictly. Whatever the fact sheet does not name is refused, so that a typing error or a
// filter the sandbox does not apply never looks like an answer.
const { Literal, parse } = require('../../json')
const { refuse } = require('./envelope')

/** Carries a refusal out of a handler: by its name, or an outcome that is one in a method's own way. */
class Refused extends Error {
  constructor (name, detail) {
    super(detail)
    this.outcome = typeof name === 'string' ? refuse(name, detail) : name
  }
}

const INTEGER = /^-?(0|[1-9]\d{0,18})$/

function integerText (value, name) {
  const text = value instanceof Literal ? value.text : value
  if (typeof text !== 'string' || !INTEGER.test(text)) throw new Refused('businessParameter', `${name} 不是整数`)
  return text
}

function inRange (text, name, low, high) {
  const value = Number(text)
  if (value < low || value > high) throw new Refused('businessParameter', `${name} 超出范围`)
  return value
}

function readJson (text, name) {
  try {
    return parse(text)
  } catch {
    throw new Refused('businessParameter', `${name} 不是合法的 JSON`)
  }
}

class Params {
  /** `texts` is a Map of the business parameters as they were sent. */
  constructor (texts) {
    this.texts = texts
    // Whether the platform takes an empty text is not known (20): official clients drop it, so it is refused here.
    for (const [name, text] of texts) {
      if (text === '') throw new Refused('businessParameter', `${name} 为空`)
    }
  }

  only (...names) {
    for (const name of this.texts.keys()) {
      if (!names.includes(name)) throw new Refused('businessParameter', `沙箱不支持参数 ${name}`)
    }
  }

  has (name) {
    return this.texts.has(name)
  }

  required (name) {
    if (!this.has(name)) throw new Refused('parameterMissing', `缺少参数 ${name}`)
    return this.texts.get(name)
  }

  /** An id as it was written: a double could not hold it. */
  id (name) {
    return integerText(this.required(name), name)
  }

  optionalId (name) {
    return this.has(name) ? this.id(name) : undefined
  }

  integer (name, fallback, low = -Infinity, high = Infinity) {
    if (!this.has(name) && fallback !== undefined) return fallback
    return inRange(integerText(this.required(name), name), name, low, high)
  }

  /** One of some integers. */
  choice (name, fallback, ...values) {
    const value = this.integer(name, fallback)
    if (value !== fallback && !values.includes(value)) throw new Refused('businessParameter', `${name} 只能是 ${values.join('、')}`)
    return value
  }

  text (name, fallback = '') {
    return this.has(name) ? this.texts.get(name) : fallback
  }

  flag (name, fallback = false) {
    if (!this.has(name)) return fallback
    const text = this.texts.get(name)
    if (text === 'true') return true
    if (text === 'false') return false
    throw new Refused('businessParameter', `${name} 不是布尔值`)
  }

  list (name) {
    const value = readJson(this.required(name), name)
    if (!Array.isArray(value)) throw new Refused('businessParameter', `${name} 不是数组`)
    return value
  }

  optionalList (name) {
    return this.has(name) ? this.list(name) : []
  }

  object (name) {
    return asObject(readJson(this.required(name), name), name)
  }

  /** Both ends of a required window in unix seconds; refused when it is longer than `maxSeconds`. */
  window (fromName, toName, maxSeconds) {
    const from = this.integer(fromName)
    const to = this.integer(toName)
    if (from > to) throw new Refused('businessParameter', `${fromName} 晚于 ${toName}`)
    if (to - from > maxSeconds) throw new Refused('businessParameter', `${fromName} 与 ${toName} 间隔不能超过 ${maxSeconds} 秒`)
    return [from, to]
  }

  page (maxSize, defaultSize = maxSize, sizeName = 'page_size', pageName = 'page') {
    return { page: this.integer(pageName, 1, 1, 1_000_000), size: this.integer(sizeName, defaultSize, 1, maxSize) }
  }
}

function asObject (value, name) {
  if (!(value instanceof Map)) throw new Refused('businessParameter', `${name} 不是对象`)
  return value
}

/** A member of a nested object: an integer, bare or as a text of digits. */
function memberInteger (object, name, fallback, low = -Infinity, high = Infinity) {
  const value = object.get(name)
  if (value === undefined || value === null) {
    if (fallback === undefined) throw new Refused('parameterMissing', `缺少参数 ${name}`)
    return fallback
  }
  return inRange(integerText(value, name), name, low, high)
}

function memberId (object, name) {
  const value = object.get(name)
  if (value === undefined || value === null) throw new Refused('parameterMissing', `缺少参数 ${name}`)
  return integerText(value, name)
}

function memberText (object, name, fallback = '') {
  const value = object.get(name)
  if (value === undefined || value === null) return fallback
  if (typeof value !== 'string') throw new Refused('businessParameter', `${name} 不是字符串`)
  return value
}

module.exports = { Params, Refused, integerText, readJson, asObject, memberInteger, memberId, memberText }
