'use strict'
// The user's side: the consent page and the way back to the application, fact sheet 1.2.
const { escapeHtml, htmlPage, redirect } = require('../../consent')

const KEPT = ['client_key', 'response_type', 'scope', 'optionalScope', 'redirect_uri', 'state']

function words (text) {
  return (text ?? '').split(',').filter(word => word !== '')
}

/** `a,1,b,0` as `[['a', true], ['b', false]]`, or null when it is no such list. */
function optionalScopes (text) {
  const parts = words(text)
  const pairs = []
  for (let i = 0; i < parts.length; i += 2) {
    if (parts[i + 1] !== '0' && parts[i + 1] !== '1') return null
    pairs.push([parts[i], parts[i + 1] === '1'])
  }
  return pairs
}

class AuthorizeDesk {
  /** `shopsOf(app)` gives the accounts a user may have; `consented(app, account, second, scopes)` answers a code. */
  constructor (apps, shopsOf, consented) {
    this.apps = apps
    this.shopsOf = shopsOf
    this.consented = consented
  }

  /** What is wrong with the link that led here, or null. */
  problem (form, app) {
    if (!app) return 'client_key 不正确。'
    if (form.get('response_type') !== 'code') return 'response_type 应为 code。'
    if (form.get('redirect_uri') !== app.redirectUri) return 'redirect_uri 与应用配置的回调地址不一致。'
    const optional = optionalScopes(form.get('optionalScope'))
    if (!optional) return 'optionalScope 格式错误。'
    const scopes = [...words(form.get('scope')), ...optional.map(([scope]) => scope)]
    if (scopes.length === 0) return '缺少 scope。'
    const missing = scopes.find(scope => !app.scopes.includes(scope))
    return missing === undefined ? null : `应用没有权限 ${escapeHtml(missing)}。`
  }

  answer (call) {
    const form = call.verb === 'POST' ? new URLSearchParams(call.body.toString()) : call.query
    const app = this.apps.get(form.get('client_key'))
    const problem = this.problem(form, app)
    if (problem) return htmlPage(400, '授权失败', `<p>${problem}</p>`)
    return call.verb === 'POST' ? this.decide(call, app, form) : this.consent(app, form)
  }

  consent (app, form) {
    const accounts = this.shopsOf(app).map((account, index) => `<label><input type="radio" name="account" value="${escapeHtml(account.id)}"${index === 0 ? ' checked' : ''}> ${escapeHtml(account.name)}</label><br>`)
    const hidden = KEPT.filter(name => form.has(name)).map(name => `<input type="hidden" name="${name}" value="${escapeHtml(form.get(name))}">`)
    const wanted = words(form.get('scope')).map(scope => `<li>${escapeHtml(scope)}</li>`)
    const ticks = optionalScopes(form.get('optionalScope')).map(([scope, ticked]) => `<label><input type="checkbox" name="ticked" value="${escapeHtml(scope)}"${ticked ? ' checked' : ''}> ${escapeHtml(scope)}</label><br>`)
    return htmlPage(200, '抖音授权', `<p>应用 <b>${escapeHtml(app.name)}</b> 申请使用你的抖音账号：</p><ul>${wanted.join('')}</ul>
<form method="post">${hidden.join('')}${ticks.join('')}<fieldset><legend>用哪个账号扫码</legend>${accounts.join('')}</fieldset>
<p><button name="decision" value="allow">同意授权</button> <button name="decision" value="deny">拒绝</button></p></form><p>这是沙箱，不是抖音。</p>`)
  }

  decide (call, app, form) {
    const state = form.get('state')
    if (form.get('decision') === 'deny') return redirect(app.redirectUri, { error: 'access_denied', state })
    const account = this.shopsOf(app).find(one => one.id === form.get('account'))
    if (form.get('decision') !== 'allow' || !account) return htmlPage(400, '授权失败', '<p>请选择账号后再提交。</p>')
    const offered = optionalScopes(form.get('optionalScope')).map(([scope]) => scope)
    const scopes = [...new Set([...words(form.get('scope')), ...form.getAll('ticked').filter(scope => offered.includes(scope))])]
    const code = this.consented(app, account, Math.floor(call.now / 1000), scopes)
    return redirect(app.redirectUri, { code, state, scopes: scopes.join(',') })
  }
}

module.exports = { AuthorizeDesk }
