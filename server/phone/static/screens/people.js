// My people and my team, to call or to text. It opens under the lock and before a phone is set up.
import { say } from '../core/say.js'
import * as store from '../core/store.js'
import * as vault from '../core/vault.js'
import { card, h, link } from '../ui/dom.js'
import { onLeave, refresh } from '../ui/router.js'
import { anyoneRow, atWork } from './line_rows.js'

export const open = true
export const title = () => say('people.title')

export async function render() {
  onLeave(store.on('plan', () => refresh()))
  const known = (store.help() && store.help().people) || []
  const numbers = link(say('numbers.title'), '#/numbers', { kind: 'plain', icon: 'phone' })
  if (!known.length) return h('div', { class: 'stack' }, nobody(), numbers)
  return h(
    'div',
    { class: 'stack' },
    h('p', { class: 'soft' }, say('people.lead')),
    group('people.mine', known.filter((one) => !atWork(one)).map(anyoneRow)),
    group('people.team', known.filter(atWork).map(anyoneRow)),
    numbers,
  )
}

const group = (key, rows) =>
  rows.length ? h('section', { class: 'stack' }, h('h2', null, say(key)), h('ul', { class: 'clean stack' }, rows)) : null

function nobody() {
  const paired = Boolean(vault.mode())
  const idea = paired && !vault.isLocked() && store.plan() && store.plan().number
  return card(
    say('people.none'),
    h('p', { class: 'soft' }, say(paired ? 'people.none_text' : 'people.before')),
    idea ? link(say('people.suggest'), '#/plan/suggest', { kind: 'plain', icon: 'person' }) : null,
  )
}
