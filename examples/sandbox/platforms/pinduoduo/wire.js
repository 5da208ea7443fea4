'use strict'
// Takes a request apart, fact sheet 4: parameters are texts, whatever they came in. Files come in multipart only.
const { Literal, parse } = require('../../json')

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** A scalar as the gateway sees it, null for one that was not sent, undefined for what is no scalar. */
function scalarText (value) {
  if (typeof value === 'string') return value
  if (value instanceof Literal) return value.text
  if (typeof value === 'boolean') return String(value)
  return value === null ? null : undefined
}

function fromJson (body) {
  const value = parse(utf8.decode(body))
  if (!(value instanceof Map)) throw new SyntaxError('请求体应为 JSON 对象')
  const pairs = []
  for (const [name, member] of value) {
    const text = scalarText(member)
    // How the platform would write a nested value is not known, so nothing could be signed; official clients send text.
    if (text === undefined) throw new SyntaxError(`${name} 应为 JSON 文本`)
    if (text !== null) pairs.push([name, text])
  }
  return { pairs, files: new Map() }
}

function fromForm (text) {
  return { pairs: [...new URLSearchParams(text)], files: new Map() }
}

/** Files were read while they came (sinkFor). */
function fromMultipart ({ sink }) {
  if (!sink) throw new SyntaxError('缺少请求体')
  if (sink.problem) throw new SyntaxError(sink.problem)
  return { pairs: sink.pairs, files: sink.files }
}

function readBody (call) {
  const { headers, body } = call
  const [type] = (headers['content-type'] ?? '').split(';')
  switch (type.trim().toLowerCase()) {
    case 'application/json': return fromJson(body)
    case 'application/x-www-form-urlencoded': return fromForm(utf8.decode(body))
    case 'multipart/form-data': return fromMultipart(call)
    default: throw new SyntaxError('不支持的 Content-Type')
  }
}

function take (call) {
  if (call.verb === 'GET') return { pairs: [...call.query], files: new Map() }
  if (call.verb !== 'POST') throw new SyntaxError('只支持 GET 和 POST')
  if (call.query.size > 0) throw new SyntaxError('参数应在请求体中')
  return readBody(call)
}

/** `{ params, files, problem }`: a Map of texts, a Map of files, and what is wrong with the form, if anything. */
function readRequest (call) {
  let taken
  try {
    taken = take(call)
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
    return { params: new Map(), files: new Map(), problem: error.message }
  }
  const params = new Map(taken.pairs)
  const problem = params.size === taken.pairs.length ? null : '参数重复'
  return { params, files: taken.files, problem }
}

module.exports = { readRequest }
