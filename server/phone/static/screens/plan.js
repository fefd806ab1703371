// My plan: all of it to read, one card a step; #/plan/<section> is one step to try, #/plan/suggest an idea.
import { say } from '../core/say.js'
import * as store from '../core/store.js'
import { dateWords } from '../core/times.js'
import * as vault from '../core/vault.js'
import { append, card, h, link } from '../ui/dom.js'
import { announce } from '../ui/frame.js'
import { onLeave, refresh, route, wish } from '../ui/router.js'
import { anyoneRow, lineRow } from './line_rows.js'
import { helpedBefore, isHard, setHard } from './plan_day.js'
import { contentOf } from './plan_parts.js'
import { SECTIONS, asksIfItHelped, emptyOnes, stepsIn } from './plan_rules.js'
import { endOfPlan, skipToHelp, step } from './plan_step.js'
import { suggest } from './plan_suggest.js'

const isStep = (params) => Boolean(params) && SECTIONS.includes(params.id)

export function title(params) {
  if (vault.isLocked() || !published()) return say('plan.title')
  if (isStep(params)) return say(`plan.${params.id}`)
  if (params && params.id === 'suggest') return say('suggest.title')
  return store.plan().document.alias || say('plan.title')
}

const published = () => Boolean(store.plan() && store.plan().number)

export async function render(params) {
  // A form that is being filled in is not drawn anew under the person's hands.
  const offs = params.id === 'suggest' ? [] : ['plan', 'kase'].map((name) => store.on(name, () => refresh()))
  onLeave(() => offs.forEach((off) => off()))
  if (vault.isLocked()) return lockedPlan()
  if (!published()) return noPlan()
  if (params.id === 'suggest') return suggest(store.plan())
  const steps = stepsIn(store.plan(), isHard())
  if (params.id === 'end') return endOfPlan(steps)
  return isStep(params) && steps.includes(params.id) ? step(store.plan(), steps, params.id) : whole(store.plan(), steps)
}

// At a start only what fills a phone's screen is drawn at once, so that it is there at once.
const AT_ONCE = 2
let begun = false

function whole(plan, steps) {
  const host = h(
    'div',
    { class: 'stack' },
    skipToHelp(),
    plan.published_at ? h('p', { class: 'soft' }, say('plan.from', { date: dateWords(plan.published_at) })) : null,
    hardSwitch(),
    link(say('plan.start'), `#/plan/${steps[0]}`, { kind: 'primary', class: 'big', icon: 'rail' }),
    steps.slice(0, AT_ONCE).map((section) => stepCard(plan, section)),
  )
  const drawRest = () => append(host, below(plan, steps))
  if (begun) drawRest()
  else requestAnimationFrame(() => setTimeout(drawRest))
  begun = true
  return host
}

const below = (plan, steps) => [
  steps.slice(AT_ONCE).map((section) => stepCard(plan, section)),
  emptyOnes(plan).map((section) => card(say(`plan.${section}`), h('p', { class: 'soft' }, say('plan.none_idea')))),
  link(say('plan.need'), '#/help', { kind: 'plain', class: 'big', icon: 'heart' }),
  link(say('plan.suggest'), '#/plan/suggest', { kind: 'quiet', icon: 'send' }),
  link(say('plan.share'), '#/share', { kind: 'quiet', icon: 'share' }),
]

// A switch, not a question: nobody is told, only the order of this page changes.
function hardSwitch() {
  const hard = isHard()
  const turn = async () => {
    await setHard(!hard)
    await refresh()
    if (!hard) announce(say('plan.hard_note'))
  }
  return h(
    'button',
    { type: 'button', id: 'hard-day', class: 'choice', role: 'switch', 'aria-checked': hard, on: { click: turn } },
    h('span', { class: 'choice-words' }, h('span', null, say('plan.hard')), hard ? h('span', { class: 'soft' }, say('plan.hard_note')) : null),
  )
}

function stepCard(plan, section) {
  const name = say(`plan.${section}`)
  return card(
    name,
    helpedBefore(section) ? h('p', { class: 'soft' }, say('plan.before')) : null,
    contentOf(plan, section),
    asksIfItHelped(section) ? takeLink(section, name) : null,
  )
}

const takeLink = (section, name) =>
  link(say('plan.take'), `#/plan/${section}`, {
    kind: 'quiet',
    class: 'no-print',
    'aria-label': say('plan.take_named', { name }),
  })

// Before the first plan: whom to call now, and what comes.
function noPlan() {
  const help = store.help() || { lines: [] }
  const known = store.plan() ? store.plan().crisis_lines : help.lines
  return h(
    'div',
    { class: 'stack' },
    card(say('plan.empty'), h('p', null, say('plan.empty_text'))),
    card(
      say('plan.empty_do'),
      h('p', null, say('plan.empty_do_text')),
      link(say('plan.need'), '#/help', { kind: 'primary', class: 'big', icon: 'heart' }),
      (known || []).map(lineRow),
    ),
  )
}

// Under the lock these stay open: own ways, own people, numbers.
function lockedPlan() {
  const { coping = [], people = [], lines = [] } = store.help() || {}
  const rows = people.map(anyoneRow)
  const ways = { document: { coping }, dial: {} }
  return h(
    'div',
    { class: 'stack' },
    link(say('plan.unlock'), '#/unlock', { kind: 'plain', icon: 'lock', on: () => wish(route()) }),
    coping.length ? card(say('plan.coping'), contentOf(ways, 'coping')) : null,
    rows.length ? card(say('people.title'), h('ul', { class: 'clean stack' }, rows)) : null,
    lines.length ? card(say('plan.crisis_lines'), lines.map(lineRow)) : null,
  )
}
