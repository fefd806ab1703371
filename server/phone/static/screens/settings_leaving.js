// What is kept here and what is on its way; what quick exit does; and taking everything off this phone.

import * as queue from '../core/queue.js'
import { say } from '../core/say.js'
import * as sync from '../core/sync.js'
import { dayAndClock, when } from '../core/times.js'
import * as vault from '../core/vault.js'
import { ask } from '../ui/dialog.js'
import { button, card, fill, h, notice } from '../ui/dom.js'
import { onLeave } from '../ui/router.js'
import { callOrText, follow, redrawn } from './nearby.js'
import { lostWords } from './new_code.js'
import { letGo, stateNotice, tryNow } from './sending.js'
import { paragraphs } from './settings_parts.js'

const LATELY = 10

export async function storage() {
  const host = h('div', { class: 'stack' })
  const draw = (lasting) => redrawn(host, storageWords(lasting, ask_))
  const ask_ = async () => draw(await keep())
  draw(await persisted())
  return host
}

const storageManager = () => navigator.storage

/** True, false, or null where the phone does not tell. */
async function persisted() {
  try {
    return storageManager()?.persisted ? await storageManager().persisted() : null
  } catch {
    return null
  }
}

async function keep() {
  try {
    return await storageManager().persist()
  } catch {
    return null
  }
}

function storageWords(lasting, again) {
  const key = lasting === null ? 'settings.storage_unknown' : lasting ? 'settings.storage_lasting' : 'settings.storage_loose'
  const readers = vault.mode() === 'open' ? 'settings.storage_open' : 'settings.storage_sealed'
  return [
    card(say('settings.storage_what'), ...paragraphs('settings.storage_here', readers)),
    notice(lasting ? 'good' : 'info', h('p', null, say(key))),
    lasting === false ? button(say('settings.storage_ask'), { kind: 'plain', on: again }) : null,
    h('p', { class: 'soft' }, say('settings.storage_lost')),
  ]
}

export function exit() {
  return h(
    'div',
    { class: 'stack' },
    card(say('settings.exit_does'), ...paragraphs('settings.exit_does_1', 'settings.exit_does_2', 'settings.exit_does_3')),
    card(say('settings.exit_not'), ...paragraphs('settings.exit_not_1', 'settings.exit_not_2', 'settings.exit_not_3')),
  )
}

/** Everything that waits, is on its way or was refused, and what went out lately. */
export async function waiting() {
  const host = h('div', { class: 'stack' })
  const draw = async () => redrawn(host, await waitingList())
  follow(draw, ['queue', 'online'], onLeave)
  await draw()
  return host
}

async function waitingList() {
  const all = await queue.list()
  const kept = all.filter((entry) => entry.state !== 'sent')
  const sent = all.filter((entry) => entry.state === 'sent').reverse()
  return [
    kept.length ? h('p', null, say('settings.waiting_lead')) : card(null, h('p', null, say('settings.waiting_none'))),
    ...kept.map(entryCard),
    kept.some((entry) => entry.state === 'waiting') ? tryNow() : null,
    kept.some((entry) => entry.kind === 'help' || entry.kind === 'answer') ? callOrText() : null,
    sent.length ? card(say('settings.sent_lately'), h('ul', { class: 'clean rows' }, sent.slice(0, LATELY).map(sentRow))) : null,
  ]
}

const nameOf = (entry) => entry.label || say(`settings.kind_${entry.kind}`)

function sentRow(entry) {
  const at = entry.received_at ?? entry.reply?.received_at ?? entry.at
  return h('li', null, h('p', null, nameOf(entry)), h('p', { class: 'soft' }, say('sending.received', { time: when(at) })))
}

function entryCard(entry) {
  const refused = entry.state === 'refused'
  return card(
    h('h2', null, nameOf(entry)),
    h('p', { class: 'soft' }, say('settings.made_at', { when: dayAndClock(entry.at) })),
    stateNotice(entry, entry.reply),
    refused ? button(say('after.let_go'), { kind: 'quiet', on: () => letGo(entry) }) : null,
  )
}

/** Signing out takes everything off this phone; it works without a network and says what is lost. */
export function leaving() {
  const said = h('div', { class: 'stack' })
  const go = button(say('settings.leave_now'), { kind: 'danger', icon: 'exit', on: () => leave(said) })
  return h(
    'div',
    { class: 'stack' },
    card(say('settings.leave_what'), ...paragraphs('settings.leave_1', 'settings.leave_2', 'settings.leave_3')),
    card(say('settings.leave_after'), ...paragraphs('settings.leave_4', 'settings.leave_5')),
    go,
    said,
  )
}

async function leave(said) {
  const sure = await ask({
    title: say('settings.leave_title'),
    text: [lostWords(), say('settings.leave_text')].filter(Boolean),
    yes: say('settings.leave_yes'),
    no: say('settings.leave_no'),
    danger: true,
  })
  if (!sure) return
  fill(said, h('p', { role: 'status' }, say('settings.leave_working')))
  // The phone is emptied first, with or without a network; the service hears of it as soon as there is one.
  await vault.wipe('wiped')
  await sync.now()
}
