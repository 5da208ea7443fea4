'use strict'
// What a trade and its lines cost, fact sheet 5.6, in fen.

/** A trade with one line has one id for both. */
function lineId (trade, line) {
  return trade.lines.length === 1 ? trade.id : String(BigInt(trade.id) + BigInt(line.place + 1))
}

/** Splits `amount` over lines by their sums, the rest going to the first, so that the parts add up exactly. */
function shares (amount, sums) {
  const total = sums.reduce((a, b) => a + b, 0)
  const parts = sums.map(sum => (total === 0 ? 0 : Math.floor((amount * sum) / total)))
  parts[0] += amount - parts.reduce((a, b) => a + b, 0)
  return parts
}

function lineAmounts (line) {
  const price = line.sku?.price ?? line.item.price
  const gross = price * line.num
  return { price, gross, discount: line.discount, adjust: line.adjust, total: gross - line.discount + line.adjust }
}

/**
 * `payment` of a line leaves postage out and the trade's promotion in, `divided` is without the promotion; of a lone
 * line, `payment` is what the trade costs, postage included.
 */
function amountsOf (trade) {
  const lines = trade.lines.map(lineAmounts)
  const goods = lines.reduce((sum, line) => sum + line.total, 0)
  const promotion = Math.min(trade.promotion, Math.floor(goods / 2))
  const parts = shares(promotion, lines.map(line => line.total))
  const payment = goods - promotion + trade.post
  return {
    gross: lines.reduce((sum, line) => sum + line.gross, 0),
    discount: lines.reduce((sum, line) => sum + line.discount, 0) + promotion,
    adjust: lines.reduce((sum, line) => sum + line.adjust, 0),
    promotion,
    payment,
    lines: lines.map((line, at) => ({ ...line, promotion: parts[at], divided: line.total - parts[at], payment: lines.length === 1 ? payment : line.total }))
  }
}

module.exports = { lineId, amountsOf }
