'use strict'
// Registered applications, fact sheet 1.2 and 1.3: `appKey` and `appSecret` are client_key and client_secret.
const { Apps } = require('../../apps')

const FIELDS = ['appKey', 'appSecret', 'name', 'redirectUri', 'callsPerSecond', 'callsPerDay', 'shops', 'scopes', 'clientTokenLimit', 'webhookUrl']
const SCOPES = [
  'user_info', 'video.create.bind', 'video.list.bind', 'video.data.bind', 'data.external.item', 'data.external.user',
  'renew_refresh_token', 'aweme.share', 'h5.share', 'open.get.ticket'
]
const CLIENT_TOKENS_IN_5_MINUTES = 500 // 1.4, one of two numbers that are told

class DouyinApps extends Apps {
  constructor (options) {
    super('douyin', FIELDS, options)
  }

  check ({ scopes, webhookUrl }) {
    if (!Array.isArray(scopes) || scopes.some(scope => typeof scope !== 'string')) throw new RangeError('scopes is a list of texts')
    if (webhookUrl !== null && !/^https?:$/.test(new URL(webhookUrl).protocol)) throw new RangeError('webhookUrl is a network address')
  }

  makeUp () {
    const { random, options } = this
    return {
      appKey: `aw${random.text('abcdefghijklmnopqrstuvwxyz0123456789', 14)}`,
      appSecret: random.hex(32),
      name: `店桥内容应用${this.byKey.size + 1}`,
      redirectUri: options.redirectUri,
      callsPerSecond: options.callsPerSecond,
      callsPerDay: null,
      scopes: SCOPES,
      clientTokenLimit: CLIENT_TOKENS_IN_5_MINUTES,
      webhookUrl: null,
      shops: null
    }
  }
}

module.exports = { Apps: DouyinApps }
