// A row that is drawn anew, or moves, between a pointer's going down and up loses the click or gives it to another case.
// So what the timeline brings waits until the pointer is up.

const LONGEST_MS = 5000 // a thumb that rests on a row holds no news back for longer
const CLICK_MS = 150 // the click comes after the pointer's going up

let down = false
let timer = 0
const waiting = []

// Resolves when the pointer is up and its click is done; at once where none is down.
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
addEventListener('click', () => {
  down = false
  liftIn(0)
}, true)
