// Reminders, and the hours in which the phone stays quiet.

import { say } from '../core/say.js'
import * as push from '../core/push.js'
import * as store from '../core/store.js'
import { button, card, field, fill, h, notice } from '../ui/dom.js'
import { keepPreferences, radios } from './settings_parts.js'

const QUIET = { quiet_from: '22:00', quiet_to: '07:00' }

export function reminders() {
  const said = h('div', { class: 'stack' })
  const now = store.preferences() ?? {}
  const hours = h('div', { class: 'stack' })
  const showHours = () => fill(hours, ...quietHours(showHours))
  showHours()
  const group = radios({
    legend: say('settings.reminders_legend'),
    hint: say('settings.reminders_hint'),
    options: [
      ['on', say('settings.on')],
      ['off', say('settings.off')],
    ],
    chosen: now.reminders === false ? 'off' : 'on',
    onPick: (value) => switched(value === 'on', said),
  })
  if (now.reminders !== false) offerHere(said)
  return h('div', { class: 'stack' }, group, said, hours, card(null, h('p', { class: 'soft' }, say('settings.reminders_alone'))))
}

/** Reminders are wished for, but this phone does not show them: one tap mends it. */
async function offerHere(said) {
  const state = await push.state()
  if (said.firstChild) return
  if (state === 'blocked') fill(said, notice('info', h('p', null, say('push.blocked'))))
  if (state !== 'off') return
  const on = () => switched(true, said)
  fill(said, notice('info', h('p', null, say('settings.reminders_not_here'))), button(say('settings.reminders_here'), { kind: 'plain', icon: 'bell', on }))
}

/** The phone's own permission is asked in the same tap. What is missing is said; the choice itself stays as made. */
async function switched(on, said) {
  const done = await (on ? push.turnOn() : push.turnOff())
  fill(said, done ? null : notice('info', h('p', null, say(push.problem() ?? 'push.failed'))))
  await keepPreferences({ reminders: on })
}

function quietHours(redraw) {
  const now = store.preferences() ?? {}
  const quiet = Boolean(now.quiet_from && now.quiet_to)
  const change = async (next) => {
    await keepPreferences(next)
    redraw()
  }
  if (!quiet) {
    const on = () => change({ ...QUIET })
    return [h('h2', null, say('settings.quiet')), h('p', null, say('settings.quiet_none')), button(say('settings.quiet_set'), { kind: 'plain', on })]
  }
  const said = h('div', { class: 'stack' })
  const keep = () => {
    // The service would refuse it later, when "Saved" has long been read.
    const same = from.value === to.value
    fill(said, same ? notice('warn', h('p', { role: 'alert' }, say('settings.quiet_same'))) : null)
    if (!same && from.value && to.value) keepPreferences({ quiet_from: from.value, quiet_to: to.value })
  }
  const from = time('quiet-from', now.quiet_from, keep)
  const to = time('quiet-to', now.quiet_to, keep)
  return [
    h('h2', null, say('settings.quiet')),
    h('p', null, say('settings.quiet_text')),
    h('div', { class: 'pair' }, field(say('settings.quiet_from'), from), field(say('settings.quiet_to'), to)),
    said,
    button(say('settings.quiet_clear'), { kind: 'quiet', on: () => change({ quiet_from: null, quiet_to: null }) }),
  ]
}

function time(id, value, keep) {
  const input = h('input', { type: 'time', id, value, required: true })
  input.addEventListener('change', () => input.value && keep())
  return input
}
