'use strict'
// Registered applications, and how long what they are given lives (fact sheet 2.5).
const { Apps } = require('../../apps')

const DAY_S = 86400
const FIELDS = ['appKey', 'appSecret', 'name', 'redirectUri', 'callsPerSecond', 'shopCallsPerSecond', 'dailyCalls', 'decryptsPerDay', 'kind', 'rotates', 'denied', 'shops', 'accessSeconds', 'refreshSeconds', 'tierSeconds']

// `refreshSeconds` 0: cannot be refreshed, the seller has to authorise again.
const KINDS = {
  service: { accessSeconds: 30 * DAY_S, refreshSeconds: 60 * DAY_S }, // as long as the subscription
  backOffice: { accessSeconds: 365 * DAY_S, refreshSeconds: 0 },
  test: { accessSeconds: DAY_S, refreshSeconds: 0 }
}

class TaobaoApps extends Apps {
  constructor (options) {
    super('taobao', FIELDS, options)
  }

  merged (given, known) {
    const kind = given.kind ?? known?.kind ?? 'service'
    if (!KINDS[kind]) throw new RangeError(`unknown kind of app: ${kind}`)
    return { ...this.makeUp(), ...KINDS[kind], ...known, ...(given.kind ? KINDS[kind] : {}), ...given }
  }

  makeUp () {
    const { random, options } = this
    return {
      appKey: `2${random.digits(7)}`,
      appSecret: random.hex(32),
      name: `店桥演示应用${this.byKey.size + 1}`,
      redirectUri: options.redirectUri,
      callsPerSecond: options.callsPerSecond,
      dailyCalls: null,
      decryptsPerDay: null,
      kind: 'service',
      rotates: true,
      denied: [],
      tierSeconds: {},
      shops: null
    }
  }
}

module.exports = { Apps: TaobaoApps }
