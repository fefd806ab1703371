// Wrong PINs. Five are free, then pauses grow. Nothing is ever wiped: a person in distress mistypes.
import * as db from './db.js'

const FREE = 5
const PAUSES = [30, 60, 120, 300, 900] // seconds after the fifth wrong try, the sixth, ...; the last one stays
// Whatever the clock of the phone says, at least this much of a pause is served with the app open.
const FLOOR = 20

let since = performance.now() // of the last wrong try in this page, or of the start of the app
let uncounted = null // what a full phone could not write down

/** The pause after that many wrong tries, in seconds. */
export const pauseAfter = (wrong) => (wrong < FREE ? 0 : PAUSES[Math.min(wrong - FREE, PAUSES.length - 1)])

/** {waitSeconds, left}: how long to wait now, and how many tries are free of a pause. */
export async function standing() {
  return read(uncounted || (await db.get('meta', 'tries')))
}

/** Counts a try as wrong before it is looked at, so that closing the app in between gains nothing. */
export async function begin() {
  let before
  const count = (tries) => {
    before = read(tries)
    if (before.waitSeconds > 0) return tries
    const wrong = ((tries && tries.wrong) || 0) + 1
    return { wrong, until: Date.now() + pauseAfter(wrong) * 1000 }
  }
  try {
    await db.update('meta', 'tries', count)
    uncounted = null
  } catch {
    // A full phone opens for the right PIN all the same. Closing the app gains nothing: none of these tries is free.
    uncounted = count(uncounted || (await noFewerThan(FREE)))
  }
  if (before.waitSeconds === 0) since = performance.now()
  return before
}

async function noFewerThan(least) {
  const { wrong = 0, until = 0 } = (await db.get('meta', 'tries').catch(() => null)) || {}
  return { wrong: Math.max(least, wrong), until }
}

function read(tries) {
  const wrong = (tries && tries.wrong) || 0
  const pause = pauseAfter(wrong)
  const byClock = (((tries && tries.until) || 0) - Date.now()) / 1000
  const byCount = Math.min(pause, FLOOR) - (performance.now() - since) / 1000
  // A clock set back makes no pause longer than it is; one set forward makes it no shorter than the floor.
  const wait = Math.max(Math.min(pause, byClock), byCount)
  return { waitSeconds: pause === 0 ? 0 : Math.max(0, Math.ceil(wait)), left: Math.max(0, FREE - wrong) }
}

/** The lock has opened: what was wrong before no longer counts. */
export async function forget() {
  uncounted = null
  await db.del('meta', 'tries').catch(() => null)
}
