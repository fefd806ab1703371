// One step of the plan to try: its own sentences, then "Did this help?". Help is one tap away all the time.
import { say } from '../core/say.js'
import { button, card, fill, h, link, notice } from '../ui/dom.js'
import { announce } from '../ui/frame.js'
import { go } from '../ui/router.js'
import { helpedBefore, keepUse } from './plan_day.js'
import { contentOf } from './plan_parts.js'
import { asksIfItHelped, beside, isProposable } from './plan_rules.js'

/** The screen of one step. */
export function step(plan, steps, section) {
  const place = steps.indexOf(section) + 1
  const before = beside(steps, section, -1)
  return h(
    'div',
    { class: 'stack' },
    skipToHelp(),
    progress(place, steps.length),
    h('p', { class: 'soft' }, say(`plan.lead_${section}`)),
    helpedBefore(section) ? h('p', { class: 'soft' }, say('plan.before')) : null,
    h('div', { class: 'stack step' }, contentOf(plan, section, 'h2')),
    asksIfItHelped(section) ? question(plan, steps, section) : nextKey(steps, section, 'primary'),
    before ? link(say('plan.previous'), `#/plan/${before}`, { kind: 'quiet', icon: 'back' }) : null,
    isProposable(section) ? link(say('plan.suggest'), '#/plan/suggest', { kind: 'quiet', icon: 'send' }) : null,
    link(say('plan.whole'), '#/plan', { kind: 'quiet', icon: 'plan' }),
  )
}

/** It stays under the header while the plan is read; on a phone that lies on its side it would cover the words. */
export function skipToHelp() {
  const tall = matchMedia('(min-height: 26rem)').matches
  const key = link(say('plan.skip'), '#/help', { kind: 'plain', icon: 'heart', class: 'no-print' })
  if (tall) requestAnimationFrame(() => holdUnderHeader(key))
  return key
}

// The header is as high as its title is long.
function holdUnderHeader(key) {
  const header = document.querySelector('header')
  const top = `${(header ? header.offsetHeight : 0) + 4}px`
  Object.assign(key.style, { position: 'sticky', top, zIndex: '10' })
}

const progress = (n, all) =>
  h(
    'p',
    { class: 'progress' },
    say('plan.step', { n, all }),
    h('progress', { max: String(all), value: n, 'aria-hidden': 'true' }),
  )

const after = (steps, section) => `#/plan/${beside(steps, section, 1) || 'end'}`
const nextKey = (steps, section, kind) => link(say('plan.next'), after(steps, section), { kind, class: 'big' })

function question(plan, steps, section) {
  const entries = plan.document[section] || []
  // With one entry it is known which one was tried.
  const entryId = entries.length === 1 ? entries[0].id : null
  const host = h('div')
  const yes = async () => {
    await keepUse(section, entryId, true)
    wellDone(host, steps, section)
  }
  const no = async () => {
    await keepUse(section, entryId, false)
    go(after(steps, section))
    announce(say('plan.next_said'))
  }
  return fill(
    host,
    card(
      say('plan.helped'),
      h(
        'div',
        { class: 'pair' },
        button(say('plan.yes'), { kind: 'primary', class: 'big', on: yes }),
        button(say('plan.no'), { kind: 'plain', class: 'big', on: no }),
      ),
    ),
  )
}

function wellDone(host, steps, section) {
  const stop = link(say('plan.stop'), '#/home', { kind: 'primary', class: 'big' })
  const goOn = link(say('plan.go_on'), after(steps, section), { kind: 'plain', class: 'big' })
  fill(host, h('div', { class: 'stack' }, notice('good', h('p', { class: 'lead' }, say('plan.done'))), h('div', { class: 'pair' }, stop, goOn)))
  announce(say('plan.done'))
  stop.focus()
}

/** After the last step: nobody is left at the end of a list. */
export function endOfPlan(steps) {
  return card(
    say('plan.end_title'),
    h('p', { class: 'lead' }, say('plan.end')),
    link(say('plan.need'), '#/help', { kind: 'primary', class: 'big', icon: 'heart' }),
    link(say('people.title'), '#/people', { kind: 'plain', icon: 'people' }),
    link(say('numbers.title'), '#/numbers', { kind: 'plain', icon: 'phone' }),
    link(say('plan.again'), `#/plan/${steps[0]}`, { kind: 'quiet' }),
  )
}
