'use strict'
// Reads business parameters strictly. Whatever the fact sheet does not name is refused, so that a typing error or a
// filter the sandbox does not apply never looks like an answer.
const { Literal, parse } = require('../../json')
const { refuse } = require('./envelope')

/** Carries a refusal out of a handler. */
class Refused extends Error {
  constructor (name, detail) {
    super(detail)
    this.outcome = refuse(name, detail)
  }
}

const INTEGER = /^-?(0|[1-9]\d{0,18})$/

class Params {
  constructor (members) {
    this.members = members
  }

  only (...names) {
    for (const name of this.members.keys()) {
      if (!names.includes(name)) throw new Refused('parameterInvalid', `沙箱不支持参数 ${name}`)
    }
  }

  has (name) {
    const value = this.members.get(name)
    return value !== undefined && value !== null
  }

  /** An integer's text; bare or as a digit string, since older clients send every value as a string (2.6). */
  integerText (name) {
    if (!this.has(name)) return undefined
    const value = this.members.get(name)
    const text = value instanceof Literal ? value.text : value
    if (typeof text !== 'string' || !INTEGER.test(text)) throw new Refused('parameterFormat', `${name} 不是整数`)
    return text
  }

  integer (name, fallback, low = -Infinity, high = Infinity) {
    const text = this.integerText(name)
    if (text === undefined) {
      if (fallback === undefined) throw new Refused('parameterMissing', `缺少参数 ${name}`)
      return fallback
    }
    const value = Number(text)
    if (value < low || value > high) throw new Refused('parameterInvalid', `${name} 超出范围`)
    return value
  }

  text (name, fallback = '') {
    if (!this.has(name)) return fallback
    const value = this.members.get(name)
    if (typeof value !== 'string') throw new Refused('parameterFormat', `${name} 不是字符串`)
    return value
  }

  flag (name) {
    if (!this.has(name)) return false
    const value = this.members.get(name)
    if (value === true || value === 'true') return true
    if (value === false || value === 'false') return false
    throw new Refused('parameterFormat', `${name} 不是布尔值`)
  }

  list (name) {
    if (!this.has(name)) return null
    const value = this.members.get(name)
    if (!Array.isArray(value)) throw new Refused('parameterFormat', `${name} 不是数组`)
    return value
  }

  /** Both ends of a time window in unix seconds, or null when neither is given. */
  window (fromName, toName) {
    if (!this.has(fromName) && !this.has(toName)) return null
    const from = this.has(fromName) ? this.integer(fromName) : undefined
    const to = this.has(toName) ? this.integer(toName) : undefined
    if (from > to) throw new Refused('parameterInvalid', `${fromName} 晚于 ${toName}`)
    return [from, to]
  }
}

/** The value of a JSON document that is sent as a text. */
function asJsonText (text, name) {
  try {
    return parse(text)
  } catch {
    throw new Refused('parameterFormat', `${name} 不是合法的 JSON 文本`)
  }
}

module.exports = { Params, Refused, asJsonText }
