// Settings: one list, each line saying how it stands now, and a screen for each part.

import { language, say } from '../core/say.js'
import * as queue from '../core/queue.js'
import * as store from '../core/store.js'
import * as vault from '../core/vault.js'
import { h, icon } from '../ui/dom.js'
import { onLeave } from '../ui/router.js'
import { follow, redrawn } from './nearby.js'
import { agreed } from './settings_agreed.js'
import { exit, leaving, storage, waiting } from './settings_leaving.js'
import { lock } from './settings_lock.js'
import { languages, look, name } from './settings_look.js'
import { reminders } from './settings_reminders.js'

export const locked = true

const PARTS = { language: languages, look, reminders, name, lock, agreed, storage, exit, waiting, leaving }

export const title = (params) => say(PARTS[params?.part] ? `settings.${params.part}` : 'settings.title')

export async function render({ part } = {}) {
  if (PARTS[part]) return PARTS[part]()
  const host = h('div', { class: 'stack' })
  const draw = async () => redrawn(host, await list())
  follow(draw, ['queue', 'settings'], onLeave)
  await draw()
  return host
}

const ICONS = {
  language: 'text',
  look: 'eye',
  reminders: 'bell',
  name: 'home',
  lock: 'lock',
  agreed: 'check',
  storage: 'plan',
  exit: 'exit',
  waiting: 'send',
  leaving: 'exit',
}

async function list() {
  const [settings, preferences] = [store.settings(), store.preferences() ?? {}]
  const entries = await queue.list()
  const toSend = entries.filter((entry) => ['waiting', 'sending'].includes(entry.state)).length
  const over = entries.some((entry) => entry.state === 'refused')
  const now = {
    language: say(`settings.language_${language()}`),
    look: say(`settings.text_${settings.text_size}`),
    reminders: say(preferences.reminders === false ? 'settings.off' : 'settings.on'),
    name: say(settings.discreet ? 'settings.name_plain' : 'settings.name_own'),
    lock: say(`settings.lock_${vault.mode() ?? 'open'}`),
    leaving: say('settings.leaving_short'),
    waiting: toSend ? say('settings.waiting_count', { count: toSend }) : say(over ? 'home.refused' : 'settings.waiting_none_short'),
  }
  return Object.keys(PARTS).map((part) =>
    h(
      'a',
      { class: 'choice', href: `#/settings/${part}` },
      icon(ICONS[part]),
      h('span', null, say(`settings.${part}`), now[part] ? h('span', { class: 'soft', style: { display: 'block' } }, now[part]) : null),
    ),
  )
}
