// What each section of a plan looks like: the person's own sentences large, people and lines as rows.
import { say } from '../core/say.js'
import { dateWords } from '../core/times.js'
import { h } from '../ui/dom.js'
import { callOnly, lineRow, personRows } from './line_rows.js'
import { wishes } from './plan_rules.js'

const STAGES = ['early', 'breaking_down', 'crisis']

const list = (items) => h('ul', { class: 'clean stack' }, items)
const item = (text, ...below) => h('li', { class: 'quote' }, h('p', null, text), below)
const small = (text) => (text ? h('p', { class: 'soft' }, text) : null)
const joined = (...parts) => parts.filter(Boolean).join(' · ')

function warningSigns(signs, _plan, level) {
  return STAGES.map((stage) => {
    const here = signs.filter((sign) => sign.stage === stage)
    if (!here.length) return null
    return h('div', { class: 'stack' }, h(level, null, say(`plan.${stage}`)), list(here.map((sign) => item(sign.text))))
  })
}

const coping = (ways) =>
  list(ways.map((way) => item(way.text, small(way.obstacle && say('plan.obstacle', { text: way.obstacle })))))

const distractions = (things, plan) =>
  list(
    things.map((one) =>
      one.phone
        ? personRows({ name: one.text, detail: one.where, number: one.phone, href: plan.dial[one.id] })
        : item(one.text, small(one.where)),
    ),
  )

const best = (times) => (times ? say('plan.best_times', { text: times }) : null)

const helpers = (people, plan) =>
  list(
    people.map((one) => {
      const detail = joined(one.relation, best(one.best_times))
      return personRows({ name: one.name, detail, number: one.phone, href: plan.dial[one.id] })
    }),
  )

const professionals = (people, plan) =>
  list(
    people.map((one) => {
      const detail = joined(one.role, one.hours, one.address)
      return callOnly({ name: one.name, detail, number: one.phone, href: plan.dial[one.id] })
    }),
  )

const crisisLines = (plan) => list(plan.crisis_lines.map((line) => h('li', null, lineRow(line))))

const saferSteps = (steps) =>
  list(
    steps.map((one) => {
      const by = one.by_on && !one.done ? say('plan.by', { date: dateWords(one.by_on) }) : null
      const who = one.who_helps ? say('plan.with', { name: one.who_helps }) : null
      return item(one.action, small(joined(one.done ? say('plan.is_done') : null, who, by)))
    }),
  )

const reasons = (held) => list(held.map((one) => item(one.text)))

function whatHelps(said, dial, level) {
  return wishes(said).map(([key, text]) => {
    if (key === 'plan.agent') return list(personRows({ name: say(key), number: text, href: dial.advance_directive }))
    const words = key === 'plan.directive' && text ? say('plan.directive_kept', { text }) : text
    return h('div', { class: 'stack' }, h(level, null, say(key)), words ? h('p', { class: 'lead' }, words) : null)
  })
}

const MAKERS = { warning_signs: warningSigns, coping, distractions, helpers, professionals, reasons }

/** The content of one section. `level` is the tag of headings inside it. */
export function contentOf(plan, section, level = 'h3') {
  if (section === 'crisis_lines') return crisisLines(plan)
  if (section === 'safer_surroundings') return saferSteps(plan.document.safer_surroundings)
  if (section === 'what_helps_staff') return whatHelps(plan.document.what_helps_staff, plan.dial, level)
  return MAKERS[section](plan.document[section] || [], plan, level)
}
