'use strict'
// The phone that opens a share link, and the thumb that presses publish or does not.
const { Refused } = require('./params')
const { IMAGES, VIDEO } = require('./post_seed')
const { addPost, entryOf, checkAccount, checkText } = require('./publish')
const { readLink, BadLink } = require('./share_link')

/** Posts what the link brought; `text` is what the user made of its title. */
function press (world, account, shared, text, privateStatus, nowMs) {
  checkText(text)
  checkAccount(account, world.rules, Math.floor(nowMs / 1000))
  return addPost(world, account, {
    text, privateStatus, mediaType: shared.isVideo ? VIDEO : IMAGES, media: shared.paths, via: 'share', shareId: shared.shareId
  }, nowMs)
}

/**
 * Answers `{ opened, problem, itemId, shared }`: whether the app took the link, what it said, and the post there is now.
 * Without `publish` the user looks at it and goes away.
 */
function open (world, account, { link, publish = true, text, privateStatus = 0 }, nowMs) {
  try {
    const shared = readLink(link, { apps: world.apps, shares: world.shares, second: Math.floor(nowMs / 1000) })
    if (!publish) return { opened: true, problem: null, itemId: null, shared }
    return { opened: true, problem: null, ...pressed(world, account, shared, text ?? shared.text, privateStatus, nowMs), shared }
  } catch (error) {
    if (!(error instanceof BadLink)) throw error
    return { opened: false, problem: error.message, itemId: null, shared: null }
  }
}

function pressed (world, account, shared, text, privateStatus, nowMs) {
  try {
    const post = press(world, account, shared, text, privateStatus, nowMs)
    world.writeLog.add({ at: nowMs, shopId: account.id, method: 'phone', ...entryOf(account, post), requestId: null })
    return { itemId: post.id }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return { problem: error.outcome.detail, itemId: null }
  }
}

module.exports = { open }
