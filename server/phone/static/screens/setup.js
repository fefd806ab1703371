// What was chosen while a phone is being set up, kept so that a reload goes on at the same place.
// Sealed like everything else: what somebody agreed to is theirs.
import * as db from '../core/db.js'
import * as queue from '../core/queue.js'
import * as store from '../core/store.js'
import * as vault from '../core/vault.js'
import { language } from '../core/say.js'

const PLACE = 'setup'

/** What was chosen so far: {step, language, reminders, lock, answers: {key: {version, agreed}}, items}; null when not begun. */
export async function begun() {
  const held = await db.get('meta', PLACE)
  return held ? vault.unseal('device', PLACE, held).catch(() => null) : null
}

/** Keeps what was chosen so far. */
export const keep = async (setup) => db.put('meta', PLACE, await vault.seal('device', PLACE, setup))

/** A phone that was paired a moment ago. The session before it is over: ending it now would end this one. */
export async function begin() {
  vault.welcome()
  await db.del('meta', 'gone')
  return keep({ step: 0, language: language(), reminders: null, lock: null, answers: {} })
}

/** What is still to be said yes or no to. */
export const pending = (consents) =>
  ((consents && consents.items) || []).filter((item) => !item.agreed_at && !item.withdrawn_at)

/** Puts what was said to each item into the queue; once queued, the walk no longer holds it. */
export async function sendAnswers(setup) {
  for (const [key, { version, agreed }] of Object.entries(setup.answers)) {
    const body = { version, agreed, language: setup.language || language() }
    await send('consent', `/api/me/consents/${encodeURIComponent(key)}`, body)
  }
  setup.answers = {}
}

/** Puts the chosen language, reminders and lock into the queue, and forgets the walk. */
export async function sendPreferences(setup) {
  if (setup.kept) {
    const { language: chosen, lock, reminders } = setup
    const body = { ...setup.kept, language: chosen, lock, reminders: Boolean(reminders) }
    await send('preferences', '/api/me/preferences', body)
    await store.put('preferences', body)
  }
  await db.del('meta', PLACE)
}

const send = (kind, path, body) => queue.add({ kind, method: 'PUT', path, body })
