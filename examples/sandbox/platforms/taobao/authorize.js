'use strict'
// The seller's side of the browser step, fact sheet 2.1.
const { escapeHtml, htmlPage, redirect } = require('../../consent')

const KEPT = ['response_type', 'client_id', 'redirect_uri', 'state', 'view']
const VIEWS = ['web', 'tmall', 'wap']

/** What is wrong with the form before any seller is asked, or null. Nothing is sent to an address that is not registered. */
function mistake (form, app) {
  if (!app) return 'invalid_client：client_id 不正确'
  if (form.get('redirect_uri') !== app.redirectUri) return 'invalid_client：redirect_uri 与应用的回调地址不匹配'
  if (form.get('response_type') !== 'code') return 'unsupported_response_type：response_type 只支持 code'
  if (form.has('view') && !VIEWS.includes(form.get('view'))) return 'invalid_request：view 无效'
  return null
}

function consent (world, app, form) {
  const shops = world.shopsOf(app).map((shop, index) => `<label><input type="radio" name="shop_id" value="${escapeHtml(shop.id)}"${index === 0 ? ' checked' : ''}> ${escapeHtml(shop.name)}（${escapeHtml(shop.nick)}）</label><br>`)
  const hidden = KEPT.filter(name => form.has(name)).map(name => `<input type="hidden" name="${name}" value="${escapeHtml(form.get(name))}">`)
  return htmlPage(200, '淘宝授权', `<p>应用 <b>${escapeHtml(app.name)}</b> 申请访问店铺的商品与订单。</p>
<form method="post">${hidden.join('')}<fieldset><legend>选择卖家</legend>${shops.join('')}</fieldset>
<p><button name="decision" value="allow">授权</button> <button name="decision" value="deny">取消</button></p></form><p>这是沙箱，不是淘宝。</p>`)
}

function decide (call, world, app, form) {
  const state = form.get('state')
  if (form.get('decision') === 'deny') return redirect(app.redirectUri, { error: 'access_denied', error_description: 'user denied', state })
  const shop = world.shopsOf(app).find(one => one.id === form.get('shop_id'))
  if (form.get('decision') !== 'allow' || !shop) return htmlPage(400, '授权失败', '<p>请选择卖家后再提交。</p>')
  return redirect(app.redirectUri, { code: world.desk.issueCode(app.appKey, shop.id, Math.floor(call.now / 1000)), state })
}

/** Answers the browser: the consent page, or the way back with `code` or `error`. */
function authorizePage (call, world) {
  const form = call.verb === 'POST' ? new URLSearchParams(call.body.toString()) : call.query
  const app = world.apps.get(form.get('client_id'))
  const wrong = mistake(form, app)
  if (wrong) return htmlPage(400, '授权失败', `<p>${escapeHtml(wrong)}</p>`)
  return call.verb === 'POST' ? decide(call, world, app, form) : consent(world, app, form)
}

module.exports = { authorizePage }
