// Content that is published: a new draft, the list, and one promotion with what happened to it and what can be done.
import { get, post, put, attempt, upload } from './api.js'
import { byId, element, facts, number, options, row, short, table } from './dom.js'
import { count, fullTime, time } from './format.js'
import { badge, DECISION, LIVE_STATE, PROMOTION_KIND, PROMOTION_STATUS } from './words.js'
import { showDetail } from './detail.js'
import { shopName } from './shops.js'

const LABELS = ['标题', '类型', '状态', '账号', '版本', '更新时间']
const FIGURES = [['plays', '播放'], ['likes', '点赞'], ['comments', '评论'], ['shares', '分享']]
let reload = async () => {}
let open = null // id of the promotion in the dialog
let rewritten = null // the promotion that the form writes anew; null for a new one

/** What can be done from where; the server decides whether this user may. */
const ACTIONS = {
  submit: { label: '提交审批', from: ['draft'] },
  approve: { label: '批准', from: ['in_approval'], body: ({ version }) => ({ version }) },
  reject: { label: '驳回', from: ['in_approval'], body: ({ version }) => withReason({ version }) },
  schedule: { label: '立即发布', from: ['scheduled'] },
  retry: { label: '重试', from: ['failed', 'expired'] },
  check: { label: '查询平台状态', from: ['under_review', 'published', 'waiting_for_user', 'taken_down'] },
  cancel: { label: '取消', from: ['draft', 'in_approval', 'scheduled', 'queued', 'uploading', 'waiting_for_user'] }
}
const REWRITABLE = ['draft', 'in_approval', 'scheduled', 'queued', 'rejected', 'failed', 'cancelled', 'expired']
const RESOLUTIONS = [['accepted', '平台上已有'], ['send_again', '平台上没有，重新发布'], ['drop', '放弃']]

function withReason (body) {
  const comment = prompt('驳回原因')
  return comment === null ? null : { ...body, comment }
}

export function promotionRow (promotion) {
  const { id, draft, status, shopId, version, updatedAt } = promotion
  const link = element('button.link', { type: 'button' }, draft.title)
  link.addEventListener('click', attempt(() => showPromotion(id)))
  const tr = row(LABELS, [link, short(PROMOTION_KIND[draft.kind] ?? draft.kind), short(badge(PROMOTION_STATUS, status)), shopName(shopId), number(version), short(time(updatedAt))])
  tr.dataset.promotion = id
  return tr
}

/** A step that was just taken: its row changes in place, and the dialog when it is open. */
export async function onPromotion (promotion) {
  const known = document.querySelector(`#panel-promotions tr[data-promotion="${CSS.escape(promotion.id)}"]`)
  if (known) known.replaceWith(promotionRow(promotion))
  else await reload()
  if (open === promotion.id) await showPromotion(promotion.id)
}

export function onLive ({ draft, liveState }) {
  byId('live').textContent = `${draft.title}：${LIVE_STATE[liveState] ?? liveState}`
  byId('live').hidden = false
}

async function showPromotion (id) {
  const path = `/promotions/${encodeURIComponent(id)}`
  const [promotion, metrics] = await Promise.all([get(path), get(`${path}/metrics`)])
  open = id
  showDetail(promotion.draft.title, [about(promotion), buttons(promotion, path), figures(metrics), steps(promotion.steps)])
}

function about ({ draft, shopId, status, reason, version, approval, publishAt, link, platformPromotionId, platformStatus, createdBy }) {
  const said = approval && [DECISION[approval.decision], approval.actor, approval.comment].filter(Boolean).join(' · ')
  const live = draft.live && `${fullTime(draft.live.startsAt)} 至 ${fullTime(draft.live.endsAt)} ${draft.live.room ?? ''}`
  return facts([
    ['账号', shopName(shopId)], ['类型', PROMOTION_KIND[draft.kind] ?? draft.kind], ['状态', badge(PROMOTION_STATUS, status)], ['原因', reason],
    ['文案', draft.text], ['直播', live], ['版本', version], ['审批', said], ['定时', publishAt && fullTime(publishAt)],
    ['链接', link], ['平台编号', platformPromotionId], ['平台状态', platformStatus], ['创建人', createdBy]
  ])
}

function buttons (promotion, path) {
  const possible = Object.entries(ACTIONS).filter(([, { from }]) => from.includes(promotion.status))
  const made = possible.map(([verb, { label, body = () => ({}) }]) => button(label, () => act(promotion.id, `${path}/${verb}`, body(promotion))))
  const seen = promotion.status === 'needs_human' ? RESOLUTIONS.map(([resolution, label]) => button(label, () => act(promotion.id, `${path}/resolve`, { resolution }))) : []
  const edit = REWRITABLE.includes(promotion.status) ? [button('改写', () => rewrite(promotion))] : []
  const read = promotion.platformPromotionId ? [button('读取数据', () => act(promotion.id, `${path}/metrics`, {}))] : []
  return element('div.inline', {}, ...made, ...seen, ...edit, ...read)
}

function button (label, work) {
  const node = element('button.button.quiet-button', { type: 'button' }, label)
  node.addEventListener('click', attempt(work))
  return node
}

async function act (id, path, body) {
  if (body === null) return
  try {
    await post(path, body)
  } finally {
    await Promise.all([reload(), showPromotion(id)])
  }
}

function figures ({ total, totalAt, days }) {
  if (!totalAt && days.length === 0) return null
  const labels = ['日期', ...FIGURES.map(([, label]) => label)]
  const cells = values => FIGURES.map(([name]) => number(count(values[name])))
  const rows = [row(labels, ['合计', ...cells(total)]), ...days.map(({ day, figures: values }) => row(labels, [day, ...cells(values)]))]
  return table(labels, [1, 2, 3, 4], rows)
}

function steps (all) {
  const labels = ['时间', '版本', '状态', '操作人', '说明']
  return table(labels, [], all.map(({ at, version, status, actor, comment }) => row(labels, [short(fullTime(at)), version, badge(PROMOTION_STATUS, status), actor, comment])))
}

/** Opens the form with what is there; files stay unless others are chosen. */
function rewrite (promotion) {
  const { elements } = byId('promotion-form')
  const { draft, shopId } = promotion
  rewritten = promotion
  const shown = { shopId, kind: draft.kind, title: draft.title, text: draft.text, target: draft.target, mediaUrls: draft.mediaUrls.join('\n'), startsAt: local(draft.live?.startsAt), endsAt: local(draft.live?.endsAt), room: draft.live?.room }
  for (const [name, value] of Object.entries(shown)) elements[name].value = value ?? ''
  byId('detail').close()
  byId('new-promotion').open = true
  elements.title.focus()
}

/** As the browser's field for a time wants it. */
function local (iso) {
  if (!iso) return ''
  const at = new Date(iso)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

const whole = text => (text ? new Date(text).toISOString() : undefined)

/** The form as the API wants it, its files being there already. */
function contentOf (form, media) {
  const { kind, title, text, target, startsAt, endsAt, room, mediaUrls } = Object.fromEntries(new FormData(form))
  const urls = mediaUrls.split('\n').map(url => url.trim()).filter(Boolean)
  return {
    kind,
    title,
    text,
    target,
    ...(urls.length > 0 ? { delivery: 'share_link', mediaUrls: urls } : { media }),
    ...(kind === 'live_preview' && { live: { startsAt: whole(startsAt), endsAt: whole(endsAt), room } })
  }
}

async function saveDraft (form) {
  const media = []
  for (const file of form.elements.files.files) media.push((await upload('/media', file)).id)
  if (rewritten) {
    const { id, draft: { media: kept, cover, attributesJson } } = rewritten
    const draft = { ...contentOf(form, media.length > 0 ? media : kept), cover, attributes: JSON.parse(attributesJson) }
    await put(`/promotions/${encodeURIComponent(id)}`, { draft })
  } else await post('/promotions', { shopId: form.elements.shopId.value, draft: contentOf(form, media), publishAt: whole(form.elements.publishAt.value) })
  rewritten = null
  form.reset()
  byId('new-promotion').open = false
  await reload()
}

/** `list` is reloaded after everything that is done here. */
export function listenPromotions (list) {
  reload = () => list.load()
  byId('detail').addEventListener('close', () => { open = null })
  const form = byId('promotion-form')
  form.elements.kind.replaceChildren(...options(Object.entries(PROMOTION_KIND)))
  form.addEventListener('reset', () => { rewritten = null })
  const guarded = attempt(() => saveDraft(form))
  form.addEventListener('submit', event => {
    event.preventDefault()
    void guarded()
  })
}

export function fillAccounts (shops) {
  const { shopId } = byId('promotion-form').elements
  const chosen = shopId.value
  shopId.replaceChildren(...options(shops.map(shop => [shop.id, shop.name])))
  if (chosen) shopId.value = chosen
}
