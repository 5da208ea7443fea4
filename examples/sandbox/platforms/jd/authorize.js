'use strict'
// The merchant's side: the consent page and the way back to the application, fact sheet 5.1.
const { escapeHtml, htmlPage, redirect } = require('../../consent')

const CARRIED = ['app_key', 'response_type', 'redirect_uri', 'state', 'scope']

/** What is wrong with the request, or null. The parameter is `app_key`, not `client_id` (5.1). */
function complaint (app, form) {
  if (!app) return 'app_key 不正确'
  if (form.get('response_type') !== 'code') return 'response_type 应为 code'
  if (!(form.get('scope') ?? '').split(',').includes('snsapi_base')) return 'scope 应包含 snsapi_base'
  if (form.get('redirect_uri') !== app.redirectUri) return 'redirect_uri 与应用登记的地址不一致'
  return null
}

class AuthorizeDesk {
  /** `shopsOf(app)` gives the shops a merchant may choose from; `desk` issues codes. */
  constructor (apps, shopsOf, desk) {
    this.apps = apps
    this.shopsOf = shopsOf
    this.desk = desk
  }

  answer (call) {
    const form = call.verb === 'POST' ? new URLSearchParams(call.body.toString()) : call.query
    const app = this.apps.get(form.get('app_key'))
    const wrong = complaint(app, form)
    if (wrong) return htmlPage(400, '授权失败', `<p>${escapeHtml(wrong)}。</p>`)
    return call.verb === 'POST' ? this.decide(call, app, form) : this.consent(app, form)
  }

  consent (app, form) {
    const shops = this.shopsOf(app).map((shop, index) => `<label><input type="radio" name="shop_id" value="${escapeHtml(shop.id)}"${index === 0 ? ' checked' : ''}> ${escapeHtml(shop.name)}（${escapeHtml(shop.id)}）</label><br>`)
    const hidden = CARRIED.filter(name => form.has(name)).map(name => `<input type="hidden" name="${name}" value="${escapeHtml(form.get(name))}">`)
    return htmlPage(200, '京东授权', `<p>应用 <b>${escapeHtml(app.name)}</b> 申请访问店铺的商品与订单。</p>
<form method="post">${hidden.join('')}${shops.join('')}
<p><button name="decision" value="allow">同意授权</button> <button name="decision" value="deny">拒绝</button></p></form><p>这是沙箱，不是京东。</p>`)
  }

  decide (call, app, form) {
    const state = form.get('state')
    if (form.get('decision') === 'deny') return redirect(app.redirectUri, { error: 'access_denied', state })
    const shop = this.shopsOf(app).find(one => one.id === form.get('shop_id'))
    if (form.get('decision') !== 'allow' || !shop) return htmlPage(400, '授权失败', '<p>请选择店铺后再提交。</p>')
    return redirect(app.redirectUri, { code: this.desk.issueCode(app.appKey, shop.id, Math.floor(call.now / 1000)), state })
  }
}

module.exports = { AuthorizeDesk }
