// What it takes to leave nothing on the phone. Every step may be done twice, and none waits for a network.
import * as db from './db.js'

export const PAIRED = 'handrail.paired'
export const GONE = 'handrail.wiping'
const HERE = '__Host-handrail-here'
const PATIENCE_MS = 2000

/** The word kept beside the database, or null; some browsers forbid it. */
export function marker(name) {
  try {
    return localStorage.getItem(name)
  } catch {
    return null
  }
}

/** Sets it, or takes it away with null. */
export function mark(name, value) {
  try {
    if (value === null) localStorage.removeItem(name)
    else if (localStorage.getItem(name) !== value) localStorage.setItem(name, value)
  } catch {
    // Without it only the notice about an emptied phone is lost.
  }
}

/** Whether the service gave this browser a session: its cookie outlives what pages keep, which some browsers clear. */
export const wasHere = () => document.cookie.split('; ').includes(`${HERE}=1`)

/** {reason, unsent} of a wipe that did not come to its end, or null. */
export const wipedEarlier = () => (marker(GONE) ? begunWith(marker(GONE)) : null)

/** {reason, unsent} out of the word that a wipe leaves while it lasts: "signed_out 2". */
export function begunWith(word) {
  const [reason, unsent] = word.split(' ')
  return { reason, unsent: Number(unsent) || 0 }
}

/** Keys and records in one transaction, then caches, push, page storage and the database file itself. */
export async function leaveNothing(reason, unsent = 0) {
  const word = `${reason} ${unsent}`
  mark(GONE, word)
  await attempt(() => db.clear([['meta', 'wiping', word]]))
  mark(PAIRED, null)
  document.cookie = `${HERE}=; Max-Age=0; Path=/; Secure; SameSite=Strict`
  await Promise.all([attempt(dropCaches), attempt(dropPush)])
  await attempt(() => sessionStorage.clear())
  await attempt(dropLocal)
  await attempt(() => db.destroy())
  // The session's cookie is out of a script's reach; the service is told when there is a network.
  const left = { reason, unsent, sign_out: reason !== 'signed_out' }
  await attempt(() => db.put('meta', 'gone', left))
  mark(GONE, null)
}

async function dropCaches() {
  for (const name of await caches.keys()) await caches.delete(name)
}

async function dropPush() {
  const worker = await navigator.serviceWorker.getRegistration()
  const held = worker && worker.pushManager && (await worker.pushManager.getSubscription())
  if (held) await held.unsubscribe()
}

function dropLocal() {
  for (const name of Object.keys(localStorage)) {
    if (name !== GONE) localStorage.removeItem(name)
  }
}

// One thing that cannot be deleted, or hangs without a network, must not save the others.
async function attempt(step) {
  const enough = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))
  try {
    await Promise.race([step(), enough])
  } catch (error) {
    console.error(`wipe: ${error instanceof Error ? error.name : 'a step failed'}`)
  }
}
