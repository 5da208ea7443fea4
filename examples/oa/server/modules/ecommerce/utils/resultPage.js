'use strict'
// The page a person sees after coming back from a platform. Everything in it is escaped.

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escapeHtml (value) {
  return String(value).replace(/[&<>"']/g, character => ENTITIES[character])
}

/** `lines` are plain texts. */
function resultPage ({ title, lines, good }) {
  return `<!DOCTYPE html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css"></head>
<body class="result"><main class="card ${good ? 'good' : 'bad'}"><h1>${escapeHtml(title)}</h1>
${lines.map(line => `<p>${escapeHtml(line)}</p>`).join('\n')}
<p><a class="button" href="/">返回店铺</a></p></main></body>
</html>
`
}

module.exports = { resultPage, escapeHtml }
