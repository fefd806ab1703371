// Notices by Web Push: asked for by a tap, renewed at every start, and never in anybody's way.
// Nothing here throws; `problem()` holds the key of a sentence that says what is missing.
import { call } from './api.js'
import * as db from './db.js'
import { newId } from './queue.js'
import * as sync from './sync.js'

const READY_MS = 10000
const DAY_MS = 86400000

let missing = null

/** Whether this browser can show notices at all. On an iPhone only the app on the home screen can. */
export const possible = () => 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window

/** 'on', 'off', 'blocked' (the phone forbids it), 'install' (put it on the home screen first) or 'none'. */
export async function state() {
  if (!possible()) return navigator.standalone === false ? 'install' : 'none'
  if (Notification.permission === 'denied') return 'blocked'
  try {
    const { on } = await memory()
    return on && Notification.permission === 'granted' && (await held()) ? 'on' : 'off'
  } catch {
    return 'off'
  }
}

/** Why the last try came to nothing, as the key of a sentence; null when it worked. */
export const problem = () => missing

/** Asks the person, in answer to their tap, and subscribes. True when notices will come. */
export async function turnOn() {
  try {
    if (!possible()) return because(navigator.standalone === false ? 'push.install' : 'push.none')
    if ((await Notification.requestPermission()) !== 'granted') return because('push.blocked')
    // The wish counts from here: what goes wrong after this is tried again at the next start.
    await remember({ on: true })
    return await subscribe()
  } catch {
    return because('push.failed')
  }
}

/** No more notices to this phone. True when nothing is left to undo; offline the address dies all the same. */
export async function turnOff() {
  try {
    const { device } = await memory()
    await remember({ on: false, mark: null, at: null })
    if (possible()) await (await held())?.unsubscribe()
    const answer = device ? await call('DELETE', `/api/me/devices/${device}`) : { ok: true }
    return answer.ok || because(answer.offline ? 'push.offline' : 'push.failed')
  } catch {
    return because('push.failed')
  }
}

/** At every start: tells the service that this phone still listens, and mends a subscription that was lost. */
export async function renew() {
  try {
    const { on, mark, at } = await memory()
    if (!on || !possible() || Notification.permission !== 'granted') return false
    const now = await held()
    const known = now && mark === (await markOf(now)) && Date.now() - at < DAY_MS && Date.now() >= at
    return known ? true : await subscribe()
  } catch {
    return because('push.failed')
  }
}

/** Listens to the worker for as long as the page lives, and renews once. */
export function follow() {
  if (!('serviceWorker' in navigator)) return undefined
  navigator.serviceWorker.addEventListener('message', ({ data }) => {
    if (data?.type === 'sync') sync.now()
    if (data?.type === 'push-changed') renew()
  })
  return renew()
}

async function subscribe() {
  const { ok, offline, data } = await call('GET', '/api/push-key')
  if (!ok) return because(offline ? 'push.offline' : 'push.failed')
  if (!data.key) return because('push.not_set_up')
  const worker = await ready()
  if (!worker) return because('push.failed')
  return tellService(await subscribed(worker, data.key))
}

// A subscription belongs to one key: with another one it has to be made anew.
async function subscribed(worker, key) {
  const now = await worker.pushManager.getSubscription()
  const { key: earlier } = await memory()
  const own = now?.options?.applicationServerKey ? text(now.options.applicationServerKey) : earlier
  if (now && own === key) return now
  if (now) await now.unsubscribe()
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) })
  await remember({ key })
  return made
}

async function tellService(subscription) {
  const device = await deviceId()
  const { endpoint, keys } = subscription.toJSON()
  const body = { channel: 'webpush', subscription: { endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } } }
  const answer = await call('PUT', `/api/me/devices/${device}`, body)
  // Remembered even when the service was not heard: the next start tells it again.
  await remember({ on: true, mark: answer.ok ? await markOf(subscription) : null, at: Date.now() })
  if (answer.ok) return because(null)
  return because(answer.offline ? 'push.offline' : 'push.failed')
}

async function deviceId() {
  const { device } = await db.update('meta', 'push', (was) => ({ ...was, device: was?.device ?? newId() }))
  return device
}

const memory = async () => (await db.get('meta', 'push')) ?? {}
const remember = (facts) => db.update('meta', 'push', (was) => ({ ...was, ...facts }))

async function held() {
  const worker = await navigator.serviceWorker.getRegistration()
  return worker?.pushManager ? worker.pushManager.getSubscription() : null
}

// `ready` waits for ever where the worker could not be kept.
function ready() {
  const enough = new Promise((resolve) => setTimeout(resolve, READY_MS, null))
  return Promise.race([navigator.serviceWorker.ready, enough])
}

// The address itself is not kept: whoever has it could send notices to this phone.
async function markOf({ endpoint }) {
  return text(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(endpoint))).slice(0, 16)
}

function because(key) {
  missing = key
  return key === null
}

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')

const bytes = (key) => Uint8Array.from(atob(key.replace(/-/g, '+').replace(/_/g, '/')), (mark) => mark.charCodeAt(0))
