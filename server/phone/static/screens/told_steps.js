// The steps of the walk before the start. Each makes its content and calls `go(change)` when it is done.
import * as api from '../core/api.js'
import * as push from '../core/push.js'
import { language as current, say, setLanguage } from '../core/say.js'
import * as vault from '../core/vault.js'
import { button, card, field, fill, h, notice } from '../ui/dom.js'
import { announce } from '../ui/frame.js'
import * as setup from './setup.js'

const NAMES = { en: 'English', es: 'Español' }
const PIN = /^[0-9]{4,8}$/

const failure = (answer) => (answer.offline ? 'told.offline' : 'told.trouble')

/** Gets the items in the chosen language into the flow. Returns the key of a problem, or null. */
export async function fetchItems(flow) {
  const kept = await api.call('GET', '/api/me/preferences')
  if (!kept.ok) return failure(kept)
  flow.kept = { ...kept.data, language: flow.language }
  const noted = await api.call('PUT', '/api/me/preferences', flow.kept)
  if (!noted.ok) return failure(noted)
  const answer = await api.call('GET', '/api/me/consents')
  if (!answer.ok) return failure(answer)
  // What was said on another phone, to these same words, is not asked twice.
  flow.items = setup.pending(answer.data)
  return null
}

/** Which language: it comes first, everything after is said in it. */
export function language(flow, _item, go) {
  const choose = (code) => () => {
    setLanguage(code)
    const same = flow.items && flow.language === code
    go({ language: code, items: same ? flow.items : null })
  }
  const choice = (code) =>
    button(NAMES[code], { kind: code === current() ? 'primary' : 'plain', class: 'big', lang: code, on: choose(code) })
  return card(
    say('told.language'),
    choice('en'),
    choice('es'),
    h('p', { class: 'soft' }, say('told.language_note')),
  )
}

// What is said counts for the words as they stood: each item has its own version.
const saying = (flow, item, agreed) => ({
  answers: { ...flow.answers, [item.key]: { version: item.version, agreed } },
})

/** One thing to know. */
export function told(flow, item, go) {
  const agree = () => go(saying(flow, item, true))
  return card(
    item.title,
    h('p', { class: 'lead' }, item.text),
    button(say('told.understand'), { kind: 'primary', class: 'big', icon: 'check', on: agree }),
  )
}

/** One thing to allow or not. */
export function consent(flow, item, go) {
  const answer = (agreed) => () => go(saying(flow, item, agreed))
  return card(
    item.title,
    h('p', { class: 'lead' }, item.text),
    h(
      'div',
      { class: 'pair' },
      button(say('told.yes'), { kind: 'primary', class: 'big', on: answer(true) }),
      button(say('told.no'), { kind: 'plain', class: 'big', on: answer(false) }),
    ),
    h('p', { class: 'soft' }, say('told.choice_note')),
  )
}

/** Reminders, with the very words that a notice shows. */
export function reminders(_flow, _item, go) {
  const keys = h('div', { class: 'stack' })
  const yes = async () => {
    fill(keys, h('p', { class: 'soft', role: 'status' }, say('told.remind_asking')))
    if (await push.turnOn()) return go({ reminders: true })
    // The wish is kept: other ways of reminding go by it too.
    const goOn = button(say('plan.go_on'), { kind: 'primary', class: 'big', on: () => go({ reminders: true }) })
    fill(keys, notice('info', h('p', null, say(push.problem() || 'told.remind_refused'))), goOn)
    goOn.focus()
    return undefined
  }
  fill(
    keys,
    button(say('told.remind_yes'), { kind: 'primary', class: 'big', icon: 'bell', on: yes }),
    button(say('told.remind_no'), { kind: 'plain', class: 'big', on: () => go({ reminders: false }) }),
  )
  return card(
    say('told.remind'),
    h('p', null, say('told.remind_text')),
    h('p', { class: 'quote' }, say('told.remind_sample')),
    h('p', { class: 'soft' }, say(push.possible() ? 'told.remind_why' : 'told.remind_none')),
    keys,
  )
}

/** Which lock, and what stays open under any of them. */
export async function lock(_flow, _item, go) {
  const below = h('div', { class: 'stack' })
  const make = (chosen, pin) => finish(below, go, chosen, pin)
  const own = await vault.passkeyPossible()
  return card(
    say('told.lock'),
    h('p', null, say('told.lock_text')),
    h('p', { class: 'soft' }, say('told.lock_open_parts')),
    own ? option('told.lock_passkey', () => make('passkey')) : null,
    option('told.lock_pin', () => pinForm(below, make)),
    option('told.lock_none', () => make('open')),
    below,
  )
}

function option(key, on) {
  return h(
    'button',
    { type: 'button', class: 'choice', on: { click: on } },
    h('span', { class: 'call-row-words' }, h('strong', null, say(key)), h('span', { class: 'soft' }, say(`${key}_note`))),
  )
}

// Making the lock takes an old phone a moment; what fails is said beside the choices.
async function finish(below, go, chosen, pin) {
  fill(below, h('p', { role: 'status' }, say('told.finishing')))
  try {
    await vault.setUp(chosen, pin ? { pin } : undefined)
  } catch (problem) {
    console.error(problem)
    fill(below, notice('warn', h('p', null, say('told.lock_failed'))))
    return undefined
  }
  return go({ lock: chosen })
}

const pinInput = (id) =>
  h('input', { id, type: 'password', inputmode: 'numeric', autocomplete: 'new-password', maxlength: '8', class: 'big' })

function pinForm(below, make, { first = '', error = null, errorAgain = null } = {}) {
  const pin = pinInput('pin-first')
  const twice = pinInput('pin-again')
  pin.value = first
  const submit = (event) => {
    event.preventDefault()
    const known = { first: pin.value }
    if (!PIN.test(pin.value)) return pinForm(below, make, { ...known, error: say('told.pin_shape') })
    if (pin.value !== twice.value) return pinForm(below, make, { ...known, errorAgain: say('told.pin_differs') })
    return make('pin', pin.value)
  }
  fill(
    below,
    h(
      'form',
      { class: 'stack', novalidate: true, on: { submit } },
      field(say('told.pin'), pin, { hint: say('told.pin_hint'), error }),
      field(say('told.pin_again'), twice, { error: errorAgain }),
      h('p', { class: 'soft' }, say('told.pin_lost')),
      button(say('told.pin_save'), { kind: 'primary', class: 'big', type: 'submit' }),
    ),
  )
  const next = errorAgain ? twice : pin
  next.focus()
  if (error || errorAgain) announce(error || errorAgain)
}
