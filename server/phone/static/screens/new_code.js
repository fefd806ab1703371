// A new code makes this phone the client's anew: what is on it goes first, once they have agreed to that.
import * as queue from '../core/queue.js'
import { say } from '../core/say.js'
import * as vault from '../core/vault.js'
import { ask } from '../ui/dialog.js'

/** What would be lost with this phone's own things, in words; null when all of it was sent. */
export function lostWords() {
  const unsent = queue.list().filter((entry) => entry.state !== 'sent').length
  return unsent === 1 ? say('settings.leave_unsent_one') : unsent ? say('settings.leave_unsent', { count: unsent }) : null
}

/** Asks once with these paragraphs, then takes everything off; true when it is gone. */
export async function makeRoom(text) {
  const sure = await ask({
    title: say('left.code_title'),
    text,
    yes: say('left.code_yes'),
    no: say('left.code_no'),
    danger: true,
  })
  if (sure) await vault.wipe('wiped')
  return sure
}
