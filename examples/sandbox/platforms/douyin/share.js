'use strict'
// Sharing without server-side publishing, fact sheet 1.9: tickets, ids of shares, and links made by the platform.
const { Random, deriveSeed } = require('../../random')
const { accept } = require('./envelope')
const { Refused } = require('./params')
const { writeLink } = require('./share_link')

const TICKET_LIFE_S = 7200
const CONTENT = ['state', 'video_path', 'image_path', 'title', 'poi_id']

class Shares {
  constructor (seed) {
    this.random = new Random(deriveSeed(seed, 'douyin', 'shares'))
    this.tickets = new Map() // ticket → { appKey, until }
    this.ids = new Map() // share_id → { appKey, callback }
    this.ends = new Map() // nonce of a link that the platform made → the second it ends
  }

  ticket (appKey, second) {
    const ticket = this.random.text('ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789', 30) + '=='
    this.tickets.set(ticket, { appKey, until: second + TICKET_LIFE_S })
    return ticket
  }

  /** The tickets of an application that work at that moment. */
  ticketsOf (appKey, second) {
    return [...this.tickets].filter(([, one]) => one.appKey === appKey && second < one.until).map(([ticket]) => ticket)
  }

  shareId (appKey, callback) {
    const id = `17${this.random.digits(17)}`
    this.ids.set(id, { appKey, callback })
    return id
  }
}

function getTicket (call, world, { app, query }) {
  query.only()
  return accept({ ticket: world.shares.ticket(app.appKey, call.second), expires_in: TICKET_LIFE_S })
}

/** Only with need_callback does a share come back as a webhook. */
function shareId (call, world, { app, query }) {
  query.only('need_callback')
  return accept({ share_id: world.shares.shareId(app.appKey, query.optionalText('need_callback') === 'true') })
}

/** The content of a link in the names the link has. */
function contentOf (params) {
  const texts = Object.fromEntries(CONTENT.filter(name => params.has(name)).map(name => [name, params.text(name)]))
  const lists = ['image_list_path', 'hashtag_list'].filter(name => params.has(name)).map(name => [name, JSON.stringify(params.list(name))])
  return { share_to_publish: String(params.integer('share_to_publish', 0)), ...texts, ...Object.fromEntries(lists) }
}

function getShare (call, world, { app, params, query }) {
  query.only()
  params.only('client_ticket', 'expire_at', 'share_to_publish', 'image_list_path', 'hashtag_list', ...CONTENT)
  const ticket = params.text('client_ticket')
  const until = params.integer('expire_at')
  if (!world.shares.ticketsOf(app.appKey, call.second).includes(ticket)) throw new Refused('parameterInvalid', 'client_ticket 无效或已过期')
  if (until <= call.second) throw new Refused('parameterInvalid', 'expire_at 已过')
  const nonce = world.shares.random.hex(16)
  world.shares.ends.set(nonce, until)
  return accept({ schema: writeLink({ appKey: app.appKey, nonce, ticket, timestamp: call.second }, contentOf(params)) })
}

module.exports = { Shares, getTicket, shareId, getShare }
