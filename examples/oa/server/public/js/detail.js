// One record in a dialog.
import { byId } from './dom.js'

export function showDetail (title, parts) {
  byId('detail-title').textContent = title
  byId('detail-body').replaceChildren(...parts.filter(part => part !== null))
  if (!byId('detail').open) byId('detail').showModal()
}
