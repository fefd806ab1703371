// The cards of the home screen. Each is null when it has nothing to say.
import * as queue from '../core/queue.js'
import { say } from '../core/say.js'
import * as clock from '../core/skew.js'
import * as store from '../core/store.js'
import * as sync from '../core/sync.js'
import { dateWords, dayAndClock, when } from '../core/times.js'
import { button, card, h, link } from '../ui/dom.js'
import { announce } from '../ui/frame.js'
import { dayNumber, goodThingOf, missedLately } from './home_rules.js'
import { asOf } from './nearby.js'
import { makeRoom } from './new_code.js'

/** What the person's own words are called while they wait; other things wait without being shown. */
const SHOWN = { answer: 'home.unsent_answer', help: 'home.unsent_need', proposal: 'home.unsent_idea' }
const shownOnes = (entries, states) => entries.filter((one) => SHOWN[one.kind] && states.includes(one.state))
// What was agreed or taken back is not news while it waits; when it is refused it stands as it was before.
const REFUSED = { ...SHOWN, consent: 'home.unsent_choice' }
const row = (one) => h('li', null, say('home.unsent_row', { what: say(REFUSED[one.kind]), time: dayAndClock(one.at) }))
const BEGUN_COUNTS_MS = 7 * 24 * 60 * 60 * 1000

/** The open case, or the one that closed a short while ago, in the server's sentence. */
export function caseCard(kase) {
  if (!kase) return null
  return card(
    say(kase.closed_at ? 'home.case_over' : 'home.case'),
    h('p', { class: kase.closed_at ? null : 'lead' }, kase.sentence),
    asOf('kase'),
    link(say('home.case_more'), '#/help', { kind: 'plain' }),
  )
}

/** The time with the programme is over, and what that means here. */
export const timeOver = () =>
  card(
    say('left.title'),
    h('p', null, say('left.warm')),
    h('p', { class: 'lead' }, say('left.text')),
    h('p', null, say('left.no_one')),
    h('p', null, say('left.back')),
    button(say('left.code'), { kind: 'plain', on: () => makeRoom([say('left.code_text')]) }),
  )

/** Whether answers or a request for help have not been seen; an idea for the plan can wait. */
export const someoneWaits = (entries) => entries.some((one) => ['answer', 'help'].includes(one.kind) && one.state !== 'sent')

/** What nobody has seen yet, and a way to try again. */
export function unsent(entries) {
  const waiting = shownOnes(entries, ['waiting', 'sending'])
  if (!waiting.length) return null
  const said = h('p', { class: 'soft', role: 'status' })
  const retry = async () => {
    await sync.now()
    const left = shownOnes(await queue.list(), ['waiting', 'sending'])
    if (left.length && said.isConnected) said.textContent = say('home.unsent_still')
  }
  return card(
    say('home.unsent'),
    h('p', null, say('home.unsent_text')),
    h('ul', { class: 'clean soft' }, waiting.map(row)),
    waiting.some((one) => one.stored === false) ? h('p', null, say('home.unsent_open')) : null,
    waiting.some((one) => one.kind !== 'proposal') ? h('p', null, say('home.unsent_help')) : null,
    button(say('home.unsent_try'), { kind: 'plain', icon: 'send', on: retry }),
    said,
  )
}

/** What the server would not take: it is said, and stays until it is put away. */
export function refused(entries) {
  const over = entries.filter((one) => REFUSED[one.kind] && one.state === 'refused')
  if (!over.length) return null
  const putAway = async () => {
    for (const one of over) await queue.dismiss(one.id)
    announce(say('home.title'))
  }
  return card(
    say('home.refused'),
    h('ul', { class: 'clean' }, over.map(row)),
    h('p', null, say('home.refused_text')),
    button(say('home.refused_away'), { kind: 'quiet', on: putAway }),
  )
}

/** The check-in that is open, one that was begun and not sent, a welcome after a missed one, or when the next one comes. */
export function checkIn(checkins, entries) {
  if (!checkins) {
    const words = sync.online() === 'offline' ? 'checkin.no_questions' : 'home.loading'
    return card(say('home.checkin'), h('p', { class: 'soft' }, say(words)))
  }
  const sent = entries.filter((one) => one.kind === 'answer' && one.state !== 'refused').map((one) => one.id)
  const known = checkins.recent.filter((one) => one.answered_at).map((one) => one.id)
  const answered = new Set([...sent, ...known])
  const now = new Date(clock.now())
  const open = checkins.open.find((one) => !answered.has(one.id) && new Date(one.closes_at) > now)
  if (open) return ready(open)
  const begun = store.drafts().find((one) => !answered.has(one.id) && clock.isFresh(one.saved_at, BEGUN_COUNTS_MS))
  if (begun) return goOn(begun)
  const any = link(say('home.any'), '#/checkin/new', { kind: 'plain', icon: 'list' })
  const next = h('p', { class: 'soft' }, nextWords(checkins.next))
  if (missedLately(checkins.recent, now)) {
    const start = link(say('home.any'), '#/checkin/new', { kind: 'primary', class: 'big' })
    return card(say('home.welcome'), h('p', { class: 'lead' }, say('home.welcome_text')), start, next)
  }
  return card(say('home.checkin'), next, any)
}

const nextWords = (next) => (next ? say('home.next', { time: dayAndClock(next.due_at) }) : say('home.next_none'))

// Its time has passed, and an answer that comes late still counts.
const goOn = ({ id }) =>
  card(
    say('home.begun'),
    h('p', { class: 'soft' }, say('home.begun_text')),
    link(say('home.resume'), `#/checkin/${id}`, { kind: 'primary', class: 'big' }),
    link(say('home.any'), '#/checkin/new', { kind: 'plain', icon: 'list' }),
  )

function ready(open) {
  const draft = store.draft(open.id)
  const note = draft ? say('home.resume_note') : say('home.ready_until', { time: when(open.closes_at) })
  const label = say(draft ? 'home.resume' : 'home.start')
  return card(
    say('home.ready'),
    h('p', { class: 'soft' }, note),
    link(label, `#/checkin/${open.id}`, { kind: 'primary', class: 'big' }),
  )
}

/** What changed in what the person is told. */
export const toRead = () =>
  card(
    say('home.told'),
    h('p', null, say('home.told_text')),
    link(say('home.told_open'), '#/told', { kind: 'plain' }),
  )

/** The plan and the day it is from; a plan may carry a name of the client's own. */
export function plan(held) {
  if (!held || !held.number) return card(say('home.plan'), h('p', { class: 'soft' }, say('home.plan_none')))
  const date = held.published_at && say('home.plan_date', { date: dateWords(held.published_at) })
  return card(
    held.document.alias || say('home.plan'),
    date ? h('p', { class: 'soft' }, date) : null,
    link(say('home.plan_open'), '#/plan', { kind: 'plain', icon: 'plan' }),
  )
}

/** A reason or strength in the person's own words, another one each day. */
export function goodThing(held) {
  const text = goodThingOf(held, dayNumber(new Date()))
  return text ? card(say('home.words'), h('p', { class: 'quote' }, text)) : null
}

/** Who the case manager is, and the server's sentence about when somebody looks. */
export function team(me, checkins) {
  const name = me && me.case_manager
  const coverage = checkins && checkins.coverage
  if (!name && !coverage) return null
  return card(
    say('home.team'),
    name ? h('p', null, say('home.manager', { name })) : null,
    coverage ? h('p', null, coverage) : null,
    coverage ? asOf('checkins') : null,
  )
}
