// What stays on every screen: title, quick exit, one main column, state of the network, and the help bar.
import { language, onLanguage, say } from '../core/say.js'
import * as queue from '../core/queue.js'
import * as store from '../core/store.js'
import * as vault from '../core/vault.js'
import { online } from '../core/sync.js'
import lines from '../lines.js'
import { tell } from './dialog.js'
import { fill, h, icon, link } from './dom.js'

const SAID_MS = 8000
let saidTimer = null

let parts = null
let full = false // this phone had no room for something
let ways = null // how to go back, and how many screens there are to go back to

/** Builds the frame once, in place of the still one that came with the page. The router gives its ways. */
export function start({ back, depth }) {
  ways = { back, depth }
  parts = {
    backKey: h('button', { type: 'button', class: 'top-key', on: { click: () => ways.back() } }),
    title: h('h1', { tabindex: '-1', id: 'title' }),
    exitKey: h('button', { type: 'button', class: 'top-key', on: { click: () => leave() } }),
    exitNote: h('span', { id: 'exit-note', class: 'unseen' }),
    main: h('main', { id: 'main' }),
    state: h('p', { class: 'state', role: 'status' }),
    bar: h('nav', { class: 'help-bar' }),
    live: h('div', { class: 'unseen', role: 'status', 'aria-live': 'polite' }),
  }
  parts.exitKey.setAttribute('aria-describedby', 'exit-note')
  const { backKey, title, exitKey, exitNote, state, bar, live } = parts
  const top = h('header', { class: 'top' }, backKey, title, exitKey, exitNote)
  const foot = h('footer', { class: 'foot' }, state, bar)
  fill(document.body, top, parts.main, foot, live)
  measure(foot)
  words()
  follow()
}

// Scrolling leaves room for the bar, however many rows of keys it has.
function measure(foot) {
  if (typeof ResizeObserver !== 'function') return
  const note = () => (document.documentElement.style.scrollPaddingBottom = `calc(${foot.offsetHeight}px + 1rem)`)
  new ResizeObserver(note).observe(foot)
}

function follow() {
  onLanguage(words)
  store.on('storage', () => {
    full = true
    drawState()
  })
  for (const event of ['online', 'queue']) store.on(event, () => drawState())
  for (const event of ['plan', 'lock', 'me', 'gone']) store.on(event, () => drawBar())
  listenForExit()
  // A page that comes back from the browser's memory after quick exit begins anew.
  addEventListener('pageshow', (event) => event.persisted && location.reload())
}

/** Everything in the frame that is words, in the language of now. */
function words() {
  fill(parts.backKey, icon('back'), h('span', { class: 'unseen' }, say('frame.back')))
  fill(parts.exitKey, icon('exit'), h('span', null, say('frame.exit')))
  fill(parts.exitNote, say('frame.exit_note'))
  parts.bar.setAttribute('aria-label', say('frame.bar'))
  drawBar()
  drawState()
}

/** The place for a screen's content. */
export const main = () => parts.main

/** Puts the screen's title up; the browser's own title says only the app's neutral name. Returns the heading. */
export function setTitle(title) {
  fill(parts.title, title)
  setAppName()
  return parts.title
}

/** The browser shows the product's name, or the neutral one that the client chose; so does an iPhone's home screen. */
export function setAppName() {
  const settings = store.settings()
  const name = say(settings && settings.discreet ? 'frame.name_plain' : 'frame.name')
  document.title = name
  document.querySelector('meta[name="apple-mobile-web-app-title"]').content = name
}

/** Whether the way back is offered. */
export function setBack(offered) {
  parts.backKey.hidden = !offered
}

/** Reads words out without showing them. */
export function announce(text) {
  clearTimeout(saidTimer)
  fill(parts.live)
  setTimeout(() => fill(parts.live, text), 60)
  // What was said is over: somebody who reads the page later would take it for news.
  saidTimer = setTimeout(() => fill(parts.live), SAID_MS)
}

// The help bar

// The table that came with the app says which line; the plan on the phone may hold a newer number of it.
function known(kind) {
  const line = lines.find((one) => one.kind === kind && one.href)
  const kept = store.help()
  const newer = line && kept && (kept.lines || []).find((one) => one.key === line.key && one.href)
  return newer ? { ...line, number: newer.number, href: newer.href } : line
}

function drawBar() {
  const [call, text, emergency] = [known('call'), known('text'), known('emergency')]
  const paired = Boolean(vault.mode())
  const press = call && call.press[language()]
  fill(
    parts.bar,
    call && key('phone', say('frame.call', { number: call.number }), call.href, 'key-call', press && say('frame.press', { key: press })),
    text && textKey(text),
    paired && key('people', say('frame.people'), '#/people'),
    paired && key('plan', say('frame.plan'), '#/plan'),
    emergency && key('danger', emergency.number, emergency.href, 'key-emergency'),
  )
}

function key(symbol, label, href, kind = '', below = '', on = {}) {
  const under = below ? h('span', { class: 'key-below' }, below) : null
  return h('a', { class: `key ${kind}`.trim(), href, on }, icon(symbol), h('span', null, label), under)
}

// Where the line wants a word first, the word is shown before the messages open.
function textKey(line) {
  const word = line.keyword[language()]
  if (!word) return key('text', say('frame.text'), line.href)
  const show = (event) => {
    event.preventDefault()
    const slots = { word, number: line.number }
    const open = link(say('frame.text_open'), line.href, { kind: 'primary', icon: 'text', class: 'big' })
    tell({ title: say('frame.text_title', slots), text: say('frame.text_word', slots), content: [open] })
  }
  return key('text', say('frame.text'), line.href, '', '', { click: show })
}

// The state of the network and of what waits

// Behind a lock the plan cannot be looked at, but it is there as soon as its numbers are.
const hasPlan = () => vault.paired() && Boolean(vault.isLocked() ? store.heardAt('plan') : store.plan())

async function drawState() {
  const off = online() === 'offline'
  const waiting = (await queue.list()).filter((one) => ['waiting', 'sending'].includes(one.state)).length
  const sentences = full ? [say('frame.full')] : []
  if (off) sentences.push(say(hasPlan() ? 'frame.offline' : 'frame.offline_bare'))
  if (waiting && off) sentences.push(say(waiting === 1 ? 'frame.waiting_one' : 'frame.waiting_many', { count: waiting }))
  const text = sentences.join(' ')
  if (parts.state.textContent !== text) fill(parts.state, text)
  parts.state.hidden = !text
}

// Quick exit

const TAPS = 3
const TAPS_WITHIN = 1500

function listenForExit() {
  let taps = []
  addEventListener('keydown', (event) => {
    if (event.key !== 'Shift') taps = []
    else if (!event.repeat) taps = [...taps.slice(1 - TAPS), event.timeStamp]
    if (taps.length === TAPS && event.timeStamp - taps[0] <= TAPS_WITHIN) leave()
  })
}

/** Leaves at once: the screen empties, the plan locks, and an empty page stands where this one was. */
export function leave() {
  document.documentElement.classList.add('away')
  document.title = ' '
  try {
    vault.lock()
  } catch (problem) {
    console.warn(problem)
  }
  const empty = () => location.replace(document.body.dataset.away)
  const steps = ways.depth()
  if (!steps) return empty()
  // Go back to the first screen of this visit, so that back does not return to the others.
  addEventListener('popstate', empty, { once: true })
  setTimeout(empty, 200)
  history.go(-steps)
  return undefined
}
