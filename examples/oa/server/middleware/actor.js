'use strict'
// Ties each request to the user who made it: `req.hub` may do what that user may do, and no more.
const { Refusal } = require('./refusal')

/** `actorOf(req)` gives `{ id, roles }` of the signed-in user, or nothing when nobody is signed in. */
function actAs (hub, actorOf) {
  return async (req, res, next) => {
    const actor = await actorOf(req)
    if (!actor) throw new Refusal(401, 'FORBIDDEN', 'nobody is signed in')
    req.hub = hub.as(actor)
    next()
  }
}

module.exports = { actAs }
