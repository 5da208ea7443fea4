'use strict'
// Texts of the seeded accounts and posts.

const nicknames = ['店桥的日常', '江南布衣坊', '山里人家', '阿May爱做饭', '老陈修表', '西湖边的茶']
const titles = ['新到的春茶，先到先得', '三分钟学会收纳', '今天的直播预告 😀', '出门前记得看看', '一针一线都是心意', '这样洗不掉色', '仓库里的一天', '十年老客户的故事']
const topics = ['好物分享', '开箱', '生活小妙招', '国货之光', '日常vlog']
const roles = ['', 'EAccountM', 'EAccountS', 'EAccountK'] // 1.3

/** What the review of a text does not let through. */
const sensitive = ['敏感']

module.exports = { nicknames, titles, topics, roles, sensitive }
