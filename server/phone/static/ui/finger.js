// A tap is a finger that goes down and up on one element: where the screen is drawn anew in between, it is lost, or it
// meets what has moved there. So what draws by itself waits until the finger is up.

const LONGEST_MS = 5000 // a thumb that rests on the screen holds no news back for longer
const CLICK_MS = 150 // the click comes after the finger's going up

let down = false
let timer = 0
const waiting = []

/** Whether a finger is on the screen, or its click is still to come. */
export const isDown = () => down

/** Resolves when the finger is up and its click is done; at once where none is down. */
export const lifted = () => (down ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve())

function lift() {
  down = false
  for (const resolve of waiting.splice(0)) resolve()
}

function liftIn(wait) {
  clearTimeout(timer)
  timer = setTimeout(lift, wait)
}

addEventListener('pointerdown', () => {
  down = true
  liftIn(LONGEST_MS)
}, true)
addEventListener('pointerup', () => liftIn(CLICK_MS), true)
addEventListener('pointercancel', lift, true)
// What the tap itself draws is drawn at once, and before what waited for it.
addEventListener('click', () => {
  down = false
  liftIn(0)
}, true)
