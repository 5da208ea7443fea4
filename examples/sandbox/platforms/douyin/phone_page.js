'use strict'
// The phone as a page, for people: what a link brings, and the button.
const { escapeHtml, htmlPage } = require('../../consent')
const phone = require('./phone')

const END = '<p>这是沙箱，不是抖音。</p>'

class PhonePage {
  constructor (world) {
    this.world = world
  }

  answer (call) {
    const form = call.verb === 'POST' ? new URLSearchParams(call.body.toString()) : call.query
    const link = form.get('link')
    if (!link) return htmlPage(200, '手机', `<form><label>分享链接 <input name="link" size="60"></label> <button>打开</button></form>${END}`)
    const { shared, problem } = phone.open(this.world, link, call.now)
    if (problem) return htmlPage(400, '打不开', `<p>${escapeHtml(problem)}</p>${END}`)
    return call.verb === 'POST' ? this.publish(call, shared, form) : this.preview(link, shared)
  }

  preview (link, { app, text, paths }) {
    const accounts = this.world.shops.map((account, index) => `<label><input type="radio" name="account" value="${escapeHtml(account.id)}"${index === 0 ? ' checked' : ''}> ${escapeHtml(account.name)}</label><br>`)
    const media = paths.map(path => `<li>${escapeHtml(path)}</li>`)
    return htmlPage(200, '发布到抖音', `<p>来自 <b>${escapeHtml(app.name)}</b>：</p><ul>${media.join('')}</ul>
<form method="post"><input type="hidden" name="link" value="${escapeHtml(link)}"><p><input name="text" size="60" value="${escapeHtml(text)}"></p>
<fieldset><legend>账号</legend>${accounts.join('')}</fieldset><p><button>发布</button></p></form>${END}`)
  }

  publish (call, shared, form) {
    const account = this.world.shopById(form.get('account'))
    if (!account) return htmlPage(400, '未发布', `<p>请选择账号。</p>${END}`)
    const { itemId, problem } = this.world.events.press(account, shared, { text: form.get('text') ?? undefined }, call.now)
    return problem ? htmlPage(400, '未发布', `<p>${escapeHtml(problem)}</p>${END}`) : htmlPage(200, '已发布', `<p>${escapeHtml(itemId)}</p>${END}`)
  }
}

module.exports = { PhonePage }
