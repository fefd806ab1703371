// The lock screen. Beside it, open to anybody in need: numbers, people, and what helps.

import { say } from '../core/say.js'
import * as vault from '../core/vault.js'
import { button, card, field, fill, h, notice } from '../ui/dom.js'
import { announce } from '../ui/frame.js'
import { onLeave, replace, wanted } from '../ui/router.js'
import { callOrText, ownSteps } from './nearby.js'
import { lostWords, makeRoom } from './new_code.js'

export const title = () => say('unlock.title')

const LONGEST_PIN = 64
const ONE_MINUTE = 60
const GO_ON_MS = 1000

export async function render() {
  if (!vault.isLocked()) {
    replace(wanted())
    return h('div')
  }
  const opening = vault.mode() === 'passkey' ? passkey() : await pinPad()
  return h('div', { class: 'stack' }, opening, ...open())
}

/** What needs no lock. */
function open() {
  const steps = ownSteps(null)
  return [
    h('p', { class: 'soft' }, say('unlock.beside')),
    steps ? card(say('unlock.coping'), steps) : null,
    callOrText(),
    card(null, h('p', { class: 'soft' }, say('unlock.forgot')), button(say('left.code'), { kind: 'plain', on: newCode })),
  ]
}

/** The way on for somebody who cannot open the lock any more. */
async function newCode() {
  if (await makeRoom([lostWords(), say('unlock.new_code')].filter(Boolean))) replace('#/pair')
}

function passkey() {
  const said = h('div', { class: 'stack' })
  const tryIt = async () => {
    fill(said)
    const result = await vault.unlock().catch(() => ({ ok: false }))
    if (result.ok) return entered()
    fill(said, notice('info', h('p', null, say('unlock.passkey_not'))))
    return null
  }
  return h(
    'section',
    { class: 'card stack' },
    h('p', null, say('unlock.passkey_text')),
    button(say('unlock.passkey'), { kind: 'primary', class: 'big', icon: 'lock', on: tryIt }),
    said,
  )
}

// The router draws again by itself once the lock is open; only if that did not happen, the screen goes on alone.
function entered() {
  announce(say('unlock.opened'))
  setTimeout(() => location.hash.startsWith('#/unlock') && replace(wanted()), GO_ON_MS)
}

/** Keys for a thumb, and a field for a keyboard; both write the same PIN. */
async function pinPad() {
  const input = h('input', {
    id: 'pin',
    type: 'password',
    // Our own keys are on the screen already; a keyboard that slides up would hide them.
    inputmode: 'none',
    autocomplete: 'current-password',
    maxlength: String(LONGEST_PIN),
    class: 'big',
  })
  const said = h('div', { class: 'stack' })
  const go = button(say('unlock.open'), { kind: 'primary', class: 'big', icon: 'lock', type: 'submit' })
  const pad = { input, said, go, busy: false, timer: null }
  const submit = (event) => {
    event.preventDefault()
    return attempt(pad)
  }
  onLeave(() => clearInterval(pad.timer))
  const { waitSeconds } = await vault.waiting()
  if (waitSeconds) pause(pad, waitSeconds)
  const form = h('form', { class: 'card stack', novalidate: true, on: { submit } }, field(say('unlock.pin'), input), said, keys(pad), go)
  return form
}

function keys(pad) {
  const put = (digit) => () => {
    if (!pad.input.disabled && pad.input.value.length < LONGEST_PIN) pad.input.value += digit
  }
  const key = (label, on, more = {}) => h('button', { type: 'button', class: 'choice', on: { click: on }, ...more }, label)
  const take = () => {
    pad.input.value = pad.input.value.slice(0, -1)
  }
  const digits = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => key(String(digit), put(digit)))
  const last = [h('span'), key('0', put(0)), key('\u232b', take, { 'aria-label': say('unlock.take') })]
  const three = { 'grid-template-columns': 'repeat(3, minmax(0, 1fr))' }
  return h('div', { class: 'scale', role: 'group', 'aria-label': say('unlock.pad'), style: three }, digits, last)
}

async function attempt(pad) {
  const pin = pad.input.value
  if (pad.busy || pad.input.disabled) return
  if (!pin) {
    fill(pad.said, notice('info', h('p', null, say('unlock.empty'))))
    pad.input.focus()
    return
  }
  pad.busy = true
  fill(pad.said, working())
  const result = await vault.unlock({ pin }).catch(() => ({ ok: false, broken: true }))
  pad.busy = false
  pad.input.value = ''
  if (result.ok) entered()
  else wrong(pad, result)
}

/** It takes the room of the answer that may follow: on a slow phone that comes late, and would push the keys down. */
function working() {
  const room = notice('info', h('p', null, say('unlock.wrong_left', { left: 4 })))
  room.setAttribute('aria-hidden', 'true')
  return h('div', { class: 'one-place' }, room, h('p', { role: 'status', class: 'soft' }, say('unlock.working')))
}

function wrong(pad, { waitSeconds = 0, left = null, broken = false }) {
  if (waitSeconds > 0) return pause(pad, waitSeconds)
  const words = broken ? 'unlock.broken' : left === 1 ? 'unlock.wrong_one' : left ? 'unlock.wrong_left' : 'unlock.wrong'
  fill(pad.said, notice('info', h('p', null, say(words, { left: left ?? 0 }))))
  pad.input.focus()
  return null
}

/** A pause in words that counts down quietly; only its start and its end are read out. */
function pause(pad, seconds) {
  const until = Date.now() + seconds * 1000
  const rest = h('p', { 'aria-hidden': 'true' })
  const off = (is) => {
    pad.input.disabled = is
    pad.go.disabled = is
  }
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000)
    if (left > 0) {
      rest.textContent = waitWords(left)
      return
    }
    clearInterval(pad.timer)
    off(false)
    fill(pad.said, notice('info', h('p', null, say('unlock.try_again'))))
  }
  off(true)
  fill(pad.said, notice('info', h('p', null, say('unlock.pause')), h('p', null, say('unlock.pause_open'))), rest)
  announce(waitWords(seconds))
  tick()
  clearInterval(pad.timer)
  pad.timer = setInterval(tick, 1000)
}

function waitWords(seconds) {
  if (seconds <= ONE_MINUTE) return say('unlock.wait_seconds', { count: seconds })
  return say('unlock.wait_minutes', { count: Math.ceil(seconds / ONE_MINUTE) })
}

