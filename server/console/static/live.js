// Parts of a page that follow the timeline: <section id data-live="/queue/rows"> is fetched anew when something happens.
// With data-case only news of that case count; data-gentle is left alone while somebody works in it; data-again asks
// once more after so many seconds. Parts with the same address come with one request.
import { alarm } from './alarm.js'
import { clocks } from './clocks.js'
import { lifted } from './finger.js'
import { BACKGROUND, follow } from './stream.js'

const SETTLE_MS = 150 // an arrival makes several lines of the timeline at once
const SLOWLY_MS = 300000
const asking = new Map()
const timers = new Map()

export function live() {
  const sign = document.getElementById('live')
  if (!sign || !document.querySelector('.rail a[href="/queue"]')) return
  const ring = alarm(fetched)
  const say = (state) => {
    if (sign.dataset.state === state) return
    sign.dataset.state = state
    sign.textContent = state
  }
  sign.hidden = false
  say('connecting')
  follow((said) => {
    say(said.type === 'state' ? said.state : 'connected')
    if (said.type === 'ready') everything()
    if (said.type === 'case') soon(said.case_id)
    if (said.type === 'ready' || said.type === 'case') later('alarm', ring, SETTLE_MS)
  })
  setInterval(() => document.visibilityState === 'visible' && everything(), SLOWLY_MS)
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible') return
    everything()
    ring()
  })
  ring()
  clocks()
  for (const part of parts()) lookAgain(part)
}

const parts = () => [...document.querySelectorAll('[data-live]')]

function everything() {
  for (const address of new Set(parts().map((part) => part.dataset.live))) refresh(address)
}

function soon(caseId) {
  const concerned = parts().filter((part) => !part.dataset.case || part.dataset.case === caseId)
  for (const address of new Set(concerned.map((part) => part.dataset.live))) later(address, () => refresh(address), SETTLE_MS)
}

function later(name, what, wait) {
  clearTimeout(timers.get(name))
  timers.set(name, setTimeout(what, wait))
}

// One request at a time for each address; what happens meanwhile asks once more.
async function refresh(address) {
  if (asking.has(address)) {
    asking.set(address, true)
    return
  }
  asking.set(address, false)
  try {
    const page = await fetched(address)
    await lifted()
    for (const part of parts()) {
      const fresh = part.dataset.live === address && page?.getElementById(part.id)
      if (fresh) put(part, fresh)
    }
  } finally {
    const again = asking.get(address)
    asking.delete(address)
    if (again) refresh(address)
  }
}

// The browser reads the answer as a document of its own; no text is made into markup here.
export function fetched(address) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest()
    request.open('GET', address)
    request.setRequestHeader(BACKGROUND, '1')
    request.responseType = 'document'
    request.timeout = 15000
    request.onload = () => resolve(request.status === 200 ? request.response : null)
    request.onerror = request.ontimeout = () => resolve(null)
    request.send()
  })
}

// Focus, the row that the keys are on, and what was unfolded stay as they were.
function put(part, fresh) {
  if (part.hasAttribute('data-gentle') && (part.contains(document.activeElement) || part.querySelector('details[open]'))) return
  const before = known(part)
  const held = part.contains(document.activeElement) ? document.activeElement.id : ''
  const current = part.querySelector('[data-list] > [aria-current="true"]')?.dataset.case
  const folds = new Map([...part.querySelectorAll('details[id]')].map((each) => [each.id, each.open]))
  part.replaceChildren(...[...fresh.childNodes].map((node) => document.adoptNode(node)))
  for (const { name, value } of fresh.attributes) part.setAttribute(name, value)
  if (!fresh.hasAttribute('data-again')) part.removeAttribute('data-again')
  for (const each of part.querySelectorAll('details[id]')) {
    if (folds.has(each.id)) each.open = folds.get(each.id)
  }
  if (current) part.querySelector(`[data-list] > [data-case="${CSS.escape(current)}"]`)?.setAttribute('aria-current', 'true')
  if (held) document.getElementById(held)?.focus({ preventScroll: true })
  lookAgain(part)
  const arrived = [...known(part)].filter((id) => !before.has(id)).length
  part.dispatchEvent(new CustomEvent('put', { bubbles: true, detail: { arrived } }))
}

const known = (part) => new Set([...part.querySelectorAll('[data-list] > [data-case]')].map((row) => row.dataset.case))

function lookAgain(part) {
  if (!part.dataset.again) return
  later(`again ${part.id}`, () => document.visibilityState === 'visible' && refresh(part.dataset.live), 1000 * Number(part.dataset.again))
}
