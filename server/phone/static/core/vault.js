// Two keys. DEVICE: numbers, people, queue; always usable. MAIN: plan and answers; usable when unlocked.
import * as db from './db.js'
import { emit, on, tellTabs } from './events.js'
import * as passkey from './passkey.js'
import * as crypt from './seal.js'
import * as tries from './tries.js'
import { GONE, PAIRED, begunWith, leaveNothing, marker, mark, wasHere, wipedEarlier } from './wiping.js'

const PIN_LENGTH = { least: 4, most: 64 }

/** A lock that cannot be had or opened. `code`: locked, pin, passkey, unpaired, taken. */
export class LockError extends Error {
  constructor(code) {
    super(`the vault says: ${code}`)
    this.code = code
  }
}

let device = null
let main = null
let lockMode = null
let goneReason = null
let goneUnsent = 0
let countUnsent = () => 0
let starting = null
let first = null // what the disk held at start, for the first reader

export const passkeyPossible = passkey.possible
export const mode = () => lockMode
export const paired = () => lockMode !== null
export const isLocked = () => paired() && main === null
/** Why this phone holds nothing any more: signed_out, wiped, evicted or what wipe() was told; else null. */
export const gone = () => goneReason
/** How many answers and calls for help this phone never got through before it was emptied. */
export const unsentAtEnd = () => goneUnsent

/** The queue says how to count them: it stands above this file. */
export function whenWiped(count) {
  countUnsent = count
}

/** {paired, mode, locked, gone}: reads the keys once; called again it tells how things stand. */
export async function start() {
  starting = starting || readKeys()
  try {
    await starting
  } catch (error) {
    starting = null
    throw error
  }
  return { paired: paired(), mode: lockMode, locked: isLocked(), gone: goneReason }
}

// Finishes a wipe that was interrupted, and notices a phone that was emptied from outside.
async function readKeys() {
  const broken = wipedEarlier()
  if (broken) await wipe(broken.reason, broken.unsent)
  first = await db.snapshot()
  const meta = new Map(first.meta)
  if (meta.has('wiping')) {
    const { reason, unsent } = begunWith(meta.get('wiping'))
    await wipe(reason, unsent)
    first = await db.snapshot()
  }
  const keys = new Map(first.keys)
  device = keys.get('device') || null
  const held = keys.get('main')
  lockMode = held ? held.mode : null
  goneReason = held ? null : await whyEmpty(new Map(first.meta))
  if (goneReason && new Map(first.meta).has('gone')) goneUnsent = new Map(first.meta).get('gone').unsent || 0
  main = lockMode === 'open' ? await crypt.unwrap(held.key, device, 'open').catch(() => null) : null
  if (held) mark(PAIRED, '1')
}

async function whyEmpty(meta) {
  const known = meta.has('gone') ? meta.get('gone').reason : null
  const emptied = marker(PAIRED) !== null || (!known && wasHere() && !meta.has('setup'))
  if (!emptied) return known
  // The browser threw the database away; the mark outlived it, or the cookie did.
  await leaveNothing('evicted')
  return 'evicted'
}

/** A new code was taken: what was wiped before no longer keeps this phone from holding anything. */
export function welcome() {
  if (!paired()) goneReason = null
}

/** Whether another tab has set this phone up since this page looked. */
export const takenMeanwhile = async () => !paired() && (await db.get('keys', 'main')) !== undefined

/** What start() read from the disk, once; later readers get null and read for themselves. */
export function takeFirst() {
  const taken = first
  first = null
  return taken
}

/** Makes a fresh main key behind the chosen lock; on a phone that has one it changes the lock. */
export async function setUp(chosen, { pin } = {}) {
  if (paired()) return changeLock(chosen, { pin })
  // What another tab has put into the queue would go out as whoever this one was paired for.
  if (await takenMeanwhile()) throw new LockError('taken')
  const own = device || (await db.get('keys', 'device')) || (await crypt.deviceKey())
  const fresh = { device: own, pepper: await crypt.pepperKey(), main: await crypt.mainKey() }
  const held = await behind(chosen, pin, fresh)
  await db.write([
    ['keys', 'device', own],
    ['keys', 'pepper', fresh.pepper],
    ['keys', 'main', held],
    ['meta', 'tries'],
    ['meta', 'gone'],
  ])
  device = own
  main = fresh.main
  lockMode = chosen
  goneReason = null
  mark(PAIRED, '1')
  await emit('unlocked', { fresh: true })
  return undefined
}

/** Puts the same main key behind another lock, in one transaction: a crash leaves the old lock or the new. */
export async function changeLock(chosen, { pin } = {}) {
  if (main === null) throw new LockError(paired() ? 'locked' : 'unpaired')
  const pepper = await db.get('keys', 'pepper')
  const held = await behind(chosen, pin, { device, pepper, main })
  await db.write([
    ['keys', 'main', held],
    ['meta', 'tries'],
  ])
  lockMode = chosen
  tellTabs({ type: 'lockmode', mode: chosen })
}

async function behind(chosen, pin, keys) {
  if (chosen === 'open') return { mode: 'open', key: await crypt.wrap(keys.main, keys.device, 'open') }
  if (chosen === 'pin') {
    if (typeof pin !== 'string' || pin.length < PIN_LENGTH.least || pin.length > PIN_LENGTH.most) {
      throw new LockError('pin')
    }
    const how = crypt.pinSettings()
    const under = await crypt.pinKey(pin, how, keys.pepper)
    return { mode: 'pin', ...how, key: await crypt.wrap(keys.main, under, 'pin') }
  }
  const made = chosen === 'passkey' ? await passkey.create() : null
  if (!made) throw new LockError('passkey')
  const salt = crypt.random(16)
  const under = await crypt.passkeyKey(made.secret, salt)
  const key = await crypt.wrap(keys.main, under, 'passkey')
  return { mode: 'passkey', id: made.id, input: made.input, salt, key }
}

/** {ok, waitSeconds, left}: opens the lock. `left` is how many tries are free of a pause; null without a PIN. */
export async function unlock({ pin } = {}) {
  const held = await db.get('keys', 'main')
  if (!held) throw new LockError('unpaired')
  lockMode = held.mode
  if (main !== null) return { ok: true, waitSeconds: 0, left: null }
  const result = held.mode === 'pin' ? await byPin(held, pin) : await byPhone(held)
  if (result.ok) await emit('unlocked', { fresh: false })
  return result
}

async function byPin(held, pin) {
  const before = await tries.begin()
  if (before.waitSeconds > 0) return { ok: false, ...before }
  const under = await crypt.pinKey(String(pin), held, await db.get('keys', 'pepper'))
  const opened = await crypt.unwrap(held.key, under, 'pin').catch(() => null)
  if (!opened) return { ok: false, ...(await tries.standing()) }
  main = opened
  await tries.forget()
  return { ok: true, waitSeconds: 0, left: null }
}

async function byPhone(held) {
  let under = device
  if (held.mode === 'passkey') {
    const secret = await passkey.answer(held)
    under = secret && (await crypt.passkeyKey(secret, held.salt))
  }
  main = under ? await crypt.unwrap(held.key, under, held.mode).catch(() => null) : null
  return { ok: main !== null, waitSeconds: 0, left: null }
}

/** How long to wait before the next PIN, without trying one. */
export const waiting = () => tries.standing()

/** Forgets the main key, here and in other tabs. A phone whose client chose no lock stays open. */
export function lock() {
  forgetMain()
  tellTabs({ type: 'lock' })
}

function forgetMain() {
  if (lockMode === 'open' || main === null) return
  main = null
  emit('lock')
}

/** The value as a record that opens only with this key and in this place. */
export async function seal(keyName, place, value) {
  return crypt.seal(await keyFor(keyName), `${keyName} ${place}`, value)
}

/** The value again; throws LockError while locked, and another error for a record that is not what it was. */
export async function unseal(keyName, place, record) {
  return crypt.unseal(await keyFor(keyName), `${keyName} ${place}`, record)
}

async function keyFor(name) {
  if (name === 'device') return device || ownDevice()
  if (main === null) throw new LockError(paired() ? 'locked' : 'unpaired')
  return main
}

async function ownDevice() {
  // What is still under way when a phone is wiped must not write to it again.
  if (goneReason !== null) throw new LockError('unpaired')
  const fresh = await crypt.deviceKey()
  // Two tabs may start at once: whoever comes first names the key.
  device = await db.update('keys', 'device', (held) => held || fresh)
  return device
}

/** Takes everything off this phone, the keys first. Works offline; what a crash interrupts goes on at start. */
export async function wipe(reason, unsent = countUnsent()) {
  forgetAll(reason)
  goneUnsent = unsent
  tellTabs({ type: 'gone', reason })
  await leaveNothing(reason, unsent)
  await emit('gone', reason)
}

function forgetAll(reason) {
  device = main = lockMode = first = null
  goneReason = reason
}

on('tab', (message) => {
  if (message.type === 'lock') forgetMain()
  if (message.type === 'lockmode' && paired()) lockMode = message.mode
  if (message.type === 'gone') heardGone(message.reason)
})

// Where a browser has no BroadcastChannel, the mark that a wipe leaves is heard instead.
addEventListener('storage', (event) => {
  if (event.key === GONE && event.newValue) heardGone(begunWith(event.newValue).reason)
})

function heardGone(reason) {
  if (goneReason === reason && !paired()) return undefined
  goneUnsent = countUnsent()
  forgetAll(reason)
  return emit('gone', reason)
}
