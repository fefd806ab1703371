// The client's own answers by day, in the words they were asked; the mood line, also as a table; the way to everything
// else that is theirs. What was loaded once is readable without a network.

import { call } from '../core/api.js'
import { say } from '../core/say.js'
import * as store from '../core/store.js'
import * as sync from '../core/sync.js'
import { clock, dateWords, when } from '../core/times.js'
import { button, card, h, link, notice } from '../ui/dom.js'
import { announce } from '../ui/frame.js'
import { onLeave } from '../ui/router.js'
import { moodLine } from './mood_line.js'
import { follow, redrawn } from './nearby.js'

export const locked = true

export const title = (params) => say(params?.id ? 'history.one_title' : 'history.title')

const NEWEST = 'newest'
const MOST_KEPT = 400

export async function render(params) {
  if (params?.id) return oneOf(params.id)
  const host = h('div', { class: 'stack' })
  const seen = { asked: null }
  const draw = () => redrawn(host, overview(seen, draw))
  follow(draw, ['history', 'online'], onLeave)
  draw()
  load(null, seen).then(draw)
  return host
}

/** What is kept on this phone, newest first. */
function kept() {
  const history = store.history()
  return Array.isArray(history) ? { entries: history, cursor: null } : (history ?? { entries: [], cursor: null })
}

/** Reads one page; without a network what is kept stays as it is. */
async function load(cursor, seen) {
  if (seen.asked === (cursor ?? NEWEST)) return
  seen.asked = cursor ?? NEWEST
  const address = cursor ? `/api/me/history?cursor=${encodeURIComponent(cursor)}` : '/api/me/history'
  const answer = await call('GET', address)
  if (!answer.ok) {
    seen.asked = null
    seen.offline = answer.offline
    seen.trouble = !answer.offline
    return
  }
  seen.loaded = true
  await store.put('history', joined(kept(), answer.data, cursor))
}

/** Both pages in one, each entry once. The newest page keeps older pages that were read before. */
function joined(old, page, cursor) {
  const fresh = new Set(page.entries.map((entry) => entry.id))
  const rest = old.entries.filter((entry) => !fresh.has(entry.id))
  const entries = cursor ? [...rest, ...page.entries] : [...page.entries, ...rest]
  return { entries: entries.slice(0, MOST_KEPT), cursor: cursor || !rest.length ? page.cursor : old.cursor }
}

const momentOf = (entry) => entry.answered_at ?? entry.due_at

function overview(seen, draw) {
  const { entries, cursor } = kept()
  const answered = entries.filter((entry) => entry.answered_at)
  return [
    seen.loaded || (sync.online() === 'online' && !seen.trouble) ? null : notice('info', say('history.kept')),
    moodLine(answered),
    answered.length ? h('h2', null, say('history.answers')) : card(null, h('p', null, say(emptyWords(seen)))),
    h('ul', { class: 'choices clean' }, answered.map((entry) => h('li', null, row(entry)))),
    cursor && sync.online() !== 'offline' ? older(cursor, seen, draw) : null,
    card(say('history.yours'), links()),
  ]
}

function emptyWords(seen) {
  if (seen.loaded) return 'history.empty'
  if (seen.trouble) return 'looked.trouble'
  return seen.offline ? 'history.empty_offline' : 'history.loading'
}

function older(cursor, seen, draw) {
  const more = async () => {
    await load(cursor, seen)
    announce(say('history.more_there'))
    draw()
  }
  return button(say('history.older'), { kind: 'plain', on: more })
}

function row(entry) {
  const mood = entry.mood === null || entry.mood === undefined ? null : say('history.mood_is', { mood: entry.mood })
  const words = [clock(momentOf(entry)), mood, entry.entered_by_staff ? say('history.by_staff_short') : null]
  const below = h('span', { class: 'soft', style: { display: 'block' } }, words.filter(Boolean).join(' · '))
  return h('a', { class: 'choice', href: `#/history/${entry.id}` }, h('span', null, dateWords(momentOf(entry)), below))
}

function links() {
  const offline = sync.online() === 'offline'
  return [
    link(say('looked.title'), '#/looked', { kind: 'plain', icon: 'eye' }),
    link(say('share.made'), '#/share', { kind: 'plain', icon: 'share' }),
    offline
      ? h('p', { class: 'soft' }, say('history.download_offline'))
      : h('a', { class: 'button plain', href: '/api/me/export', download: say('history.file_name') }, say('history.download')),
    offline ? null : h('p', { class: 'soft' }, say('history.download_note')),
  ]
}

function inWords({ kind, value, answer }) {
  if (kind === 'yes_no' && typeof value === 'boolean') return say(value ? 'checkin.yes' : 'checkin.no')
  return answer || say('history.left_open')
}

/** One check-in with every question as it was asked. */
function oneOf(id) {
  const entry = kept().entries.find((one) => one.id === id)
  if (!entry) return card(null, h('p', null, say('history.not_kept')), link(say('history.back'), '#/history', { kind: 'primary' }))
  const answers = entry.items.flatMap((item) => [h('dt', null, item.text), h('dd', null, inWords(item))])
  return h(
    'div',
    { class: 'stack' },
    h('p', null, say('history.answered_at', { date: dateWords(momentOf(entry)), time: clock(momentOf(entry)) })),
    entry.received_at ? h('p', { class: 'soft' }, say('sending.received', { time: when(entry.received_at) })) : null,
    entry.entered_by_staff ? h('p', { class: 'soft' }, say('history.by_staff')) : null,
    entry.readable === false
      ? card(null, h('p', null, say('history.damaged')))
      : h('section', { class: 'card' }, h('dl', { class: 'answers' }, answers)),
    link(say('history.back'), '#/history', { kind: 'plain', icon: 'back' }),
  )
}
