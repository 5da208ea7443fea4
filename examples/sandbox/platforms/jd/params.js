'use strict'
// Reads business parameters. Values are taken loosely, a number as text or a text as number (fact sheet 3); names are
// taken strictly, since they are irregular and misspelt and a typing error must not look like an answer.
const { Literal } = require('../../json')
const { parseShanghaiText } = require('../../clock')
const { Refused } = require('./envelope')

const INTEGER = /^-?(0|[1-9]\d{0,18})$/
const YUAN = /^(0|[1-9]\d{0,9})(\.\d{1,2})?$/
const DATE_TEXT = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/
const MILLISECONDS = /^\d{13}$/

/** Fen of a yuan text, through decimal text and not floating point (18). */
function fenOf (text) {
  const [yuan, part = ''] = text.split('.')
  return Number(yuan) * 100 + Number(part.padEnd(2, '0'))
}

function scalarText (value) {
  if (value instanceof Literal) return value.text
  if (typeof value === 'boolean') return String(value)
  return value
}

class Params {
  constructor (members) {
    this.members = members
  }

  only (...names) {
    for (const name of this.members.keys()) {
      if (!names.includes(name)) throw new Refused('wrongParameter', `沙箱不支持参数 ${name}`)
    }
  }

  has (name) {
    const value = this.members.get(name)
    return value !== undefined && value !== null && value !== ''
  }

  /** Any scalar as text; '' when absent. */
  text (name) {
    if (!this.has(name)) return ''
    const text = scalarText(this.members.get(name))
    if (typeof text !== 'string') throw new Refused('wrongParameter', `${name} 应为文本`)
    return text
  }

  required (name) {
    const text = this.text(name)
    if (text === '') throw new Refused('wrongParameter', `缺少参数 ${name}`)
    return text
  }

  /** The digits of an id; undefined when absent. */
  idOrNone (name) {
    if (!this.has(name)) return undefined
    const text = this.text(name)
    if (!INTEGER.test(text)) throw new Refused('wrongParameter', `${name} 不是整数`)
    return text
  }

  id (name) {
    this.required(name)
    return this.idOrNone(name)
  }

  /** Without a fallback the value is required. */
  integer (name, { fallback, low = -Infinity, high = Infinity } = {}) {
    if (!this.has(name) && fallback !== undefined) return fallback
    const value = Number(this.id(name))
    if (value < low || value > high) throw new Refused('wrongValue', `${name} 超出范围`)
    return value
  }

  /** A comma separated list, or null. Arrays are refused: these parameters are text (1.5). */
  list (name, most = Infinity) {
    if (!this.has(name)) return null
    const items = this.text(name).split(',').map(item => item.trim())
    if (items.length > most) throw new Refused('wrongValue', `${name} 最多 ${most} 个`)
    return items
  }

  requiredList (name, most) {
    this.required(name)
    return this.list(name, most)
  }

  /** An amount in yuan, in fen. */
  yuan (name) {
    const text = this.required(name)
    if (!YUAN.test(text)) throw new Refused('wrongParameter', `${name} 不是金额`)
    return fenOf(text)
  }

  /** Unix seconds, perhaps with a fraction, of a date text or of 13 digits of milliseconds; undefined when absent. */
  time (name) {
    if (!this.has(name)) return undefined
    const text = this.text(name)
    const ms = MILLISECONDS.test(text) ? Number(text) : DATE_TEXT.test(text) ? parseShanghaiText(text) : NaN
    if (Number.isNaN(ms)) throw new Refused('wrongParameter', `${name} 不是时间`)
    return ms / 1000
  }

  /** Both ends of a window, included and in whole seconds, or undefined when neither is given. */
  window (fromName, toName) {
    const from = this.time(fromName)
    const to = this.time(toName)
    if (from === undefined && to === undefined) return undefined
    if (from > to) throw new Refused('wrongValue', `${fromName} 晚于 ${toName}`)
    return [from === undefined ? undefined : Math.ceil(from), to === undefined ? undefined : Math.floor(to)]
  }

  object (name) {
    const value = this.members.get(name)
    if (!(value instanceof Map)) throw new Refused('wrongParameter', `${name} 应为对象`)
    return new Params(value)
  }

  /** A list of objects, or null when absent. */
  objects (name, most = Infinity) {
    if (!this.has(name)) return null
    const value = this.members.get(name)
    if (!Array.isArray(value) || !value.every(one => one instanceof Map)) throw new Refused('wrongParameter', `${name} 应为对象数组`)
    if (value.length > most) throw new Refused('wrongValue', `${name} 最多 ${most} 个`)
    return value.map(one => new Params(one))
  }

  /** A list of scalars, or null when absent. */
  texts (name) {
    if (!this.has(name)) return null
    const value = this.members.get(name)
    const texts = Array.isArray(value) ? value.map(scalarText) : [null]
    if (!texts.every(one => typeof one === 'string')) throw new Refused('wrongParameter', `${name} 应为数组`)
    return texts
  }
}

module.exports = { Params, fenOf }
