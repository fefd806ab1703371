// What was agreed, item by item with its date; what may be taken back can be taken back here.

import { language, say } from '../core/say.js'
import * as queue from '../core/queue.js'
import * as store from '../core/store.js'
import * as sync from '../core/sync.js'
import { dateWords } from '../core/times.js'
import { ask } from '../ui/dialog.js'
import { button, card, h, notice } from '../ui/dom.js'
import { announce } from '../ui/frame.js'
import { onLeave } from '../ui/router.js'
import { follow, redrawn } from './nearby.js'

export function agreed() {
  const host = h('div', { class: 'stack' })
  // What could not be kept is said until the next change, whatever is drawn anew in the meantime.
  let problem = null
  const draw = () => redrawn(host, [problem, ...content(settled)])
  const settled = (what) => {
    problem = what
    draw()
  }
  follow(draw, ['consents', 'online'], onLeave)
  draw()
  return host
}

function content(settled) {
  const items = store.consents()?.items ?? []
  const told = items.filter((item) => item.kind === 'told')
  const chosen = items.filter((item) => item.kind !== 'told')
  if (!items.length) return [card(null, h('p', null, say('settings.agreed_none')))]
  return [
    h('h2', null, say('settings.told_title')),
    h('p', null, say('settings.told_lead')),
    ...told.map((item) => card(h('h3', null, item.title), h('p', null, item.text), when(item))),
    chosen.length ? h('h2', null, say('settings.consents_title')) : null,
    ...chosen.map((item) => consent(item, settled)),
  ]
}

function when(item) {
  const stands = item.agreed_at && !item.withdrawn_at
  const said = item.kind === 'told' ? 'settings.read_on' : 'settings.agreed_on'
  if (stands) return h('p', { class: 'soft' }, say(said, { date: dateWords(item.agreed_at) }))
  if (item.withdrawn_at) return h('p', { class: 'soft' }, say('settings.withdrawn_on', { date: dateWords(item.withdrawn_at) }))
  return h('p', { class: 'soft' }, say('settings.not_agreed'))
}

function consent(item, settled) {
  const stands = Boolean(item.agreed_at && !item.withdrawn_at)
  const label = say(stands ? 'settings.withdraw' : 'settings.agree')
  return card(
    h('h3', { id: `consent-${item.key}` }, item.title),
    h('p', null, item.text),
    when(item),
    button(label, { kind: 'plain', describedby: `consent-${item.key}`, on: () => change(item, !stands, settled) }),
  )
}

async function change(item, agrees, settled) {
  if (!agrees) {
    const sure = await ask({
      title: say('settings.withdraw_title'),
      text: say('settings.withdraw_text'),
      yes: say('settings.withdraw_yes'),
      no: say('settings.withdraw_no'),
    })
    if (!sure) return
  }
  const path = `/api/me/consents/${item.key}`
  const consents = store.consents()
  const body = { version: item.version, agreed: agrees, language: language() }
  try {
    await queue.add({ id: `consent-${item.key}`, kind: 'consent', method: 'PUT', path, body, label: item.title })
  } catch {
    announce(say('checkin.not_kept'))
    settled(notice('warn', say('checkin.not_kept')))
    return
  }
  const at = new Date().toISOString()
  const changed = agrees ? { agreed_at: at, withdrawn_at: null } : { withdrawn_at: at }
  const items = consents.items.map((one) => (one.key === item.key ? { ...one, ...changed } : one))
  await store.put('consents', { ...consents, items })
  announce(say('settings.saved'))
  settled(null)
  sync.now()
}
