// This phone holds nothing any more: why, in one sentence, what to do, and the numbers.

import { say } from '../core/say.js'
import * as vault from '../core/vault.js'
import { card, h, link, notice } from '../ui/dom.js'
import { numbers } from './nearby.js'

export const open = true
export const title = () => say('gone.title')

const REASONS = ['signed_out', 'wiped', 'evicted']

export async function render() {
  const reason = REASONS.includes(vault.gone()) ? vault.gone() : 'other'
  return h(
    'div',
    { class: 'stack' },
    unsent(),
    card(say(`gone.${reason}`), h('p', null, say(`gone.${reason}_text`)), h('p', null, say('gone.ask'))),
    link(say('gone.pair'), '#/pair', { kind: 'primary' }),
    h(
      'section',
      { class: 'stack', 'aria-labelledby': 'gone-numbers' },
      h('h2', { id: 'gone-numbers' }, say('gone.numbers')),
      numbers(),
      link(say('nearby.all_numbers'), '#/numbers'),
    ),
  )
}

// What was waiting went with the rest. Nobody may believe that it arrived.
function unsent() {
  const count = vault.unsentAtEnd()
  if (!count) return null
  const words = count === 1 ? say('gone.unsent_one') : say('gone.unsent_many', { count })
  return notice('warn', h('p', null, words), h('p', null, say('gone.unsent_call')))
}
