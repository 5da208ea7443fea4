'use strict'
// The merchant's side: the consent page and the two ways back to the application, fact sheet 2.2.
const { escapeHtml, htmlPage, redirect } = require('../../consent')

class AuthorizeDesk {
  /** `shopsOf(app)` gives the shops a merchant may choose from; `desk` issues codes. */
  constructor (apps, shopsOf, desk) {
    this.apps = apps
    this.shopsOf = shopsOf
    this.desk = desk
  }

  appOf (form) {
    return [...this.apps.values()].find(app => app.serviceId === form.get('service_id'))
  }

  answer (call) {
    const form = call.verb === 'POST' ? new URLSearchParams(call.body.toString()) : call.query
    const app = this.appOf(form)
    if (!app) return htmlPage(404, '应用不存在', '<p>service_id 不正确。</p>')
    if (app.selfUse) return htmlPage(403, '自用型应用', '<p>自用型应用不需要授权页，请用 authorization_self 获取 token。</p>')
    if (call.method === 'open-app') return this.openApp(call, app, form)
    return call.verb === 'POST' ? this.decide(call, app, form) : this.consent(app, form)
  }

  consent (app, form) {
    const shops = this.shopsOf(app).map((shop, index) => `<label><input type="radio" name="shop_id" value="${escapeHtml(shop.id)}"${index === 0 ? ' checked' : ''}> ${escapeHtml(shop.name)}（${escapeHtml(shop.id)}）</label><br>`)
    const hidden = ['service_id', 'state'].filter(name => form.has(name)).map(name => `<input type="hidden" name="${name}" value="${escapeHtml(form.get(name))}">`)
    return htmlPage(200, '抖店授权', `<p>应用 <b>${escapeHtml(app.name)}</b> 申请访问店铺的商品与订单。</p>
<form method="post">${hidden.join('')}<fieldset><legend>选择店铺</legend>${shops.join('')}</fieldset>
<p><button name="decision" value="allow">同意授权</button> <button name="decision" value="deny">拒绝</button></p></form><p>这是沙箱，不是抖店。</p>`)
  }

  decide (call, app, form) {
    const state = form.get('state')
    if (form.get('decision') === 'deny') return redirect(app.redirectUri, { error: 'access_denied', state })
    const shop = this.shopsOf(app).find(one => one.id === form.get('shop_id'))
    if (form.get('decision') !== 'allow' || !shop) return htmlPage(400, '授权失败', '<p>请选择店铺后再提交。</p>')
    return redirect(app.redirectUri, { code: this.desk.issueCode(app.appKey, shop.id, Math.floor(call.now / 1000)), state })
  }

  /** The service market's way: the merchant opens the app there, and the code arrives without any state. */
  openApp (call, app, form) {
    const shop = this.shopsOf(app).find(one => one.id === form.get('shop_id'))
    if (!shop) return htmlPage(400, '打开失败', '<p>shop_id 不正确。</p>')
    return redirect(app.redirectUri, { code: this.desk.issueCode(app.appKey, shop.id, Math.floor(call.now / 1000)) })
  }
}

module.exports = { AuthorizeDesk }
