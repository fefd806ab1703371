// All help numbers with what to know before the tap. It opens before pairing, under the lock and offline.
import { say } from '../core/say.js'
import * as store from '../core/store.js'
import shippedLines from '../lines.js'
import { h } from '../ui/dom.js'
import { lineRow } from './line_rows.js'

export const open = true
export const title = () => say('numbers.title')

const GROUPS = [
  ['numbers.talk', ['call']],
  ['numbers.write', ['text']],
  ['numbers.danger', ['emergency']],
  ['numbers.web', ['chat', 'video']],
  ['numbers.social', ['social']],
]

/**
 * The shipped table, which has both languages, then the lines that only the plan has. What the plan knows of a
 * shipped line (further keys, an overdue check) is said with it.
 */
export function allLines(own, shipped) {
  const known = new Map(own.map((line) => [line.key, line]))
  const national = shipped.map((line) => {
    const { other_keys: keys, stale } = known.get(line.key) || {}
    return { ...line, other_keys: keys || otherKeys(line), stale: Boolean(stale) }
  })
  const shared = new Set(shipped.map((line) => line.key))
  return [...national, ...own.filter((line) => !shared.has(line.key))]
}

// The table keeps languages and audiences together.
const otherKeys = (line) => Object.fromEntries(Object.entries(line.press || {}).filter(([who]) => who.length > 2))

export async function render() {
  const lines = allLines((store.help() && store.help().lines) || [], shippedLines)
  return h(
    'div',
    { class: 'stack' },
    h('p', { class: 'soft' }, say('numbers.lead')),
    GROUPS.map(([key, kinds]) => group(key, lines.filter((line) => kinds.includes(line.kind)))),
  )
}

function group(key, lines) {
  if (!lines.length) return null
  const note = key === 'numbers.social' ? h('p', { class: 'soft' }, say('numbers.social_note')) : null
  const rows = lines.map((line) => h('li', null, lineRow(line)))
  return h('section', { class: 'stack' }, h('h2', null, say(key)), note, h('ul', { class: 'clean stack' }, rows))
}
