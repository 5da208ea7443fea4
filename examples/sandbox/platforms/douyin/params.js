'use strict'
// Reads what a call was given, strictly: whatever the fact sheet does not name is refused, so that a typing error never
// looks like an answer.
const { Literal, parse } = require('../../json')
const { refuse } = require('./envelope')

class Refused extends Error {
  constructor (name, detail) {
    super(detail)
    this.outcome = refuse(name, detail)
  }
}

const INTEGER = /^-?(0|[1-9]\d{0,15})$/

function invalid (name, what) {
  return new Refused('parameterInvalid', `${name} ${what}`)
}

class Params {
  /** `values` is a Map of texts (form, query) or of parsed JSON. */
  constructor (values) {
    this.values = values
  }

  only (...names) {
    for (const name of this.values.keys()) {
      if (!names.includes(name)) throw new Refused('parameterInvalid', `沙箱不支持参数 ${name}`)
    }
  }

  has (name) {
    const value = this.values.get(name)
    return value !== undefined && value !== null && value !== ''
  }

  text (name) {
    if (!this.has(name)) throw new Refused('parameterMissing', `缺少参数 ${name}`)
    const value = this.values.get(name)
    if (typeof value !== 'string') throw invalid(name, '不是字符串')
    return value
  }

  optionalText (name, fallback = '') {
    return this.has(name) ? this.text(name) : fallback
  }

  /** A number, bare or as a text of digits. */
  integer (name, fallback) {
    if (!this.has(name) && fallback !== undefined) return fallback
    if (!this.has(name)) throw new Refused('parameterMissing', `缺少参数 ${name}`)
    const value = this.values.get(name)
    const text = value instanceof Literal ? value.text : value
    if (typeof text !== 'string' || !INTEGER.test(text)) throw invalid(name, '不是整数')
    return Number(text)
  }

  choice (name, fallback, ...values) {
    const value = this.integer(name, fallback)
    if (!values.includes(value)) throw invalid(name, `只能是 ${values.join('、')}`)
    return value
  }

  seconds (name) {
    if (!this.has(name)) return 0
    const value = Number(this.values.get(name) instanceof Literal ? this.values.get(name).text : NaN)
    if (!(value >= 0)) throw invalid(name, '不是秒数')
    return value
  }

  flag (name) {
    const value = this.values.get(name) ?? false
    if (typeof value !== 'boolean') throw invalid(name, '不是布尔值')
    return value
  }

  /** A list of texts. */
  list (name) {
    const value = this.values.get(name) ?? []
    if (!Array.isArray(value) || value.some(one => typeof one !== 'string')) throw invalid(name, '不是字符串数组')
    return value
  }
}

function fromPairs (pairs) {
  const list = [...pairs]
  const values = new Map(list)
  if (values.size < list.length) throw new Refused('parameterInvalid', '参数重复')
  return new Params(values)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function fromJson (body) {
  let value
  try {
    value = parse(utf8.decode(body))
  } catch {
    throw new Refused('parameterInvalid', '请求体不是合法的 JSON')
  }
  if (!(value instanceof Map)) throw new Refused('parameterInvalid', '请求体应为 JSON 对象')
  return new Params(value)
}

function typeOf (headers) {
  return (headers['content-type'] ?? '').split(';')[0].trim().toLowerCase()
}

function need (call, type) {
  if (typeOf(call.headers) !== type) throw new Refused('parameterInvalid', `Content-Type 应为 ${type}`)
}

/** A call's body in the only encoding its method takes. */
const BODIES = {
  none: () => new Params(new Map()),
  form (call) {
    need(call, 'application/x-www-form-urlencoded')
    return fromPairs(new URLSearchParams(call.body.toString()))
  },
  json (call) {
    need(call, 'application/json')
    return fromJson(call.body)
  },
  multipart (call) {
    if (!call.sink) throw new Refused('parameterInvalid', 'Content-Type 应为 multipart/form-data')
    if (call.sink.problem) throw new Refused('parameterInvalid', call.sink.problem)
    return fromPairs(call.sink.pairs)
  }
}

module.exports = { Refused, fromPairs, BODIES, typeOf }
