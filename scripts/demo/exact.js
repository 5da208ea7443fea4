'use strict'
// Reads JSON text without losing a digit.

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** Parses JSON with every number as the text it was written as: ids do not fit into doubles. */
function parseExact (json) {
  return JSON.parse(json.replace(TOKEN, token => (token[0] === '"' ? token : `"${token}"`)))
}

module.exports = { parseExact }
