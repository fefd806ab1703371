// Wrong PINs. Five are free, then pauses grow. Nothing is ever wiped: a person in distress mistypes.
import * as db from './db.js'

const FREE = 5
const PAUSES = [30, 60, 120, 300, 900] // seconds after the fifth wrong try, the sixth, ...; the last one stays
// Whatever the clock of the phone says, at least this much of a pause is served with the app open.
const FLOOR = 20

let since = performance.now() // of the last wrong try in this page, or of the start of the app

/** The pause after that many wrong tries, in seconds. */
export const pauseAfter = (wrong) => (wrong < FREE ? 0 : PAUSES[Math.min(wrong - FREE, PAUSES.length - 1)])

/** {waitSeconds, left}: how long to wait now, and how many tries are free of a pause. */
export async function standing() {
  return read(await db.get('meta', 'tries'))
}

/** Counts a try as wrong before it is looked at, so that closing the app in between gains nothing. */
export async function begin() {
  let before
  await db.update('meta', 'tries', (tries) => {
    before = read(tries)
    if (before.waitSeconds > 0) return tries
    const wrong = ((tries && tries.wrong) || 0) + 1
    return { wrong, until: Date.now() + pauseAfter(wrong) * 1000 }
  })
  if (before.waitSeconds === 0) since = performance.now()
  return before
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
