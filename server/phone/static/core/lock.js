// Locks by itself when nobody touched the app for a while, or when it was out of sight that long.
import * as vault from './vault.js'

const SIGNS = ['pointerdown', 'keydown', 'touchstart', 'wheel']
const LOOK_MS = 5000

let limit = null // milliseconds, or null for never
let last = mark()
let timer = null

// Two clocks: one sleeps with the phone, the other can be set. The one that saw more time counts.
function mark() {
  return { tick: performance.now(), wall: Date.now() }
}

const quiet = () => Math.max(performance.now() - last.tick, Date.now() - last.wall)

/** Begins, or changes the time. 0 locks as soon as the app is out of sight; null never. */
export function startAutoLock(minutes) {
  limit = typeof minutes === 'number' && Number.isFinite(minutes) ? Math.max(0, minutes) * 60000 : null
  touch()
  if (timer) return
  for (const sign of SIGNS) addEventListener(sign, used, { passive: true, capture: true })
  document.addEventListener('visibilitychange', seen)
  timer = setInterval(look, LOOK_MS)
}

/** Somebody is here. */
export function touch() {
  last = mark()
}

// A tap on a page that slept past its time must not count before it is locked.
function used() {
  look()
  touch()
}

function seen() {
  if (limit === 0 && document.visibilityState === 'hidden') vault.lock()
  else look()
}

function look() {
  const hidden = document.visibilityState === 'hidden'
  if (limit === null || (limit === 0 && !hidden) || quiet() < limit) return
  if (!vault.isLocked()) vault.lock()
}
