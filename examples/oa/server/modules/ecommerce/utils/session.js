'use strict'
// The browser's session, as far as OAuth needs it: whoever comes back from the platform must be who set out.
// An OA with a sign-in gives its own session id to `begin` and `complete` instead and needs none of this.
const { randomBytes } = require('node:crypto')

const COOKIE = 'dianqiao_oauth'
const FORMAT = /^[0-9a-f]{64}$/
const LIFE_MS = 10 * 60 * 1000 // as long as the core remembers a begun authorisation

/** The session value the browser holds, or undefined. */
function readSession (req) {
  for (const pair of (req.headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2)
    if (name === COOKIE && FORMAT.test(value ?? '')) return value
  }
  return undefined
}

/** The session value the browser holds, or a new one; either way it lives on from now. */
function keepSession (req, res, secure) {
  const session = readSession(req) ?? randomBytes(32).toString('hex')
  // Lax, not Strict: the platform sends the browser back from another site.
  res.cookie(COOKIE, session, { httpOnly: true, sameSite: 'lax', secure, path: req.baseUrl, maxAge: LIFE_MS })
  return session
}

module.exports = { readSession, keepSession }
