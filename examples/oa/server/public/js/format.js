// How values look to people. Amounts are whole fen and stay whole numbers until the last step.
const PLACES = new Intl.NumberFormat('zh-CN')
const TIME = new Intl.DateTimeFormat('zh-CN', { month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false })
const FULL_TIME = new Intl.DateTimeFormat('zh-CN', { dateStyle: 'medium', timeStyle: 'medium', hour12: false })

export function yuan (fen) {
  if (fen === undefined) return ''
  const size = Math.abs(fen)
  return `${fen < 0 ? '-' : ''}¥${PLACES.format(Math.floor(size / 100))}.${String(size % 100).padStart(2, '0')}`
}

export function count (value) {
  return value === undefined ? '—' : PLACES.format(value)
}

export function time (iso) {
  return iso ? TIME.format(new Date(iso)) : ''
}

export function fullTime (iso) {
  return iso ? FULL_TIME.format(new Date(iso)) : ''
}

export function duration (from, to) {
  const seconds = Math.max(0, (new Date(to ?? Date.now()) - new Date(from)) / 1000)
  return seconds < 60 ? `${seconds.toFixed(1)} 秒` : `${Math.floor(seconds / 60)} 分 ${Math.round(seconds % 60)} 秒`
}
