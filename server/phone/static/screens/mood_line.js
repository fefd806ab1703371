// The mood line: a small picture drawn from the client's own answers, and the same as a table.

import { say } from '../core/say.js'
import { clock, dateWords } from '../core/times.js'
import { h } from '../ui/dom.js'

const SVG = 'http://www.w3.org/2000/svg'
const WIDTH = 320
const HEIGHT = 120
const EDGE = 10
const MOST_POINTS = 30
const FULL_SCALE = 10

function shape(tag, attributes) {
  const element = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value))
  return element
}

/** Days apart are as far apart in the picture; one answer alone stands in the middle. */
function placed(entries) {
  const times = entries.map((entry) => new Date(entry.answered_at).getTime())
  const first = times[0]
  const span = times[times.length - 1] - first
  const top = Math.max(FULL_SCALE, ...entries.map((entry) => entry.mood))
  return entries.map((entry, at) => ({
    x: span ? EDGE + ((times[at] - first) / span) * (WIDTH - 2 * EDGE) : WIDTH / 2,
    y: HEIGHT - EDGE - (entry.mood / top) * (HEIGHT - 2 * EDGE),
  }))
}

function picture(entries) {
  const points = placed(entries)
  const first = dateWords(entries[0].answered_at)
  const last = dateWords(entries[entries.length - 1].answered_at)
  const drawing = shape('svg', {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: 'img',
    'aria-label': say('history.mood_picture', { count: entries.length, first, last }),
  })
  for (const y of [EDGE, HEIGHT - EDGE]) {
    drawing.append(shape('line', { class: 'grid', x1: 0, x2: WIDTH, y1: y, y2: y }))
  }
  const path = points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')
  drawing.append(shape('polyline', { class: 'line', points: path }))
  for (const { x, y } of points) drawing.append(shape('circle', { class: 'dot', cx: x.toFixed(1), cy: y.toFixed(1), r: 5 }))
  return drawing
}

function table(entries) {
  const rows = [...entries].reverse().map((entry) =>
    h('tr', null, h('th', { scope: 'row' }, `${dateWords(entry.answered_at)}, ${clock(entry.answered_at)}`), h('td', null, String(entry.mood))),
  )
  const head = h('tr', null, h('th', { scope: 'col' }, say('history.when')), h('th', { scope: 'col' }, say('history.mood')))
  return h(
    'details',
    null,
    h('summary', null, say('history.as_list')),
    h('table', null, h('thead', null, head), h('tbody', null, rows)),
  )
}

/** The card with the line and the table; null where no mood was ever told. `entries` are newest first. */
export function moodLine(entries) {
  const told = entries.filter((entry) => typeof entry.mood === 'number').slice(0, MOST_POINTS).reverse()
  if (!told.length) return null
  return h(
    'section',
    { class: 'card stack', 'aria-labelledby': 'mood-line' },
    h('h2', { id: 'mood-line' }, say('history.mood_title')),
    h(
      'div',
      { class: 'chart' },
      h('p', { class: 'soft', 'aria-hidden': 'true' }, say('history.mood_high')),
      picture(told),
      h('p', { class: 'soft', 'aria-hidden': 'true' }, say('history.mood_low')),
    ),
    table(told),
  )
}
