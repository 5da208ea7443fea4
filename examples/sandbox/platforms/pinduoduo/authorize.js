'use strict'
// The merchant's side: the consent page and the way back to the application, fact sheet 3.1.
const { escapeHtml, htmlPage, redirect } = require('../../consent')

const KEPT = ['response_type', 'client_id', 'redirect_uri', 'state', 'view']

class AuthorizeDesk {
  /** `shopsOf(app)` gives the shops a merchant may choose from; `desk` issues codes. */
  constructor (apps, shopsOf, desk) {
    this.apps = apps
    this.shopsOf = shopsOf
    this.desk = desk
  }

  /** What is wrong with the link that led here, or null. */
  problem (form, app) {
    if (!app || app.promoter) return 'client_id 不正确。'
    if (form.get('response_type') !== 'code') return 'response_type 应为 code。'
    if (form.get('redirect_uri') !== app.redirectUri) return 'redirect_uri 与应用配置的回调地址不一致。'
    return null
  }

  answer (call) {
    const form = call.verb === 'POST' ? new URLSearchParams(call.body.toString()) : call.query
    const app = this.apps.get(form.get('client_id'))
    const problem = this.problem(form, app)
    if (problem) return htmlPage(400, '授权失败', `<p>${problem}</p>`)
    return call.verb === 'POST' ? this.decide(call, app, form) : this.consent(app, form)
  }

  consent (app, form) {
    const shops = this.shopsOf(app).map((shop, index) => `<label><input type="radio" name="mall_id" value="${escapeHtml(shop.id)}"${index === 0 ? ' checked' : ''}> ${escapeHtml(shop.name)}（${escapeHtml(shop.id)}）</label><br>`)
    const hidden = KEPT.filter(name => form.has(name)).map(name => `<input type="hidden" name="${name}" value="${escapeHtml(form.get(name))}">`)
    return htmlPage(200, '拼多多授权', `<p>应用 <b>${escapeHtml(app.name)}</b> 申请访问店铺的商品与订单。请用店铺主账号授权。</p>
<form method="post">${hidden.join('')}<fieldset><legend>选择店铺</legend>${shops.join('')}</fieldset>
<p><button name="decision" value="allow">同意授权</button> <button name="decision" value="deny">拒绝</button></p></form><p>这是沙箱，不是拼多多。</p>`)
  }

  decide (call, app, form) {
    const state = form.get('state')
    if (form.get('decision') === 'deny') return redirect(app.redirectUri, { error: 'access_denied', state })
    const shop = this.shopsOf(app).find(one => one.id === form.get('mall_id'))
    if (form.get('decision') !== 'allow' || !shop) return htmlPage(400, '授权失败', '<p>请选择店铺后再提交。</p>')
    return redirect(app.redirectUri, { code: this.desk.issueCode(app.appKey, shop.id, Math.floor(call.now / 1000)), state })
  }
}

module.exports = { AuthorizeDesk }
