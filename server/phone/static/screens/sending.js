// The honest state of one thing that was or is to be sent, in words and never ahead of the server.

import { say } from '../core/say.js'
import * as queue from '../core/queue.js'
import * as sync from '../core/sync.js'
import { isFresh } from '../core/skew.js'
import { when } from '../core/times.js'
import { button, h, notice } from '../ui/dom.js'
import { ask } from '../ui/dialog.js'
import { mainNumber } from './nearby.js'

/** The entry of this id in the queue, or null. */
export async function entryOf(id) {
  return (await queue.list()).find((entry) => entry.id === id) ?? null
}

/** True while the server does not have it. */
export const unsent = (entry) => Boolean(entry) && entry.state !== 'sent'

/** True when the phone knows of no network just now. */
export const cutOff = () => sync.online() === 'offline'

/** True when it does not get through just now: no network, or a service that has not taken it yet. */
export const heldUp = (entry) => cutOff() || Boolean(entry?.stuck)

// The shortest time any programme gives itself to look.
const PROMISE_STANDS_MS = 10 * 60 * 1000

/** Whether the reply's sentence may still be told: it names a time, and stands while that cannot have passed. */
export const stillStands = (reply) => Boolean(reply?.coverage) && isFresh(reply.received_at, PROMISE_STANDS_MS)

/** The key of the sentence that says in short how it stands with what is not sent. */
export function stateWords(entry) {
  if (entry?.state === 'refused') return 'sending.refused'
  return heldUp(entry) ? 'sending.not_sent' : 'sending.under_way'
}

/** When the server said it had it; null before that. */
export const receivedAt = (entry, reply) => reply?.received_at ?? entry?.received_at ?? null

/** "Received at 9:02", "Sending", "Not sent yet. No one has seen this.", or why it was refused. */
export function stateNotice(entry, reply) {
  const at = receivedAt(entry, reply)
  if (at && !unsent(entry)) return notice('good', say('sending.received', { time: when(at) }))
  if (!entry) return notice('info', say('sending.unknown'))
  if (entry.state === 'refused') return refusedNotice(entry)
  if (entry.stored === false) {
    return notice('warn', h('p', null, h('strong', null, say('sending.not_sent'))), h('p', null, say('sending.keep_open')))
  }
  if (heldUp(entry)) {
    return notice(
      'warn',
      h('p', null, h('strong', null, say('sending.not_sent'))),
      h('p', null, say(cutOff() ? 'sending.goes_by_itself' : 'sending.tries_again')),
      mainNumber() ? h('p', null, say('sending.call_now', { line: mainNumber() })) : null,
    )
  }
  return notice('info', h('p', null, say('sending.under_way')), h('p', null, say('sending.no_one_yet')))
}

/** Why the service did not take it. The words are ours: a server's reason is written for machines. */
function refusedWords(entry) {
  const { status, type } = entry.problem ?? {}
  if (type === 'about:discharged') return 'left.no_one'
  if (entry.kind === 'answer' && status === 409) return 'sending.refused_answered'
  if (entry.kind === 'answer') return 'sending.refused_answer'
  if (entry.kind === 'help') return 'sending.refused_help'
  return 'sending.refused_other'
}

function refusedNotice(entry) {
  const words = [h('p', null, h('strong', null, say('sending.refused'))), h('p', null, say(refusedWords(entry)))]
  return notice('warn', ...words)
}

/** Takes a refused item off the list, once the person has agreed to lose it. */
export async function letGo(entry) {
  const sure = await ask({
    title: say('sending.let_go_title'),
    text: say('sending.let_go_text'),
    yes: say('sending.let_go_yes'),
    no: say('sending.let_go_no'),
    danger: true,
  })
  if (sure) await queue.dismiss(entry.id)
  return sure
}

/** A button that tries again now; the phone also tries by itself. */
export function tryNow() {
  return button(say('sending.try_now'), { kind: 'plain', icon: 'send', on: () => sync.now() })
}
