'use strict'
// Reads fields of a query or a JSON body. dianqiao checks what they mean; here only their types are made sure of.
const { Refusal } = require('../../../middleware/refusal')

function invalid (name, what) {
  return new Refusal(400, 'INVALID_REQUEST', `${name} must be ${what}`)
}

function text (value, name) {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string') throw invalid(name, 'one text')
  return value
}

/** A whole number; from a query it comes as text. */
function integer (value, name) {
  if (value === undefined || value === null || value === '') return undefined
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  if (!Number.isSafeInteger(number) || number < 0) throw invalid(name, 'a whole number')
  return number
}

function flag (value, name) {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'boolean') throw invalid(name, 'true or false')
  return value
}

/** A list of texts. */
function texts (value, name) {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value) || !value.every(one => typeof one === 'string')) throw invalid(name, 'a list of texts')
  return value
}

/** An object whose fields are not ours to know, such as a platform's own. */
function record (value, name) {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'object' || Array.isArray(value)) throw invalid(name, 'an object')
  return value
}

function oneOf (...words) {
  return (value, name) => {
    if (!words.includes(value)) throw invalid(name, words.join(' or '))
    return value
  }
}

/** A nested object, read by its own fields. */
function object (fields) {
  return (value, name) => {
    const given = record(value, name)
    return given === undefined ? undefined : read(given, fields)
  }
}

/** The fields that are named, each read by its reader; absent ones are left out, others are not looked at. */
function read (source, fields) {
  const values = {}
  for (const [name, reader] of Object.entries(fields)) {
    const value = reader(source?.[name], name)
    if (value !== undefined) values[name] = value
  }
  return values
}

module.exports = { read, text, texts, integer, flag, oneOf, object, record }
