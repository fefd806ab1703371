// This phone holds nothing any more: why, in one sentence, what to do, and the numbers.

import { say } from '../core/say.js'
import * as vault from '../core/vault.js'
import { card, h, link } from '../ui/dom.js'
import { numbers } from './nearby.js'

export const open = true
export const title = () => say('gone.title')

const REASONS = ['signed_out', 'wiped', 'evicted']

export async function render() {
  const reason = REASONS.includes(vault.gone()) ? vault.gone() : 'other'
  return h(
    'div',
    { class: 'stack' },
    card(say(`gone.${reason}`), h('p', null, say(`gone.${reason}_text`)), h('p', null, say('gone.ask'))),
    link(say('gone.pair'), '#/pair', { kind: 'primary' }),
    h('section', { class: 'stack', 'aria-labelledby': 'gone-numbers' }, h('h2', { id: 'gone-numbers' }, say('gone.numbers')), numbers(3)),
  )
}
