// What the settings screens share: a group of choices, and saving what the service also has to know.

import { say } from '../core/say.js'
import * as queue from '../core/queue.js'
import * as store from '../core/store.js'
import * as sync from '../core/sync.js'
import { freshId, h, notice } from '../ui/dom.js'
import { announce, main } from '../ui/frame.js'
import { refresh } from '../ui/router.js'

/** Radio rows under a legend; `onPick(value)` runs with each choice. `hint` stands under the legend. */
export function radios({ legend, hint, options, chosen, onPick }) {
  const group = freshId('group')
  const rows = options.map(([value, label]) => {
    const box = h('input', { type: 'radio', name: group, value, id: `${group}-${value}`, checked: value === chosen })
    box.addEventListener('change', () => box.checked && onPick(value))
    return h('label', { class: 'choice' }, box, h('span', null, label))
  })
  return h(
    'div',
    { class: 'stack', role: 'radiogroup', 'aria-labelledby': `${group}-title` },
    h('h2', { id: `${group}-title` }, legend),
    hint ? h('p', { class: 'soft' }, hint) : null,
    h('div', { class: 'choices' }, rows),
  )
}

/** Changes what only this phone keeps. */
export async function keepSettings(change) {
  await store.put('settings', { ...store.settings(), ...change })
  announce(say('settings.saved'))
}

/** Changes what the service keeps too: shown at once, sent when there is a network. False where a full phone cannot. */
export async function keepPreferences(change) {
  const { language = 'en', reminders = true, quiet_from = null, quiet_to = null, lock = null } = store.preferences() ?? {}
  const body = { language, reminders, quiet_from, quiet_to, lock, ...change }
  const path = '/api/me/preferences'
  try {
    await queue.add({ id: 'preferences', kind: 'preferences', method: 'PUT', path, body, label: say('settings.queued') })
  } catch {
    // It stays as it was, and the screen shows it so.
    await refresh()
    main().prepend(notice('warn', say('checkin.not_kept')))
    announce(say('checkin.not_kept'))
    return false
  }
  await store.put('preferences', { ...store.preferences(), ...body })
  announce(say('settings.saved'))
  sync.now()
  return true
}

/** Paragraphs, one a key. */
export const paragraphs = (...keys) => keys.map((key) => h('p', null, say(key)))
