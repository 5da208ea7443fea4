// Builds elements. Data only ever becomes text, never markup.

/** `element('td.number', { title }, 'text', child)`; children that are null or undefined are left out. */
export function element (selector, properties = {}, ...children) {
  const [tag, ...classes] = selector.split('.')
  const node = document.createElement(tag)
  node.className = classes.join(' ')
  const { dataset, ...rest } = properties
  Object.assign(node.dataset, dataset)
  Object.assign(node, rest)
  node.append(...children.filter(child => child !== null && child !== undefined).map(asNode))
  return node
}

function asNode (child) {
  return child instanceof Node ? child : document.createTextNode(String(child))
}

export function byId (id) {
  return document.getElementById(id)
}

/** A table row; the labels stand before the values on a narrow screen. */
export function row (labels, cells) {
  const tr = element('tr')
  cells.forEach((cell, i) => {
    const { content, kind = '' } = cell?.kind !== undefined ? cell : { content: cell }
    tr.append(element(`td${kind && `.${kind}`}`, { dataset: { label: labels[i] } }, content))
  })
  return tr
}

export function number (content) {
  return { kind: 'number', content }
}

export function short (content) {
  return { kind: 'short', content }
}

/** `pairs` are `[name, value]`; those without a value are left out. */
export function facts (pairs) {
  const shown = pairs.filter(([, value]) => value !== undefined && value !== null && value !== '')
  return element('dl.facts', {}, ...shown.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]))
}

export function options (entries) {
  return entries.map(([value, label]) => element('option', { value }, label))
}

export function table (labels, numbers, rows) {
  const heads = labels.map((label, i) => element(numbers.includes(i) ? 'th.number' : 'th', {}, label))
  return element('table', {}, element('thead', {}, element('tr', {}, ...heads)), element('tbody', {}, ...rows))
}
