// The table: medians over the rounds, and what each program costs beside the floor and beside ours.
'use strict'
const SETTINGS = {
  floor: 'bare Rust, FULL, no SKUs', control: 'idle beside the busy floor', dianqiao: 'the addon, FULL',
  worker: 'undici, better-sqlite3 in a worker, FULL', tuned: 'the same on the main thread, FULL', plan: 'axios, sqlite3, FULL, one upsert at a time',
}

function median (values) {
  const known = values.filter(value => Number.isFinite(value)).sort((one, other) => one - other)
  return known.length === 0 ? NaN : known[Math.floor((known.length - 1) / 2)]
}

const shown = (value, digits = 0) => (Number.isFinite(value) ? value.toFixed(digits) : '–')

module.exports = function report (machine, found) {
  const of = (name, latency, pick) => median(found.filter(one => one.name === name && one.latency === latency).map(one => pick(one)))
  const stage = (name, latency, which, pick) => of(name, latency, ({ stages }) => (stages[which] ? pick(stages[which]) : NaN))
  const micros = (name, which) => stage(name, 0, which, ({ cpu, rows }) => (cpu / rows) * 1e6)
  const lines = [machine, '', '| program | stage | rows/s at 0 ms | rows/s at 20 ms | CPU µs/row | × floor | loop p50/p99/max ms | route p50/p99/max ms | MB above idle |', '|---|---|---|---|---|---|---|---|---|']
  for (const name of Object.keys(SETTINGS)) {
    for (const which of ['idle', 'products', 'skus', 'orders']) {
      const speed = latency => stage(name, latency, which, ({ rows, wall }) => rows / wall)
      if (!Number.isFinite(stage(name, 0, which, ({ wall }) => wall))) continue
      const late = key => shown(stage(name, 0, which, ({ delay }) => delay?.[key] ?? NaN), 1)
      const ping = key => shown(of(name, 0, one => one.ping?.[key] ?? NaN), 1)
      lines.push(`| ${name}: ${SETTINGS[name]} | ${which} | ${shown(speed(0))} | ${shown(speed(20))} | ${shown(micros(name, which), 1)} | ${shown(micros(name, which) / micros('floor', which), 2)} | ${late('p50')}/${late('p99')}/${late('max')} | ${ping('p50')}/${ping('p99')}/${ping('max')} | ${shown(of(name, 0, one => one.memory?.above ?? NaN))} |`)
    }
  }
  return lines.join('\n')
}
