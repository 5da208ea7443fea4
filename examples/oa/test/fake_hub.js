'use strict'
// A hub without a core: answers from memory and notes who asked for what, so that the server can be tested by itself.

const PROGRESS = { listed: 0, detailed: 0, written: 0, unchanged: 0, quarantined: 0, calls: 0 }

/** An error as the core throws it. */
function fault (code, fields = {}) {
  return Object.assign(new Error(fields.message ?? `this is ${code}`), { name: 'DianqiaoError', code, retryable: false, attempts: 1, ...fields })
}

class FakeHub {
  constructor () {
    this.asked = [] // [actor id, operation, argument]
    this.answers = {} // operation → value or function, throws when it is an Error
    this.shopsOf = {} // actor id → shops
    this.syncs = []
  }

  as (actor) {
    const answer = operation => async argument => this.answer(actor, operation, argument)
    const group = (name, ...operations) => Object.fromEntries(operations.map(operation => [operation, answer(`${name}.${operation}`)]))
    return {
      platforms: group('platforms', 'list'),
      apps: group('apps', 'list', 'save'),
      oauth: group('oauth', 'begin', 'complete'),
      shops: { ...group('shops', 'counts'), list: async () => this.shopsOf[actor.id] ?? [] },
      products: { ...group('products', 'list', 'get'), sync: options => this.sync('products', options) },
      orders: { ...group('orders', 'list', 'get'), sync: options => this.sync('orders', options) },
      runs: group('runs', 'list', 'get', 'cancel'),
      health: answer('health')
    }
  }

  answer (actor, operation, argument) {
    this.asked.push([actor.id, operation, argument])
    const answer = this.answers[operation] ?? { items: [] }
    if (answer instanceof Error) throw answer
    return typeof answer === 'function' ? answer(argument) : answer
  }

  /** The test moves a sync on by hand: `syncs[n].progress(…)`, `.end(…)` or `.fail(…)`. */
  sync (kind, options) {
    const run = { id: String(this.syncs.length + 1), shopId: options.shopId, kind, mode: 'full', state: 'running', stage: 'list', progress: PROGRESS }
    return new Promise((resolve, reject) => {
      options.signal.addEventListener('abort', () => reject(fault('CANCELLED')))
      this.syncs.push({
        options,
        progress: progress => options.onProgress({ ...run, progress: { ...PROGRESS, ...progress } }),
        end: () => resolve({ ...run, state: 'done' }),
        fail: reject
      })
    })
  }
}

module.exports = { FakeHub, fault }
