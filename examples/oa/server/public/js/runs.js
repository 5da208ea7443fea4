// The newest runs. Live numbers change a row in place: a button that is being pressed must stay where it is.
import { get, post, attempt } from './api.js'
import { byId, element, number, row, short } from './dom.js'
import { count, duration, time } from './format.js'
import { badge, RUN_KIND, RUN_MODE, RUN_STATE } from './words.js'
import { shopName } from './shops.js'

const SHOWN = 10
const LABELS = ['店铺', '内容', '状态', '读取', '写入', '隔离', '平台调用', '用时', '开始', '']
const rows = new Map() // run id → { tr, cancel }

/** Reads the newest runs; answers them. */
export async function loadRuns () {
  const { items } = await get('/runs', { limit: SHOWN })
  rows.clear()
  body().replaceChildren()
  for (const run of items.toReversed()) showRun(run)
  noteEmpty()
  return items
}

/** Shows a run's numbers, a new one on top. */
export function showRun (run) {
  const known = rows.get(run.id)
  const cancel = known?.cancel ?? cancelButton(run)
  cancel.hidden = run.state !== 'running'
  const fresh = runRow(run)
  if (known) {
    fresh.forEach((cell, i) => known.tr.cells[i].replaceWith(cell))
    return
  }
  const tr = element('tr', {}, ...fresh, element('td', {}, cancel))
  rows.set(run.id, { tr, cancel })
  body().prepend(tr)
  dropOld()
}

function body () {
  return byId('runs').tBodies[0]
}

function noteEmpty () {
  byId('runs').parentElement.querySelector('.empty').hidden = rows.size > 0
}

function dropOld () {
  noteEmpty()
  for (const id of [...rows.keys()].slice(0, -SHOWN)) {
    rows.get(id).tr.remove()
    rows.delete(id)
  }
}

/** The cells of a run but the last, which holds its button. */
function runRow (run) {
  const { progress } = run
  const state = element('span', { title: run.errorMessage ?? '' }, badge(RUN_STATE, run.state), run.errorCode ? ` ${run.errorCode}` : null)
  return [...row(LABELS, [
    shopName(run.shopId), short(`${RUN_KIND[run.kind] ?? run.kind} · ${RUN_MODE[run.mode] ?? run.mode}`), short(state),
    number(count(progress.listed + progress.detailed)), number(count(progress.written)), number(count(progress.quarantined)), number(count(progress.calls)),
    number(duration(run.startedAt, run.finishedAt)), short(time(run.startedAt))
  ]).cells]
}

function cancelButton (run) {
  const button = element('button.link', { type: 'button' }, '取消')
  button.addEventListener('click', attempt(async () => showRun(await post(`/runs/${encodeURIComponent(run.id)}/cancel`))))
  return button
}
