'use strict'
// What platforms push to us. Nobody is signed in: the platform's signature over the very bytes says who it is.
const { Refusal } = require('../../../middleware/refusal')

function receive (hub) {
  return async (req, res) => {
    if (!Buffer.isBuffer(req.body)) throw new Refusal(400, 'INVALID_REQUEST', 'a notice has a body')
    const { status, body } = await hub.notices.receive({ platform: req.params.platform, headers: req.headers, body: req.body })
    res.status(status).type('json').send(body)
  }
}

module.exports = { receive }
