// People, numbers and own steps as blocks, the same on every screen where somebody may need them at once.
// All of it comes from the device key or from the checked table, so it works while locked and offline.

import { nationalLines } from '../core/help.js'
import { say } from '../core/say.js'
import * as store from '../core/store.js'
import * as sync from '../core/sync.js'
import { dayAndClock } from '../core/times.js'
import { callRow, fill, h, link } from '../ui/dom.js'
import * as finger from '../ui/finger.js'
import { anyoneRow } from './line_rows.js'

const BY_VOICE_OR_TEXT = ['call', 'text', 'emergency']

/** The lines of the plan; where it names no emergency line, the national one stands at the end. */
export function lines() {
  const own = store.help().lines
  if (own.some((line) => line.kind === 'emergency')) return own
  return [...own, ...nationalLines().filter((line) => line.kind === 'emergency')]
}

/** The number that is offered first, as the reader dials it; empty where no table is there. */
export function mainNumber() {
  return lines().find((line) => line.kind === 'call')?.number ?? ''
}

// One thing to know: the word or key that is needed, else the hours.
function mostNeeded({ keyword, press, kind, hours }) {
  if (keyword) return say('nearby.keyword', { word: keyword })
  if (press) return say('nearby.press', { key: press })
  return kind === 'emergency' ? null : hours
}

// A crisis line for somebody in need: one thing to know, where line_rows.js tells all of them.
function shortRow(line) {
  const { name, href, number, kind } = line
  return callRow({ name, detail: mostNeeded(line), href, number, kind })
}

/** The first `most` lines to call or text; with `danger` the emergency number after them. */
export function numbers(most = 2, { danger = true } = {}) {
  const dialled = lines().filter((line) => BY_VOICE_OR_TEXT.includes(line.kind))
  const last = dialled.filter((line) => line.kind === 'emergency')
  const first = dialled.filter((line) => line.kind !== 'emergency').slice(0, most)
  return h('div', { class: 'stack' }, [...first, ...(danger ? last : [])].map(shortRow))
}

/** Whom the client named to ask for help, to call or to text, then the others; null where nobody has a number. */
export function people(most = 3) {
  const reached = store.help().people.filter((person) => person.href)
  const named = reached.filter((person) => person.section === 'helpers')
  const rows = [...named, ...reached.filter((person) => !named.includes(person))].slice(0, most)
  if (!rows.length) return null
  return h('ul', { class: 'clean stack' }, rows.map(anyoneRow))
}

/** The client's own first steps in their own words; null where there are none. */
export function ownSteps(steps) {
  const own = steps && steps.length ? steps : store.help().coping.slice(0, 2)
  if (!own.length) return null
  return h('ol', { class: 'stack clean' }, own.map((step) => h('li', { class: 'quote' }, step.text)))
}

/** Helpers as a reply of the service names them, for a phone that has no people stored. */
function helpersOf(steps) {
  return steps.filter((step) => step.href).map((step) => callRow({ name: step.text, href: step.href, number: step.phone, kind: 'call' }))
}

/** The one line that is offered first, as a row. */
export function mainLine() {
  const line = lines().find((one) => one.kind === 'call')
  return line ? shortRow(line) : null
}

/** People and numbers under one heading, for the screens where calling is the next right thing. */
export function callOrText({ danger = false, people: own = [] } = {}) {
  return h(
    'section',
    { class: 'stack', 'aria-labelledby': 'call-or-text' },
    h('h2', { id: 'call-or-text' }, say('nearby.call_or_text')),
    people(2) ?? helpersOf(own),
    numbers(2, { danger }),
    link(say('nearby.all_numbers'), '#/numbers'),
  )
}

/** When the service last gave this, unless it has just done so: its sentence names times, which may have been overtaken. */
export function asOf(name) {
  const heard = store.heardAt(name)
  if (!heard || sync.isCurrent(name)) return null
  return h('p', { class: 'soft' }, say('home.as_of', { time: dayAndClock(heard) }))
}

/** Calls `draw` on any of the named events until the screen is left. */
export function follow(draw, events, onLeave) {
  const offs = events.map((name) => store.on(name, () => draw()))
  onLeave(() => offs.forEach((off) => off()))
}

/** Calls `draw` every half minute until the screen is left: what it tells may be overtaken by the clock alone. */
export function withTheClock(draw, onLeave) {
  const ticking = setInterval(draw, 30000)
  onLeave(() => clearInterval(ticking))
}

const newest = new WeakMap()

/** Puts new content into a host, once no finger is on it; only the newest counts. */
export function redrawn(host, children) {
  newest.set(host, children)
  if (!finger.isDown()) put(host, children)
  else finger.lifted().then(() => newest.get(host) === children && put(host, children))
}

// Whoever stood on a button or link stands on the same one again.
function put(host, children) {
  const held = host.contains(document.activeElement) ? document.activeElement : null
  const name = (one) => `${one.id}|${one.getAttribute('href') ?? ''}|${one.textContent}`
  const wish = held ? name(held) : null
  fill(host, children)
  if (!wish) return
  const again = [...host.querySelectorAll('a[href], button, input, textarea, [tabindex]')].find((one) => name(one) === wish)
  if (again) again.focus({ preventScroll: true })
}
