// The lock: which one, changing it, and how long until it closes by itself.

import { startAutoLock } from '../core/lock.js'
import { say } from '../core/say.js'
import * as store from '../core/store.js'
import * as vault from '../core/vault.js'
import { button, card, field, fill, h, notice } from '../ui/dom.js'
import { announce } from '../ui/frame.js'
import { keepPreferences, keepSettings, radios } from './settings_parts.js'

const PIN = /^[0-9]{4,8}$/
const MINUTES = [1, 5, 15]

export async function lock() {
  const host = h('div', { class: 'stack' })
  await draw(host)
  return host
}

async function draw(host, chosen = vault.mode()) {
  const below = h('div', { class: 'stack' })
  const change = async (mode) => {
    fill(below)
    if (mode === 'pin') pinForm(host, below)
    else await put(host, below, mode)
  }
  const own = (await vault.passkeyPossible()) || chosen === 'passkey'
  const options = ['pin', own ? 'passkey' : null, 'open'].filter(Boolean).map((mode) => [mode, say(`settings.lock_${mode}`)])
  const again = chosen === 'pin' ? button(say('settings.pin_change'), { kind: 'plain', on: () => pinForm(host, below) }) : null
  const legend = say('settings.lock_legend')
  fill(
    host,
    [
      radios({ legend, hint: say('settings.lock_hint'), options, chosen, onPick: change }),
      again,
      below,
      chosen === 'open' ? null : autoLock(),
      card(null, h('p', { class: 'soft' }, say('told.lock_open_parts'))),
    ],
  )
}

function autoLock() {
  const onPick = async (value) => {
    await keepSettings({ minutes: Number(value) })
    startAutoLock(Number(value))
  }
  return radios({
    legend: say('settings.minutes_legend'),
    options: MINUTES.map((count) => [String(count), say(count === 1 ? 'settings.minute' : 'settings.minutes', { count })]),
    chosen: String(store.settings().minutes),
    onPick,
  })
}

/** The new lock in place of the old one; where it cannot be had, the old one stays and the words say so. */
async function put(host, below, mode, pin) {
  fill(below, h('p', { role: 'status' }, say('settings.lock_working')))
  try {
    await vault.changeLock(mode, pin ? { pin } : {})
  } catch (problem) {
    console.error(problem)
    await draw(host)
    host.append(notice('warn', h('p', null, say('settings.lock_failed'))))
    return
  }
  await keepPreferences({ lock: mode })
  await draw(host)
  announce(say('settings.lock_done'))
  host.querySelector('input:checked')?.focus()
}

const pinInput = (id) =>
  h('input', { id, type: 'password', inputmode: 'numeric', autocomplete: 'new-password', maxlength: '8' })

function pinForm(host, below, { first = '', error = null, errorAgain = null } = {}) {
  const [pin, twice] = [pinInput('pin-new'), pinInput('pin-again')]
  pin.value = first
  const submit = (event) => {
    event.preventDefault()
    if (!PIN.test(pin.value)) return pinForm(host, below, { first: pin.value, error: say('told.pin_shape') })
    if (pin.value !== twice.value) return pinForm(host, below, { first: pin.value, errorAgain: say('told.pin_differs') })
    return put(host, below, 'pin', pin.value)
  }
  const form = h(
    'form',
    { class: 'card stack', novalidate: true, on: { submit } },
    field(say('settings.pin_new'), pin, { hint: say('told.pin_hint'), error }),
    field(say('told.pin_again'), twice, { error: errorAgain }),
    h('p', { class: 'soft' }, say('told.pin_lost')),
    button(say('told.pin_save'), { kind: 'primary', type: 'submit' }),
  )
  fill(below, form)
  const next = errorAgain ? twice : pin
  next.focus()
  if (error || errorAgain) announce(error || errorAgain)
}
