// "I need someone": one tap and one question, then what has become of it. Nothing here says that somebody comes before
// the service has said so; people and numbers stand beside it at every moment.

import { say } from '../core/say.js'
import * as queue from '../core/queue.js'
import * as clock from '../core/skew.js'
import * as store from '../core/store.js'
import * as sync from '../core/sync.js'
import { dayAndClock, when } from '../core/times.js'
import * as vault from '../core/vault.js'
import { ask } from '../ui/dialog.js'
import { button, card, h, link, notice } from '../ui/dom.js'
import { announce } from '../ui/frame.js'
import { onLeave } from '../ui/router.js'
import { asOf, callOrText, follow, redrawn, withTheClock } from './nearby.js'
import { cutOff, heldUp, stateNotice, stateWords, stillStands, tryNow, unsent } from './sending.js'

export const title = () => say('help.title')

const LONGEST_NOTE = 500
const ONE_DAY_MS = 24 * 60 * 60 * 1000

export async function render() {
  const host = h('div', { class: 'stack' })
  const seen = { note: '', asking: false, notKept: null, mark: undefined, news: undefined }
  const draw = () => drawInto(host, seen)
  follow(draw, ['queue', 'kase', 'online', 'lock', 'left'], onLeave)
  withTheClock(draw, onLeave)
  await draw()
  return host
}

async function drawInto(host, seen) {
  const now = await state()
  if (store.left()) {
    redrawn(host, [leftCard(), callOrText({ danger: true }), toPlan()])
    return
  }
  const { entry, kase } = now
  const sent = [entry?.id, entry?.state, entry?.stuck, stillStands(entry?.reply)]
  const mark = JSON.stringify([sent, kase, isAhead(kase?.contact_by), cutOff(), sync.isCurrent('kase'), now.locked])
  if (mark === seen.mark) return
  const news = newsOf(now)
  if (seen.mark !== undefined && news && news !== seen.news) announce(news)
  seen.mark = mark
  seen.news = news
  redrawn(host, [seen.notKept, ...(now.entry ? told(now, seen, host) : question(now, seen, host))])
}

/** The latest request that still counts, and the case it belongs to. */
async function state() {
  const kase = store.kase()
  const asked = (await queue.list()).filter((entry) => entry.kind === 'help')
  const entry = asked[asked.length - 1] ?? null
  return { entry: entry && counts(entry, kase) ? entry : null, kase, locked: vault.isLocked() }
}

function counts(entry, kase) {
  if (unsent(entry)) return true
  if (kase && entry.reply?.case_id) return entry.reply.case_id === kase.id
  return Date.now() - new Date(entry.received_at ?? entry.at).getTime() < ONE_DAY_MS
}

function newsOf({ entry, kase }) {
  if (unsent(entry)) return say(stateWords(entry))
  return kase?.sentence ?? (stillStands(entry?.reply) ? entry.reply.coverage : null)
}

/** Nobody was asked from here yet: the one big button, what is known already, and whom to call without it. */
function question(now, seen, host) {
  const area = h('textarea', { id: 'help-note', class: 'text', rows: '3', 'aria-label': say('help.note'), maxlength: String(LONGEST_NOTE), value: seen.note })
  area.addEventListener('input', () => {
    seen.note = area.value
  })
  const noting = h('details', { open: Boolean(seen.note || seen.noting) }, h('summary', null, say('help.note')), area)
  noting.addEventListener('toggle', () => {
    seen.noting = noting.open
  })
  const offline = cutOff()
  const big = button(say(offline ? 'help.ask_later' : 'help.ask'), {
    kind: 'primary',
    class: 'big',
    icon: 'heart',
    on: () => askFor(seen, host),
  })
  const asking = card(
    say('help.question'),
    h('p', null, say(offline ? 'help.what_offline' : 'help.what')),
    big,
    noting,
  )
  const open = now.kase && now.kase.state !== 'closed' ? standing(now) : null
  return offline ? [notTold(), callOrText({ danger: true }), asking, open] : [asking, open, callOrText({ danger: true })]
}

/** No network and nothing asked yet: it is said before anybody relies on the button. */
function notTold() {
  return notice('warn', h('p', null, h('strong', null, say('help.offline'))), h('p', null, say('help.offline_call')))
}

/** One tap, one question, one request: a second tap while it is being stored is the same request. */
async function askFor(seen, host) {
  if (seen.asking) return
  seen.asking = true
  try {
    const sure = await ask({
      title: say('help.sure_title'),
      text: say(cutOff() ? 'help.sure_offline' : 'help.sure_text'),
      yes: say('help.sure_yes'),
      no: say('help.sure_no'),
    })
    if (!sure) return
    await send(seen)
    seen.notKept?.remove()
    seen.notKept = null
  } catch {
    // It stands until a request is kept, whatever is drawn anew in the meantime.
    seen.notKept ??= notice('warn', say('help.not_kept'))
    host.prepend(seen.notKept)
  } finally {
    seen.asking = false
  }
}

async function send(seen) {
  const waiting = (await queue.list()).some((entry) => entry.kind === 'help' && ['waiting', 'sending'].includes(entry.state))
  if (!waiting) {
    const id = queue.newId()
    const note = (document.getElementById('help-note')?.value ?? seen.note).trim()
    const body = note ? { note } : {}
    await queue.add({ id, kind: 'help', method: 'PUT', path: `/api/me/help/${id}`, body, label: say('help.queued') })
    seen.note = ''
  }
  sync.now()
}

/** Somebody was asked, or a case is open: how it stands, what is next, whom to call meanwhile. */
function told(now, seen, host) {
  const { entry, kase } = now
  if (kase?.state === 'closed' && !unsent(entry)) return allClear(kase, seen, host)
  const again = button(say('help.again'), { kind: 'plain', icon: 'bell', on: () => askFor(seen, host) })
  const open = entry && unsent(entry) && entry.state !== 'refused'
  return [
    unsent(entry) ? waitingToGo(now) : standing(now),
    callOrText({ danger: true }),
    open ? null : again,
    toPlan(),
  ]
}

const toPlan = () => link(say('help.plan'), '#/plan', { kind: 'plain', icon: 'plan' })

// Nobody of the programme hears of this phone any more: it is said before anybody relies on a button.
const leftCard = () => card(say('left.title'), h('p', null, h('strong', null, say('left.no_one'))), h('p', null, say('left.call')))

function waitingToGo({ entry }) {
  const refused = entry.state === 'refused'
  const words = heldUp(entry) ? 'help.not_sent_title' : 'help.sending_title'
  return card(say(refused ? 'help.refused_title' : words), stateNotice(entry, null), heldUp(entry) ? tryNow() : null)
}

function standing({ entry, kase, locked }) {
  return card(
    say('help.standing'),
    h('p', { class: 'big' }, mainSentence(entry, kase)),
    h('ol', { class: 'stack steps' }, stepsOf(entry, kase)),
    locked && !kase ? link(say('help.unlock_to_see'), '#/unlock', { kind: 'plain', icon: 'lock' }) : null,
    cutOff() || sync.isCurrent('kase') ? h('p', { class: 'soft' }, say(cutOff() ? 'help.old_news' : 'help.by_itself')) : null,
    asOf('kase'),
  )
}

/** What is told first: the reply's promise while it stands; then, and once somebody has seen it, the case itself. */
function mainSentence(entry, kase) {
  const reply = entry?.reply
  if (stillStands(reply) && (!kase || kase.state === 'waiting')) return reply.coverage
  return kase?.sentence ?? say('help.no_news')
}

function stepsOf(entry, kase) {
  const asked = entry?.reply?.received_at ?? entry?.received_at ?? kase?.opened_at
  const steps = []
  if (asked) steps.push(say('sending.received', { time: when(asked) }))
  if (kase?.seen_at && kase.seen_by) {
    steps.push(say('help.seen', { name: kase.seen_by, at: when(kase.seen_at) }))
  } else if (kase && mainSentence(entry, kase) !== kase.sentence) steps.push(say('help.not_seen'))
  // A time that has passed is never told.
  if (isAhead(kase?.contact_by)) steps.push(say('help.contact_by', { when: dayAndClock(kase.contact_by) }))
  return steps.map((words) => h('li', null, words))
}

const isAhead = (instant) => Boolean(instant) && Date.parse(instant) > clock.now()

function allClear(kase, seen, host) {
  return [
    card(
      say('help.clear'),
      h('p', { class: 'big' }, kase.sentence),
      kase.closed_at ? h('p', { class: 'soft' }, say('help.closed_at', { when: dayAndClock(kase.closed_at) })) : null,
      link(say('help.home'), '#/home', { kind: 'primary', icon: 'home' }),
      toPlan(),
    ),
    button(say('help.ask_anew'), { kind: 'plain', icon: 'heart', on: () => askFor(seen, host) }),
    callOrText(),
  ]
}

