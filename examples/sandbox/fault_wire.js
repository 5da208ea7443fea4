'use strict'
// Faults that never reach the platform (stage `instead`) and right answers sent badly (stage `wire`).
// Each gets the response, the headers every answer has (Date among them), and the fault's options; those of stage
// `instead` get the platform too, whose `filler` is the beginning and the end of a success with a text between them.
const { pipeline, Readable } = require('node:stream')
const zlib = require('node:zlib')

const MEGABYTE = 1024 * 1024
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }
const HTML_TYPE = { 'content-type': 'text/html; charset=utf-8' }
const LOGIN_PAGE = '<!DOCTYPE html><html><head><meta charset="utf-8"><title>登录</title></head><body><form action="/login" method="post"><h1>请先登录</h1><input name="user"></form></body></html>'

function send (res, headers, status, type, body) {
  res.writeHead(status, { ...headers, ...type, 'content-length': Buffer.byteLength(body) })
  res.end(body)
}

function gatewayPage (status, words) {
  return (res, headers) => send(res, headers, status, HTML_TYPE, `<html><head><title>${status} ${words}</title></head><body><center><h1>${status} ${words}</h1></center></body></html>`)
}

/** Valid JSON as far as it goes, so that only a size limit can stop a reader. */
function * spaces (megabytes, [before, after]) {
  yield Buffer.from(before)
  const block = Buffer.alloc(MEGABYTE, ' ')
  for (let i = 0; i < megabytes; i++) yield block
  yield Buffer.from(after)
}

const TEN_YEARS_S = 10 * 365 * 86_400

function retryAfter (value) {
  return (res, headers, options) => send(res, { ...headers, 'retry-after': value(headers, options) }, options.status, JSON_TYPE, '{"message":"try again later"}')
}

/** An HTTP date `ms` from the platform's time, which the Date header tells. */
function httpDate (headers, ms) {
  return new Date(Date.parse(headers.date) + ms).toUTCString()
}

function redirect (status) {
  return (res, headers, { location }, platform) => send(res, { ...headers, location: location ?? `/${platform.id}/elsewhere` }, status, HTML_TYPE, '')
}

const INSTEAD = {
  http_429: (res, headers, { retryAfter }) => send(res, { ...headers, 'retry-after': String(retryAfter) }, 429, JSON_TYPE, '{"message":"too many requests"}'),
  http_401: (res, headers) => send(res, headers, 401, JSON_TYPE, '{"message":"unauthorized"}'),
  http_403: gatewayPage(403, 'Forbidden'),
  http_500: gatewayPage(500, 'Internal Server Error'),
  http_502: gatewayPage(502, 'Bad Gateway'),
  http_503: (res, headers, options) => gatewayPage(503, 'Service Unavailable')(res, options.retryAfter === null ? headers : { ...headers, 'retry-after': String(options.retryAfter) }),
  retry_after_date: retryAfter((headers, { inMs }) => httpDate(headers, inMs)),
  retry_after_past: retryAfter((headers, { agoMs }) => httpDate(headers, -agoMs)),
  retry_after_negative: retryAfter(() => '-5'),
  retry_after_ten_years: retryAfter(() => String(TEN_YEARS_S)),
  retry_after_text: retryAfter((headers, { text }) => text),
  http_504: (res, headers) => send(res, headers, 504, {}, ''),
  html_200: (res, headers) => send(res, headers, 200, HTML_TYPE, LOGIN_PAGE),
  empty_200: (res, headers) => send(res, headers, 200, JSON_TYPE, ''),
  redirect_302: redirect(302),
  redirect_307: redirect(307),
  redirect_308: redirect(308),
  reset: res => res.socket?.resetAndDestroy(),
  close_silently: res => res.socket?.destroy(),
  garbage_status: res => res.socket?.end('\u0000\u0001 not http at all\r\n\r\n'),
  hang () {},
  gzip_bomb (res, headers, { megabytes }, { filler }) {
    res.writeHead(200, { ...headers, ...JSON_TYPE, 'content-encoding': 'gzip' })
    pipeline(Readable.from(spaces(megabytes, filler)), zlib.createGzip({ level: 1 }), res, () => {})
  },
  endless_body (res, headers, { megabytes }, { filler }) {
    res.writeHead(200, { ...headers, ...JSON_TYPE })
    pipeline(Readable.from(spaces(megabytes, filler)), res, () => {})
  },
  many_headers (res, headers, { count }) {
    const lines = Array.from({ length: count }, (_, i) => `x-noise-${i}: ${'n'.repeat(40)}\r\n`)
    res.socket?.end(`HTTP/1.1 200 OK\r\n${lines.join('')}content-length: 2\r\n\r\n{}`)
  }
}

function cut (res, answer, headers, share) {
  const part = answer.body.subarray(0, Math.max(1, Math.floor(answer.body.length * share)))
  res.writeHead(answer.status, headers)
  res.write(part, () => res.socket?.destroy())
}

function whole (res, answer, headers) {
  res.writeHead(answer.status, { ...headers, ...answer.headers, 'content-length': answer.body.length })
  res.end(answer.body)
}

const WIRE = {
  wrong_content_type: (res, answer, headers, { type }) => {
    res.writeHead(answer.status, { ...headers, ...answer.headers, 'content-type': type, 'content-length': answer.body.length })
    res.end(answer.body)
  },
  cut_body: (res, answer, headers, { share }) => cut(res, answer, { ...headers, ...answer.headers, 'content-length': answer.body.length }, share),
  chunked_cut: (res, answer, headers, { share }) => cut(res, answer, { ...headers, ...answer.headers }, share),
  lost_reset: res => res.socket?.resetAndDestroy(),
  lost_close: res => res.socket?.destroy(),
  lost_cut: (res, answer, headers, { share }) => cut(res, answer, { ...headers, ...answer.headers, 'content-length': answer.body.length }, share),
  lost_500: (res, answer, headers) => gatewayPage(500, 'Internal Server Error')(res, headers),
  token_lost: res => res.socket?.resetAndDestroy(),
  interim_102 (res, answer, headers) {
    res.writeProcessing()
    whole(res, answer, headers)
  },
  close_after (res, answer, headers) {
    const { socket } = res
    res.on('finish', () => socket?.destroySoon())
    whole(res, answer, headers)
  },
  hang_headers (res, answer, headers) {
    res.writeHead(answer.status, { ...headers, ...answer.headers, 'content-length': answer.body.length })
    res.flushHeaders()
  },
  hang_connect: whole, // the rest is the server's
  slow_body (res, answer, headers, { bytes, intervalMs }) {
    res.writeHead(answer.status, { ...headers, ...answer.headers, 'content-length': answer.body.length })
    let at = 0
    const timer = setInterval(() => {
      res.write(answer.body.subarray(at, at + bytes))
      at += bytes
      if (at >= answer.body.length) res.end()
    }, intervalMs)
    res.on('close', () => clearInterval(timer))
  }
}

module.exports = { INSTEAD, WIRE }
