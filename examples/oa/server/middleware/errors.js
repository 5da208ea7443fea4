'use strict'
// The one place where an error becomes an HTTP answer.

const STATUS = {
  CONFIG_INVALID: 422,
  INVALID_REQUEST: 400,
  UNSUPPORTED: 501,
  NOT_FOUND: 404,
  CONFLICT: 409,
  FORBIDDEN: 403,
  REAUTHORIZE: 409, // not 401: the user is signed in, the shop is not
  RATE_LIMITED: 429,
  TRANSIENT: 503,
  REJECTED: 422,
  PLATFORM_CONFIG: 502,
  UNKNOWN_OUTCOME: 502,
  DECODE: 502,
  STORAGE: 500,
  DATABASE_IN_USE: 503,
  KEY_WRONG: 500,
  CANCELLED: 409,
  CLOSED: 503,
  INTERNAL: 500
}

// What a user or a log may see of a DianqiaoError; none of it is secret.
const SHOWN = ['platform', 'shopId', 'operation', 'platformCode', 'requestId', 'retryable', 'retryAfterMs', 'attempts']

function fromDianqiao (error) {
  const body = { code: error.code, message: error.message }
  for (const field of SHOWN) body[field] = error[field]
  return { status: STATUS[error.code] ?? 500, body, retryAfterMs: error.retryAfterMs }
}

/** `{ status, body, retryAfterMs }` of an error. One that is not ours says nothing but that it happened. */
function describe (error) {
  if (error?.name === 'DianqiaoError') return fromDianqiao(error)
  if (error?.name === 'Refusal') return { status: error.status, body: { code: error.code, message: error.message } }
  // Express and its body parser mark a bad request with a 4xx status: bad JSON, a body too large, a bad path.
  if (error?.status >= 400 && error.status < 500) return { status: error.status, body: { code: 'INVALID_REQUEST', message: 'the request could not be read' } }
  return { status: 500, body: { code: 'INTERNAL', message: 'the server failed; its log says why' } }
}

/** `log(error)` sees every error that is the server's fault. */
function errorAnswers (log) {
  return (error, req, res, next) => {
    const { status, body, retryAfterMs } = describe(error)
    if (status >= 500) log(error)
    if (res.headersSent) return next(error)
    if (retryAfterMs !== undefined) res.set('retry-after', String(Math.ceil(retryAfterMs / 1000)))
    res.status(status).json({ error: body })
  }
}

module.exports = { errorAnswers, describe, STATUS }
