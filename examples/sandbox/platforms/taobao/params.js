'use strict'
// Reads business parameters strictly: what the fact sheet does not name is refused, so that a typing error or a filter
// the sandbox does not apply never looks like an answer.
const { parseShanghaiText } = require('../../clock')
const { parse } = require('../../json')
const { refuse } = require('./envelope')

/** Carries a refusal out of a handler. */
class Refused extends Error {
  constructor (name, suffix, detail, seconds) {
    super(detail)
    this.refusal = refuse(name, { suffix, detail, seconds })
  }
}

const INTEGER = /^-?(0|[1-9]\d{0,18})$/
const YUAN = /^\d{1,9}(\.\d{1,2})?$/

class Params {
  /** Blank values count as absent, as they do in the signature (4, point 3). */
  constructor (pairs, files) {
    this.members = new Map([...pairs].filter(([, value]) => value.trim() !== ''))
    this.files = files
  }

  only (...names) {
    for (const name of [...this.members.keys(), ...this.files.keys()]) {
      if (!names.includes(name)) throw new Refused('parameterInvalid', name, `沙箱不支持参数 ${name}`)
    }
  }

  has (name) {
    return this.members.has(name)
  }

  text (name, fallback = '') {
    return this.members.get(name) ?? fallback
  }

  required (name) {
    if (!this.has(name)) throw new Refused('parameterMissing', name, `缺少参数 ${name}`)
    return this.members.get(name)
  }

  oneOf (name, values, fallback) {
    const value = this.members.get(name) ?? fallback
    if (value !== undefined && !values.includes(value)) throw new Refused('parameterInvalid', name, `${name} 的值无效`)
    return value
  }

  /** The digits of an id, which may be beyond 2^53. */
  id (name) {
    const text = this.required(name)
    if (!INTEGER.test(text)) throw new Refused('parameterInvalid', name, `${name} 不是整数`)
    return text
  }

  optionalId (name) {
    return this.has(name) ? this.id(name) : undefined
  }

  integer (name, fallback, low = -Infinity, high = Infinity) {
    if (!this.has(name) && fallback !== undefined) return fallback
    const value = Number(this.id(name))
    if (value < low || value > high) throw new Refused('parameterInvalid', name, `${name} 超出范围`)
    return value
  }

  flag (name, fallback = false) {
    return this.oneOf(name, ['true', 'false'], String(fallback)) === 'true'
  }

  /** A comma list, or null. */
  list (name, most = Infinity) {
    if (!this.has(name)) return null
    const items = this.text(name).split(',').map(item => item.trim())
    if (items.length > most || items.includes('')) throw new Refused('parameterInvalid', name, `${name} 最多 ${most} 个，且不能有空值`)
    return items
  }

  /** The unix second of a time text (3.5), or undefined. */
  time (name) {
    if (!this.has(name)) return undefined
    const ms = parseShanghaiText(this.text(name))
    if (Number.isNaN(ms)) throw new Refused('parameterInvalid', name, `${name} 应为 yyyy-MM-dd HH:mm:ss`)
    return ms / 1000
  }

  requiredTime (name) {
    this.required(name)
    return this.time(name)
  }

  /** Fen of a yuan text. */
  yuan (name) {
    return fenOf(this.required(name), name)
  }

  /** A structured argument: compact JSON in one parameter. */
  json (name) {
    try {
      return parse(this.required(name))
    } catch (error) {
      if (error instanceof Refused) throw error
      throw new Refused('parameterInvalid', name, `${name} 不是合法的 JSON`)
    }
  }
}

function fenOf (text, name) {
  if (!YUAN.test(text)) throw new Refused('parameterInvalid', name, `${name} 不是金额`)
  const [yuan, cents = ''] = text.split('.')
  return Number(yuan) * 100 + Number(cents.padEnd(2, '0'))
}

module.exports = { Params, Refused, fenOf }
