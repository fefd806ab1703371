// Which screen is shown, by the part of the address after #. Screens are modules, loaded when first needed.
import { say } from '../core/say.js'
import * as vault from '../core/vault.js'
import { dismiss } from './dialog.js'
import { button, card, fill, h, link } from './dom.js'
import * as finger from './finger.js'
import { main, setBack, setTitle } from './frame.js'

const SCREENS = {
  home: () => import('../screens/home.js'),
  pair: () => import('../screens/pair.js'),
  told: () => import('../screens/told.js'),
  plan: () => import('../screens/plan.js'),
  people: () => import('../screens/people.js'),
  numbers: () => import('../screens/numbers.js'),
  share: () => import('../screens/share.js'),
  checkin: () => import('../screens/checkin.js'),
  after: () => import('../screens/after.js'),
  help: () => import('../screens/help.js'),
  history: () => import('../screens/history.js'),
  looked: () => import('../screens/looked.js'),
  settings: () => import('../screens/settings.js'),
  unlock: () => import('../screens/unlock.js'),
  gone: () => import('../screens/gone.js'),
}
const HOME = '#/home'
// These open before pairing and are nobody's way back.
const BEFORE_PAIRING = ['pair', 'told', 'numbers', 'gone']

let leaving = []
let turn = 0
let shown = null // {route, params}
let trail = []
let wantedRoute = null

/** What a hash asks for: '#/plan/coping' is {screen: 'plan', id: 'coping'}; unknown ones are home. */
export function read(hash) {
  const pairing = /^#pair=(.+)$/.exec(hash)
  if (pairing) return { route: '#/pair', params: params('pair', undefined, { code: decoded(pairing[1]) }) }
  const [screen, part] = hash.replace(/^#?\/?/, '').split('/')
  if (!Object.keys(SCREENS).includes(screen)) return { route: HOME, params: params('home') }
  const route = part ? `#/${screen}/${part}` : `#/${screen}`
  return { route, params: params(screen, part ? decoded(part) : undefined) }
}

const params = (screen, id, more = {}) => ({ screen, id, section: id, part: id, ...more })

function decoded(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const asHash = (route) => (route.startsWith('#') ? route : `#/${route.replace(/^\//, '')}`)

/** Opens a route; going where one already is draws it again. */
export function go(route) {
  const hash = asHash(route)
  if (location.hash === hash) return refresh()
  location.hash = hash
  return undefined
}

/** Opens a route in place of this one, so that back does not return here. */
export function replace(route) {
  // A screen that is still being drawn stands in the address but not yet in the trail.
  if (trail[trail.length - 1] === location.hash) trail.pop()
  history.replaceState(null, '', asHash(route))
  return show()
}

/** One screen back, or home when there is none. */
export function back() {
  if (trail.length > 1) history.back()
  else replace(HOME)
}

/** How many entries of the browser's history belong to this visit. */
export const depth = () => Math.max(0, trail.length - 1)

/** Runs when the screen that is being drawn or shown is left or drawn again. */
export function onLeave(fn) {
  leaving.push(fn)
}

/** The route that is shown. */
export const route = () => (shown ? shown.route : HOME)

/** Remembers where to go once the lock is open. */
export function wish(place) {
  wantedRoute = asHash(place)
}

/** Where the person wanted to go when they were asked to unlock; asked once, then forgotten. */
export function wanted() {
  const place = wantedRoute || HOME
  wantedRoute = null
  return place
}

/** Draws the current screen again; keeps focus, scroll and what was typed. */
export const refresh = () => show({ again: true })

/** Begins to follow the address, or opens `first` instead of it. */
export async function start(first) {
  addEventListener('hashchange', () => show())
  if (first) history.replaceState(null, '', first)
  await show()
}

async function show({ again = false } = {}) {
  const mine = ++turn
  const asked = read(location.hash)
  for (const fn of leaving.splice(0)) fn()
  const screen = await opened(asked)
  if (mine !== turn) return undefined
  // A tap while this was being drawn has changed the address already; its own turn is about to come.
  if (read(location.hash).route !== asked.route) return undefined
  if (screen.instead) return replace(screen.instead)
  if (again && finger.isDown()) {
    await finger.lifted()
    return mine === turn ? refresh() : undefined
  }
  if (location.hash !== asked.route) history.replaceState(null, '', asked.route)
  const before = shown && shown.route
  if (before !== asked.route) dismiss()
  follow(asked.route)
  shown = asked
  const keep = again ? remember() : null
  draw(screen, before !== asked.route || !again)
  keep?.()
  return undefined
}

/** The screen's title and content, or where to go instead; what breaks becomes a card that says so. */
async function opened({ route: hash, params: given }) {
  try {
    const module = await SCREENS[given.screen]()
    const paired = Boolean(vault.mode())
    if (!paired && !module.open && !BEFORE_PAIRING.includes(given.screen)) return { instead: '#/pair' }
    if (paired && module.locked && vault.isLocked()) {
      wantedRoute = hash
      return { instead: '#/unlock' }
    }
    const content = await module.render(given)
    return { title: module.title(given), content }
  } catch (problem) {
    console.error(problem)
    return { title: say('frame.broke_title'), content: broken() }
  }
}

function broken() {
  return card(
    null,
    h('p', null, say('frame.broke')),
    button(say('frame.again'), { kind: 'primary', on: () => location.reload() }),
    link(say('frame.to_numbers'), '#/numbers', { kind: 'plain', icon: 'phone' }),
    link(say('frame.to_home'), HOME, { kind: 'quiet', icon: 'home' }),
  )
}

function draw({ title, content }, isNew) {
  const heading = setTitle(title)
  const { screen } = shown.params
  setBack(!['unlock', 'gone'].includes(screen) && (trail.length > 1 || !['home', 'pair'].includes(screen)))
  fill(main(), content)
  main().dataset.screen = shown.params.screen
  if (!isNew) return
  scrollTo(0, 0)
  heading.focus({ preventScroll: true })
}

// The browser does not say which way one went: the last but one again means back.
function follow(hash) {
  if (trail[trail.length - 1] === hash) return
  if (trail[trail.length - 2] === hash) trail.pop()
  else trail.push(hash)
  if (hash === HOME && trail.length > 20) trail = trail.slice(-20)
}

const REACHABLE = 'a[href], button, input, select, textarea, [tabindex]'

// What was typed but is kept nowhere yet survives a redraw.
function remember() {
  const held = document.activeElement
  const inside = main().contains(held)
  const place = inside ? [...main().querySelectorAll(REACHABLE)].indexOf(held) : -1
  const id = inside ? held.id : ''
  const typed = new Map()
  for (const input of main().querySelectorAll('input[id], textarea[id], input[name], textarea[name]')) {
    const words = !['checkbox', 'radio', 'file', 'hidden'].includes(input.type)
    if (words && input.value !== input.defaultValue) typed.set(input.id || input.name, input.value)
  }
  const top = scrollY
  return () => {
    for (const [key, value] of typed) {
      const again = document.getElementById(key) || main().querySelector(`[name="${CSS.escape(key)}"]`)
      if (!again || again.value) continue
      again.value = value
      // Its screen hears of it as if it were typed once more, and it is seen.
      again.dispatchEvent(new Event('input', { bubbles: true }))
      again.closest('details')?.setAttribute('open', '')
    }
    scrollTo(0, top)
    const next = (id && document.getElementById(id)) || main().querySelectorAll(REACHABLE)[place]
    if (inside && next) next.focus({ preventScroll: true })
  }
}
