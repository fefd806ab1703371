// A check-in: one question a screen, saved at every step, sent once. Tapping a row answers and goes on
// on the last question everything is only chosen, and one button sends.

import { say } from '../core/say.js'
import * as queue from '../core/queue.js'
import { looksRisky } from '../core/risk.js'
import * as clock from '../core/skew.js'
import * as store from '../core/store.js'
import * as sync from '../core/sync.js'
import { dayAndClock } from '../core/times.js'
import { button, fill, h, link, notice } from '../ui/dom.js'
import { announce } from '../ui/frame.js'
import { onLeave, replace } from '../ui/router.js'
import { byOneTap, control, isDeclined, readNumber } from './checkin_controls.js'
import { numbers } from './nearby.js'

export const locked = true
export const title = () => say('checkin.title')

// The second half of a double tap lands on the next question; nobody reads and answers one this fast.
const DOUBLE_TAP_MS = 400
const SAVE_AFTER_MS = 500
// What somebody felt this morning is not what they say of tonight.
const STILL_NOW_MS = 4 * 60 * 60 * 1000

/** The check-in as it stands: from its draft, else from what is open. Null where there is nothing to answer. */
async function openSheet(id) {
  const draft = await store.draft(id)
  if (draft && draft.answers && draft.answers.items) {
    return { ...draft.answers, step: draft.step ?? 0, saved_at: draft.saved_at, draftKey: id }
  }
  const known = store.checkins()
  if (id === 'new') {
    if (!known?.anytime?.items?.length) return null
    const { items, questionnaire_id } = known.anytime
    return { id: queue.newId(), items, questionnaire_id, closes_at: null, answers: {}, typed: {}, step: 0, draftKey: id }
  }
  const open = known?.open?.find((one) => one.id === id)
  if (!open) return null
  return { id, items: open.items, closes_at: open.closes_at, answers: {}, typed: {}, step: 0, draftKey: id }
}

// What was refused has been seen by nobody: it may be answered again.
async function sentAlready(id) {
  return (await queue.list()).some((entry) => entry.kind === 'answer' && entry.id === id && entry.state !== 'refused')
}

export async function render(params) {
  if (store.left()) {
    replace('#/home')
    return h('div')
  }
  const id = params.id ?? 'new'
  if (id !== 'new' && (await sentAlready(id))) return movedOn(id)
  const sheet = await openSheet(id)
  if (!sheet) return nothingHere(id)
  if (await sentAlready(sheet.id)) {
    await store.dropDraft(sheet.draftKey)
    return movedOn(sheet.id)
  }
  const host = h('div', { class: 'stack' })
  const begin = (chosen) => {
    keepSafe(chosen)
    draw(host, chosen)
  }
  const old = id === 'new' && sheet.saved_at && !clock.isFresh(sheet.saved_at, STILL_NOW_MS)
  if (old) fill(host, goOnOrAnew(sheet, begin))
  else begin(sheet)
  return host
}

/** A check-in nobody planned that was begun some time ago: its answers are sent as of now, so they may be old. */
function goOnOrAnew(sheet, begin) {
  const anew = async () => {
    await store.dropDraft(sheet.draftKey)
    begin((await openSheet(sheet.draftKey)) ?? sheet)
  }
  return h(
    'div',
    { class: 'card stack' },
    h('p', null, say('checkin.begun_before', { time: dayAndClock(sheet.saved_at) })),
    button(say('checkin.anew'), { kind: 'primary', class: 'big', on: anew }),
    button(say('home.resume'), { kind: 'plain', on: () => begin(sheet) }),
  )
}

function movedOn(id) {
  return h(
    'div',
    { class: 'stack' },
    notice('good', h('p', null, say('checkin.sent_before'))),
    link(say('checkin.see_state'), `#/after/${id}`, { kind: 'primary' }),
    link(say('checkin.home'), '#/home', { kind: 'plain', icon: 'home' }),
  )
}

function nothingHere(id) {
  const canBegin = id !== 'new' && store.checkins()?.anytime?.items?.length
  return h(
    'div',
    { class: 'card stack' },
    h('p', null, say(id === 'new' ? 'checkin.no_questions' : 'checkin.not_open')),
    canBegin ? link(say('checkin.begin_anyway'), '#/checkin/new', { kind: 'primary' }) : null,
    link(say('checkin.to_plan'), '#/plan', { kind: canBegin ? 'plain' : 'primary' }),
    link(say('checkin.home'), '#/home'),
  )
}

/** Saves what is being typed when the app is left or put away: a call must not cost anybody their words. */
function keepSafe(sheet) {
  const flush = () => save(sheet)
  const hidden = () => document.visibilityState === 'hidden' && flush()
  document.addEventListener('visibilitychange', hidden)
  onLeave(() => {
    document.removeEventListener('visibilitychange', hidden)
    clearTimeout(sheet.timer)
    flush()
  })
}

/** One write after the other; a lock in between loses nothing that was saved before it. */
function save(sheet) {
  clearTimeout(sheet.timer)
  if (sheet.sent) return Promise.resolve()
  const { id, items, questionnaire_id, closes_at, answers, typed, body } = sheet
  const kept = { id, items, questionnaire_id, closes_at, answers: { ...answers }, typed: { ...typed }, body }
  const { step } = sheet
  sheet.saving = (sheet.saving ?? Promise.resolve())
    .then(() => (sheet.sent ? null : store.saveDraft(sheet.draftKey, kept, step)))
    .catch(() => null)
  return sheet.saving
}

const isLast = (sheet) => sheet.step === sheet.items.length - 1

function draw(host, sheet, { moved = false, problem = null } = {}) {
  const item = sheet.items[sheet.step]
  const drawnAt = performance.now()
  const tooSoon = () => moved && performance.now() - drawnAt < DOUBLE_TAP_MS
  const handlers = {
    problem,
    pick: (value) => tooSoon() || picked(host, sheet, value),
    type: (value) => typedInto(host, sheet, value),
  }
  const shown = item.kind === 'number' ? (sheet.typed[item.key] ?? sheet.answers[item.key]) : sheet.answers[item.key]
  const question = h('h2', { id: 'question', tabindex: '-1' }, item.text)
  fill(
    host,
    opening(sheet),
    progress(sheet),
    helpNow(sheet),
    h('div', { class: 'stack', role: 'group', 'aria-labelledby': 'question' }, question, control(item, shown, handlers)),
    h('div', { class: 'stack', id: 'checkin-said' }),
    steps(host, sheet, tooSoon),
  )
  if (moved) {
    window.scrollTo(0, 0)
    question.focus({ preventScroll: true })
  }
}

/** Somebody who has said that they are not safe may stop here: help does not wait for the last question. */
function helpNow(sheet) {
  const said = sheet.items.slice(0, sheet.step).filter((item) => item.risk && isAnswered(sheet, item) && !isDeclined(sheet.answers[item.key]))
  if (!said.length || !looksRisky(said, sheet.answers)) return null
  return notice('info', h('p', null, say('checkin.help_now')), link(say('after.someone'), '#/help', { kind: 'plain', icon: 'heart' }))
}

function opening(sheet) {
  if (sheet.closes_at && Date.parse(sheet.closes_at) < clock.now()) return notice('info', say('checkin.time_passed'))
  const coverage = store.checkins()?.coverage
  const known = sheet.step === 0 && coverage && sync.isCurrent('checkins') && sync.online() === 'online'
  return known ? h('p', { class: 'soft' }, coverage) : null
}

function progress(sheet) {
  const at = { n: sheet.step + 1, of: sheet.items.length }
  const bar = h('progress', { max: String(at.of), value: String(at.n), 'aria-hidden': 'true' })
  return h('div', { class: 'progress' }, h('p', null, say('checkin.progress', at)), bar)
}

function steps(host, sheet, tooSoon) {
  const item = sheet.items[sheet.step]
  const last = isLast(sheet)
  const back = sheet.step > 0
    ? button(say('checkin.back'), { kind: 'quiet', icon: 'back', on: { click: () => tooSoon() || move(host, sheet, -1) } })
    : null
  const label = last ? 'checkin.send' : 'checkin.next'
  const on = { click: () => tooSoon() || forward(host, sheet) }
  const onward = last || !byOneTap(item) || isAnswered(sheet, item)
    ? button(say(label), { kind: 'primary', icon: last ? 'send' : null, on })
    : null
  return h('div', { class: 'stack' }, onward, back)
}

function isAnswered(sheet, item) {
  return sheet.answers[item.key] !== undefined
}

function picked(host, sheet, value) {
  const item = sheet.items[sheet.step]
  sheet.answers[item.key] = value
  delete sheet.typed[item.key]
  if (!isLast(sheet)) return move(host, sheet, 1)
  const at = [...host.querySelectorAll('button, input, textarea')].indexOf(document.activeElement)
  draw(host, sheet)
  host.querySelectorAll('button, input, textarea')[at]?.focus({ preventScroll: true })
  return save(sheet)
}

function typedInto(host, sheet, value) {
  const item = sheet.items[sheet.step]
  if (item.kind === 'number') {
    sheet.typed[item.key] = value
    delete sheet.answers[item.key]
  } else if (value === '' || (Array.isArray(value) && !value.length)) delete sheet.answers[item.key]
  else sheet.answers[item.key] = value
  host.querySelector('[data-decline]')?.setAttribute('aria-pressed', 'false')
  clearTimeout(sheet.timer)
  sheet.timer = setTimeout(() => save(sheet), SAVE_AFTER_MS)
}

function move(host, sheet, by) {
  sheet.step = Math.min(Math.max(sheet.step + by, 0), sheet.items.length - 1)
  draw(host, sheet, { moved: true })
  return save(sheet)
}

/** Reads the typed number; says what is missing at the field and keeps what was typed. */
function settled(host, sheet) {
  const item = sheet.items[sheet.step]
  const answer = sheet.answers[item.key]
  if (item.kind === 'text' || isDeclined(answer)) return true
  if (item.kind === 'number' && sheet.typed[item.key] !== undefined) {
    const read = readNumber(item, sheet.typed[item.key])
    if (read.value !== undefined) {
      sheet.answers[item.key] = read.value
      delete sheet.typed[item.key]
      return true
    }
    if (read.problem) {
      draw(host, sheet, { problem: read.problem })
      host.querySelector('input')?.focus()
      return false
    }
  }
  if (sheet.answers[item.key] !== undefined) return true
  fill(host.querySelector('#checkin-said'), notice('warn', say('checkin.answer_or_decline')))
  return false
}

function forward(host, sheet) {
  if (!settled(host, sheet)) return null
  return isLast(sheet) ? send(host, sheet) : move(host, sheet, 1)
}

/** The same answers once more are the same bytes: a reply that got lost on its way makes no second answer. */
function bodyOf(sheet) {
  const same = sheet.body && JSON.stringify(sheet.body.answers) === JSON.stringify(sheet.answers)
  if (same) return sheet.body
  const body = { answered_at: new Date(clock.now()).toISOString(), answers: { ...sheet.answers } }
  return sheet.questionnaire_id ? { ...body, questionnaire_id: sheet.questionnaire_id } : body
}

/** Another window was quicker: what is here has not been sent, and is not thrown away. */
function sentElsewhere(host) {
  const words = notice('warn', h('p', null, say('checkin.sent_elsewhere')))
  fill(host.querySelector('#checkin-said'), words, link(say('home.any'), '#/checkin/new', { kind: 'plain' }), numbers())
}

async function send(host, sheet) {
  if (sheet.sending) return
  if (await sentAlready(sheet.id)) {
    sentElsewhere(host)
    return
  }
  sheet.sending = true
  const body = bodyOf(sheet)
  sheet.body = body
  const path = `/api/me/checkins/${sheet.id}/answer`
  let kept
  try {
    await save(sheet)
    kept = await queue.add({ id: sheet.id, kind: 'answer', method: 'PUT', path, body, label: say('checkin.queued') })
  } catch {
    sheet.sending = false
    fill(host.querySelector('#checkin-said'), notice('warn', say('checkin.not_kept')), numbers())
    return
  }
  sheet.sent = true
  // What a full phone could not store is kept as a draft until it has gone out.
  if (kept.stored !== false) await Promise.resolve(store.dropDraft(sheet.draftKey)).catch(() => null)
  announce(say(sync.online() === 'offline' ? 'sending.not_sent' : 'checkin.handed_over'))
  sync.now()
  replace(`#/after/${sheet.id}`)
}
