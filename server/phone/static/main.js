// Starts the app: keys, what is on the phone, the frame, the screen, then the network.
import { startAutoLock } from './core/lock.js'
import * as store from './core/store.js'
import * as sync from './core/sync.js'
import * as vault from './core/vault.js'
import { say, setLanguage } from './core/say.js'
import { card, fill, h } from './ui/dom.js'
import * as frame from './ui/frame.js'
import * as router from './ui/router.js'

const WORKER = '/app/sw.js'

async function start() {
  const state = await store.load()
  applySettings()
  frame.start(router)
  if (state.broken) return cannotKeep()
  follow()
  await router.start(firstRoute(state))
  settle()
  await sync.start()
  return undefined
}

// A phone that was emptied says so first; whoever goes on to pair it anew is not sent back.
function firstRoute(state) {
  const { screen } = router.read(location.hash).params
  if (!state.paired) return state.gone && screen !== 'pair' && screen !== 'told' ? '#/gone' : null
  return location.hash ? null : '#/home'
}

function follow() {
  store.on('settings', () => {
    applySettings()
    frame.setAppName()
    settle()
  })
  store.on('me', () => {
    useOwnLanguage()
    settle()
  })
  store.on('preferences', useOwnLanguage)
  store.on('gone', () => router.replace('#/gone'))
  store.on('lock', () => router.refresh())
}

// Text size, theme and name are kept on this phone only.
function applySettings() {
  const settings = store.settings() || {}
  const root = document.documentElement
  root.dataset.text = settings.text_size || 'normal'
  root.dataset.theme = settings.theme || 'auto'
  discreet(Boolean(settings.discreet))
  useOwnLanguage()
}

function useOwnLanguage() {
  const settings = store.settings() || {}
  const wish = store.preferences() || store.me() || {}
  const chosen = wish.language || settings.language
  if (!chosen) return
  setLanguage(chosen)
  // Kept where it can be read behind the lock as well.
  if (chosen !== settings.language && vault.mode()) store.put('settings', { ...settings, language: chosen })
}

// The name and the picture under which the app is kept on the phone.
function discreet(plain) {
  const manifest = document.querySelector('link[rel="manifest"]')
  const address = plain ? '/app/manifest.webmanifest?name=plain' : '/app/manifest.webmanifest'
  if (manifest.getAttribute('href') !== address) manifest.setAttribute('href', address)
  for (const link of document.querySelectorAll('link[data-plain]')) {
    const wish = plain ? link.dataset.plain : link.dataset.own
    if (link.getAttribute('href') !== wish) link.setAttribute('href', wish)
  }
}

let settled = false

// Once the phone is somebody's: it locks by itself and listens for pushes.
function settle() {
  if (!vault.mode()) return
  startAutoLock(store.settings().minutes)
  if (settled) return
  settled = true
  import('./core/push.js').then((push) => push.follow())
}

// The one address that script may be loaded from by name.
function workerAddress() {
  if (!globalThis.trustedTypes) return WORKER
  const policy = trustedTypes.createPolicy('handrail', {
    createScriptURL(address) {
      if (address !== WORKER) throw new TypeError('not our worker')
      return address
    },
  })
  return policy.createScriptURL(WORKER)
}

// A new version that was fetched while another was open would wait until every page is closed, and on a phone that may
// take weeks: numbers may have changed. This page has all its files by now, and the next start is the new one's.
async function keepOffline() {
  if (!('serviceWorker' in navigator)) return
  try {
    const kept = await navigator.serviceWorker.register(workerAddress(), { scope: '/app' })
    kept.waiting?.postMessage('take-over')
  } catch (problem) {
    console.warn('The app cannot be kept on this phone', problem)
  }
}

// A browser without a place to keep things: the numbers still work.
function cannotKeep() {
  frame.setTitle(say('frame.no_store_title'))
  frame.setBack(false)
  fill(frame.main(), card(null, h('p', null, say('frame.no_store'))))
}

start()
  .catch((problem) => console.error(problem))
  .then(keepOffline)
