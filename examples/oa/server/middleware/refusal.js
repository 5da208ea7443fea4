'use strict'

/** A request that this server refuses by itself, before dianqiao sees it. Codes are those of docs/errors.md. */
class Refusal extends Error {
  constructor (status, code, message) {
    super(message)
    this.name = 'Refusal'
    this.status = status
    this.code = code
  }
}

module.exports = { Refusal }
