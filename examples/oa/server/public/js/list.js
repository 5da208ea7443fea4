// A filtered table that grows page by page: the same for orders and products.
import { get, attempt } from './api.js'

const PAGE_SIZE = 20

export class List {
  /** `panel` holds a form with the filters, a table, an empty note and a button for more. */
  constructor (panel, path, toRow) {
    this.form = panel.querySelector('form')
    this.body = panel.querySelector('tbody')
    this.empty = panel.querySelector('.empty')
    this.more = panel.querySelector('.more button')
    this.path = path
    this.toRow = toRow
    this.asked = 0
    this.form.addEventListener('submit', event => event.preventDefault())
    this.form.addEventListener('input', attempt(() => this.load()))
    this.more.addEventListener('click', attempt(() => this.load(this.cursor)))
  }

  /** Loads the first page, or the one after `cursor`. An answer that was overtaken by a newer question is dropped. */
  async load (cursor) {
    const asked = ++this.asked
    const { items, nextCursor } = await get(this.path, { ...Object.fromEntries(new FormData(this.form)), limit: PAGE_SIZE, cursor })
    if (asked !== this.asked) return
    const rows = items.map(this.toRow)
    if (cursor) this.body.append(...rows)
    else this.body.replaceChildren(...rows)
    this.cursor = nextCursor
    this.more.hidden = nextCursor === undefined
    this.empty.hidden = this.body.rows.length > 0
  }
}
