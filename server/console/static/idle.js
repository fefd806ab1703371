// Automatic logoff. Rule: the server ends a session after 30 idle minutes; the page warns five minutes before, and
// covers what it shows when the time is over. What was typed stays where it is, and comes back with the session.
//
// The server alone knows: another tab may have kept the session alive, or ended it. So before warning, before covering
// and while covered, the page asks; also when it is looked at again, when the live stream is refused, and when another
// tab shows a page that is nobody's or somebody else's. Asking in the background does not count as use; typing and
// clicking do.

const ADDRESS = '/account/session'
const WARN_MS = 5 * 60000
const TELL_MS = 4 * 60000 // how often typing is passed on to the server
const LOOK_MS = 1000
const ASK_AGAIN_MS = 10000
const TABS = 'handrail-session'

let endsAt = 0
let mayStay = true
let toldAt = Date.now()
let activeAt = 0
let askedAt = 0
let asking = false
let askAgain = false
let warning = null
let cover = null

export function idle() {
  const minutes = Number(document.body.dataset.idleMinutes)
  const whose = document.body.dataset.me ?? ''
  const tabs = 'BroadcastChannel' in globalThis ? new BroadcastChannel(TABS) : null
  tabs?.postMessage(whose)
  if (!minutes) return
  tabs?.addEventListener('message', ({ data }) => data !== whose && ask('GET'))
  // A request may be noted up to a minute late, so the page counts on a minute less.
  endsAt = Date.now() + (minutes - 1) * 60000
  for (const kind of ['keydown', 'pointerdown', 'input']) addEventListener(kind, noticed, { capture: true, passive: true })
  setInterval(look, LOOK_MS)
  for (const kind of ['focus', 'online']) addEventListener(kind, wake)
  addEventListener('pageshow', (event) => event.persisted && wake())
  document.addEventListener('visibilitychange', wake)
  const sign = document.getElementById('live')
  if (sign) new MutationObserver(() => sign.dataset.state === 'signed out' && ask('GET')).observe(sign, { attributeFilter: ['data-state'] })
}

function noticed() {
  if (cover || warning) return
  activeAt = Date.now()
}

function wake() {
  if (document.visibilityState !== 'visible') return
  look()
  ask('GET')
}

function look() {
  const now = Date.now()
  // Use from before a laptop slept is not told afterwards: whoever opens it may be somebody else.
  if (activeAt > toldAt && !cover && now - toldAt > TELL_MS && now - activeAt < TELL_MS) {
    ask('POST')
    return
  }
  const left = endsAt - now
  if (left > WARN_MS) return
  if (left <= 0 && !cover) hide('Nobody used this page for 30 minutes, so it is covered. What you typed is still in it.')
  if (now - askedAt >= ASK_AGAIN_MS) ask('GET')
  if (warning) count(left)
}

async function ask(method) {
  if (asking) {
    askAgain = true // the answer under way may be from before what this is about
    return
  }
  asking = true
  askAgain = false
  askedAt = Date.now()
  if (method === 'POST') toldAt = askedAt
  try {
    const headers = method === 'GET' ? { 'Handrail-Background': '1' } : {}
    const response = await fetch(ADDRESS, { method, headers, cache: 'no-store', signal: AbortSignal.timeout(8000) })
    if (response.ok) alive(await response.json())
    else if (response.status === 401 || response.status === 403) over()
  } catch {
    // No network: nothing is known, and the page's own clock goes on.
  } finally {
    asking = false
    if (askAgain) ask('GET')
  }
}

function alive(state) {
  if (state.me !== document.body.dataset.me) {
    location.assign('/') // somebody else has signed in: nothing of this page is theirs
    return
  }
  endsAt = Date.now() + state.seconds_left * 1000
  mayStay = state.may_stay
  if (state.seconds_left > 0 && cover) show()
  if (endsAt - Date.now() > WARN_MS) stopWarning()
  else if (!cover && !warning) warn()
}

function over() {
  endsAt = Math.min(endsAt, Date.now())
  if (!cover) hide('This session has ended, so the page is covered. What you typed is still in it.')
}

function warn() {
  warning = element('dialog', { id: 'idle-warning' })
  warning.setAttribute('aria-labelledby', 'idle-title')
  const clock = element('strong', { id: 'idle-clock' })
  const words = element('p')
  words.append(mayStay ? 'Nobody has used this page for a while. It is covered in ' : 'After 12 hours a session ends. This one ends in ', clock, '. What you have typed stays.')
  const spoken = element('p', { id: 'idle-spoken', className: 'unseen' })
  spoken.setAttribute('role', 'status')
  const stay = element('button', { type: 'button', id: 'idle-stay', className: 'primary', textContent: mayStay ? 'Stay signed in' : 'All right' })
  stay.addEventListener('click', () => {
    if (mayStay) ask('POST')
    else warning.close()
  })
  warning.addEventListener('cancel', (event) => {
    event.preventDefault()
    stay.click()
  })
  warning.append(element('h2', { id: 'idle-title', textContent: mayStay ? 'Are you still there?' : 'Your session ends soon' }), words, spoken, stay)
  document.body.append(warning)
  warning.showModal()
  count(endsAt - Date.now())
}

// Seen every second, said aloud once a minute.
function count(left) {
  const seconds = Math.max(0, Math.ceil(left / 1000))
  const minutes = Math.ceil(seconds / 60)
  document.getElementById('idle-clock').textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  const spoken = document.getElementById('idle-spoken')
  const said = `${minutes} minute${minutes === 1 ? '' : 's'} left`
  if (spoken.textContent !== said) spoken.textContent = said
}

function stopWarning() {
  if (!warning) return
  warning.close()
  warning.remove()
  warning = null
}

// Everything in the page is hidden, and stays in it: fields keep their text.
function hide(why) {
  stopWarning()
  const held = document.activeElement
  cover = element('section', { id: 'idle-cover', className: 'cover' })
  const card = element('div', { className: 'card narrow' })
  const title = element('h1', { textContent: 'You have been signed out', tabIndex: -1 })
  const words = element('p', { textContent: why })
  const again = element('a', { className: 'button primary', href: '/sign-in', target: '_blank', rel: 'noopener', textContent: 'Sign in again in a new tab' })
  const then = element('p', { className: 'soft', textContent: 'Then come back to this tab. It opens by itself.' })
  card.append(title, words, again, then)
  cover.append(card)
  for (const part of document.body.children) {
    if (!part.hidden && part.localName !== 'script') {
      part.hidden = true
      part.dataset.covered = ''
    }
  }
  document.body.append(cover)
  document.body.classList.add('is-covered')
  cover.held = held
  title.focus()
}

function show() {
  for (const part of document.querySelectorAll('[data-covered]')) {
    part.hidden = false
    delete part.dataset.covered
  }
  document.body.classList.remove('is-covered')
  const held = cover.held
  cover.remove()
  cover = null
  held?.focus?.({ preventScroll: true })
  dispatchEvent(new CustomEvent('uncovered'))
}

function element(tag, properties = {}) {
  return Object.assign(document.createElement(tag), properties)
}
