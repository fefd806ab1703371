// Pairing: one code, typed or brought by the link, makes this phone the client's.
import * as api from '../core/api.js'
import { language, say, setLanguage } from '../core/say.js'
import * as sync from '../core/sync.js'
import * as vault from '../core/vault.js'
import { button, card, field, fill, h, link } from '../ui/dom.js'
import { announce } from '../ui/frame.js'
import { refresh, replace } from '../ui/router.js'
import * as setup from './setup.js'

export const open = true
export const title = () => say('pair.title')

const LENGTH = 10
const EXAMPLE = 'ABCDE 23456'
// Codes are made of letters and digits that cannot be taken for one another.
const NEVER_IN_A_CODE = /[^ABCDEFGHJKMNPQRSTVWXYZ23456789]/g

let typed = ''
let fromLink = null

/** The code in what was typed or pasted: capitals, no spaces or dashes, also out of a whole link. */
export function readCode(text) {
  const pasted = /#pair=([^&\s]+)/i.exec(text)
  return (pasted ? pasted[1] : text).toUpperCase().replace(/[\s._\-\u2010-\u2015]/g, '')
}

/** What is wrong with a code before it is sent, as [key, slots]; null when it looks like one. */
export function faultIn(code) {
  if (!code) return ['pair.empty']
  const strange = [...new Set(code.match(NEVER_IN_A_CODE) || [])]
  if (strange.length) return ['pair.letters', { signs: strange.join(', ') }]
  return code.length === LENGTH ? null : ['pair.length', { count: code.length }]
}

/** Why the server said no, as the key of a sentence. Used and run out share one answer there. */
export function refusal({ offline, status }) {
  if (offline) return 'pair.offline'
  return { 422: 'pair.wrong', 410: 'pair.over', 429: 'pair.many' }[status] || 'pair.trouble'
}

const inGroups = (code) => (faultIn(code) ? code : `${code.slice(0, 5)} ${code.slice(5)}`)

export async function render(params) {
  // Kept also where this phone is somebody's already: who forgot the lock makes room, and finds the code here.
  if (params.code && params.code !== fromLink) {
    fromLink = params.code
    typed = inGroups(readCode(params.code))
  }
  if (vault.mode()) return elsewhere('#/home')
  if (await setup.begun()) return elsewhere('#/told')
  const host = h('form', { class: 'stack', novalidate: true })
  const state = { error: null, busy: false }
  host.addEventListener('submit', (event) => {
    event.preventDefault()
    if (!state.busy) send(host, state)
  })
  draw(host, state)
  return h('div', { class: 'stack' }, otherLanguage(), host, h('p', { class: 'soft' }, say('pair.exit')), noCode())
}

function elsewhere(route) {
  replace(route)
  return h('div')
}

function draw(host, state) {
  const input = h('input', {
    id: 'pair-code',
    class: 'big code',
    type: 'text',
    value: typed,
    autocomplete: 'one-time-code',
    autocapitalize: 'characters',
    autocorrect: 'off',
    spellcheck: 'false',
    enterkeyhint: 'go',
    maxlength: '200',
    on: { input: () => (typed = input.value) },
  })
  const hint = say('pair.hint', { example: EXAMPLE })
  fill(
    host,
    h('p', { class: 'lead' }, say('pair.lead')),
    field(say('pair.label'), input, { hint, error: state.error }),
    button(say(state.busy ? 'pair.working' : 'pair.go'), { kind: 'primary', type: 'submit', class: 'big' }),
  )
  return input
}

async function send(host, state) {
  const code = readCode(typed)
  const fault = faultIn(code)
  if (fault) return wrong(host, state, say(...fault))
  state.busy = true
  state.error = null
  draw(host, state)
  announce(say('pair.working'))
  if ((await vault.takenMeanwhile()) || (await setup.begun())) return location.reload()
  await sync.now() // a session that a wipe left behind ends before this one begins
  // A code works once: where only the phone was full, the next tap goes on from here.
  const answer = state.taken === code ? { ok: true } : await api.call('POST', '/api/pair', { code })
  state.busy = false
  if (!answer.ok) return wrong(host, state, say(refusal(answer)))
  state.taken = code
  try {
    await setup.begin()
  } catch {
    return wrong(host, state, say('frame.full'))
  }
  typed = ''
  replace('#/told')
  return undefined
}

// The field is described by its error, so moving there reads it out.
function wrong(host, state, sentence) {
  state.error = sentence
  draw(host, state).focus()
}

function otherLanguage() {
  const [code, name] = language() === 'en' ? ['es', 'Español'] : ['en', 'English']
  const change = () => {
    setLanguage(code)
    refresh()
  }
  return h('div', { class: 'row row-end' }, button(name, { kind: 'quiet', lang: code, on: change }))
}

const noCode = () =>
  card(
    say('pair.no_code'),
    h('p', { class: 'soft' }, say('pair.no_code_text')),
    link(say('pair.numbers'), '#/numbers', { kind: 'plain', icon: 'phone' }),
  )
