// After a check-in: what has happened to the answer and what happens now. Answers that look like a risk get four blocks,
// own plan and own people before any number; whether anybody was called is the server's to decide and to say.

import { say } from '../core/say.js'
import { looksRisky } from '../core/risk.js'
import * as store from '../core/store.js'
import * as sync from '../core/sync.js'
import { button, card, h, link } from '../ui/dom.js'
import { announce } from '../ui/frame.js'
import { go, onLeave } from '../ui/router.js'
import { asOf, callOrText, follow, mainLine, ownSteps, redrawn, withTheClock } from './nearby.js'
import { cutOff, entryOf, heldUp, letGo, stateNotice, stateWords, stillStands, tryNow, unsent } from './sending.js'

export const locked = true
export const title = () => say('after.title')

const NO_HURRY = ['routine']

export async function render({ id }) {
  const host = h('div', { class: 'stack' })
  const seen = { safe: false, risky: false }
  const draw = () => drawInto(host, id, seen)
  follow(draw, ['queue', 'kase', 'online'], onLeave)
  withTheClock(draw, onLeave)
  await draw()
  return host
}

async function drawInto(host, id, seen) {
  const entry = await entryOf(id)
  const reply = (await store.lastReply(id)) ?? entry?.reply ?? null
  const now = { id, entry, reply, kase: store.kase(), seen }
  const sent = [entry?.state, entry?.stuck, reply?.received_at, stillStands(reply)]
  const mark = JSON.stringify([sent, now.kase?.sentence, cutOff(), sync.isCurrent('kase'), seen.safe])
  if (mark === seen.mark) return
  const changed = seen.mark !== undefined
  seen.mark = mark
  now.redraw = () => drawInto(host, id, seen)
  // Once four blocks were shown they stay: help is not taken away because an answer has arrived.
  seen.risky = seen.risky || isRisky(now)
  redrawn(host, seen.risky ? risky(now) : calm(now))
  const news = newsOf(now)
  if (changed && news && !seen.safe) announce(news)
}

function newsOf(now) {
  return isReceived(now) ? sentenceOf(now) : say(stateWords(now.entry))
}

const isReceived = ({ entry, reply }) => Boolean(reply) && !unsent(entry)

/** What is said of it: the reply's promise while it stands; then, and once somebody has seen it, the case itself. */
function sentenceOf(now) {
  if (!isReceived(now)) return null
  const own = ownCase(now)
  return promised(now) ? withoutThanks(now.reply.coverage) : (own?.sentence ?? null)
}

const ownCase = ({ reply, kase }) => (reply.case_id && kase?.id === reply.case_id ? kase : null)
const promised = (now) => stillStands(now.reply) && (ownCase(now)?.state ?? 'waiting') === 'waiting'

/** Which screen; where it cannot be known any more, the one with more help on it. */
function isRisky({ id, entry, reply }) {
  if (reply?.tier && !NO_HURRY.includes(reply.tier)) return true
  const known = store.checkins()
  const asked = known?.open?.find((one) => one.id === id)?.items ?? known?.anytime?.items
  const answers = entry?.body?.answers
  if (answers && asked) return looksRisky(asked.filter((item) => item.key in answers || item.risk), answers)
  return Boolean(entry) && !reply
}

/** The server's sentence without the thanks that already stand above it. */
function withoutThanks(coverage) {
  for (const thanks of [say('after.thanks'), say('after.thanks_calm')]) {
    if (coverage.startsWith(thanks)) return coverage.slice(thanks.length).trim()
  }
  return coverage
}

function refusedHelp({ entry }) {
  if (entry?.state !== 'refused') return null
  return card(
    null,
    link(say('after.answer_again'), '#/checkin/new', { kind: 'primary' }),
    button(say('after.let_go'), { kind: 'quiet', on: async () => (await letGo(entry)) && go('#/home') }),
  )
}

function calm(now) {
  const { entry, reply } = now
  const sentence = sentenceOf(now)
  return [
    h('h2', null, say(reply || entry ? 'after.thanks_calm' : 'after.nothing_known')),
    stateNotice(entry, reply),
    refusedHelp(now),
    reply?.late ? h('p', null, say('after.late')) : null,
    sentence ? h('p', null, sentence) : null,
    unsent(entry) && entry.state !== 'refused' && heldUp(entry) ? tryNow() : null,
    link(say('after.home'), '#/home', { kind: entry?.state === 'refused' ? 'plain' : 'primary', icon: 'home' }),
    link(say('after.plan'), '#/plan', { kind: 'plain', icon: 'plan' }),
  ]
}

function risky(now) {
  return [
    card(say('after.thanks'), h('p', null, say('after.not_alone'))),
    whatHappens(now),
    refusedHelp(now),
    firstSteps(now),
    callOrText({ people: stepsOf(now, 'helpers') }),
    now.seen.safe ? safeWords(now) : choice(now),
  ]
}

/** Who looks by when, in the server's words; before the server has it, that nobody has been told, and a number. */
function whatHappens(now) {
  const { entry, reply } = now
  const sentence = sentenceOf(now)
  return card(
    say('after.now'),
    sentence ? h('p', { class: 'big' }, sentence) : null,
    sentence && !promised(now) ? asOf('kase') : null,
    stateNotice(entry, reply),
    !isReceived(now) && (heldUp(entry) || entry?.state === 'refused') ? mainLine() : null,
    unsent(entry) && heldUp(entry) ? tryNow() : null,
    reply?.late ? h('p', { class: 'soft' }, say('after.late')) : null,
  )
}

const stepsOf = ({ reply }, section) => (reply?.next_steps ?? []).filter((step) => step.section === section)

function firstSteps(now) {
  const steps = ownSteps(stepsOf(now, 'coping'))
  return card(
    say(steps ? 'after.first_steps' : 'after.plan_title'),
    steps,
    link(say('after.plan'), '#/plan', { kind: 'plain', icon: 'plan' }),
  )
}

function choice(now) {
  const safe = () => {
    now.seen.safe = true
    now.redraw().then(() => {
      announce(say('after.safe_thanks'))
      document.getElementById('safe-now')?.focus()
    })
  }
  return h(
    'section',
    { class: 'stack', 'aria-labelledby': 'how-now' },
    h('h2', { id: 'how-now' }, say('after.how_now')),
    h(
      'div',
      { class: 'stack' },
      button(say('after.safe'), { kind: 'plain', on: safe }),
      link(say('after.someone'), '#/help', { kind: 'primary', icon: 'heart' }),
    ),
  )
}

/** Kind, and it calls nothing off: what was promised before still stands. */
function safeWords(now) {
  const { entry, reply } = now
  const heading = h('h2', { id: 'safe-now', tabindex: '-1' }, say('after.safe_thanks'))
  const stays = unsent(entry) ? 'after.safe_unsent' : reply?.tier ? 'after.safe_stays' : 'after.safe_calm'
  return card(
    heading,
    h('p', null, say(stays)),
    link(say('after.home'), '#/home', { kind: 'plain', icon: 'home' }),
    link(say('after.someone'), '#/help', { kind: 'primary', icon: 'heart' }),
  )
}
