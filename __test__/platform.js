// A shop to sync in tests.
'use strict'

/** Connects a shop and gives its id. */
async function connectedShop(_t, _hub) {
  return '1'
}

/** A method that answers with its parameters. */
const echo = 'echo'

module.exports = { connectedShop, echo }
