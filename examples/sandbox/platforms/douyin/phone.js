'use strict'
// The phone that opens a share link, and the thumb that presses publish or does not.
const { Refused } = require('./params')
const { IMAGES, VIDEO } = require('./post_seed')
const { addPost, entryOf, checkAccount, checkText } = require('./publish')
const { readLink, BadLink } = require('./share_link')

/** `{ shared, problem }`: what a link brings, or what the app says of it. */
function open (world, link, nowMs) {
  try {
    return { shared: readLink(link, { apps: world.apps, shares: world.shares, second: Math.floor(nowMs / 1000) }), problem: null }
  } catch (error) {
    if (!(error instanceof BadLink)) throw error
    return { shared: null, problem: error.message }
  }
}

function post (world, account, shared, { text = shared.text, privateStatus = 0, media = shared.paths }, nowMs) {
  checkText(text)
  checkAccount(account, world.rules, Math.floor(nowMs / 1000))
  return addPost(world, account, { text, privateStatus, mediaType: shared.isVideo ? VIDEO : IMAGES, media, via: 'share', shareId: shared.shareId }, nowMs)
}

/**
 * The user presses publish: `{ itemId, problem }`. `wish` may have the `text` the user made of the title,
 * `privateStatus`, and `media`, the hashes of files that were fetched.
 */
function press (world, account, shared, wish, nowMs) {
  try {
    const made = post(world, account, shared, wish, nowMs)
    world.writeLog.add({ at: nowMs, shopId: account.id, method: 'phone', ...entryOf(account, made), requestId: null })
    return { itemId: made.id, problem: null }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return { itemId: null, problem: error.outcome.detail }
  }
}

module.exports = { open, press }
