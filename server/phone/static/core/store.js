// The state of the app, in memory, over the database and the vault.
import * as db from './db.js'
import { emit, on, tellTabs } from './events.js'
import { helpOf } from './help.js'
import * as queue from './queue.js'
import * as vault from './vault.js'

export { on, emit }

// What is kept under which key. `help` and `kase` are read while locked: somebody may need them then.
const DEVICE = ['help', 'settings', 'kase', 'heard', 'left']
const MAIN = ['me', 'plan', 'checkins', 'history', 'preferences', 'consents', 'drafts', 'uses', 'hard']
const SILENT = ['heard', 'drafts', 'uses', 'hard']
const SETTINGS = { text_size: 'normal', minutes: 5, theme: 'auto', discreet: false }
const DRAFTS = 10
const LOOSE = ['new', 'idea'] // drafts of a check-in nobody planned, and of a change to the plan

let held = {}
let unstored = new Set() // names that are in memory and not on the disk

const storeOf = (name) => (DEVICE.includes(name) ? 'device' : 'sealed')
const keyOf = (name) => (DEVICE.includes(name) ? 'device' : 'main')
const placeOf = (name) => `${storeOf(name)}/${name}`
const copy = (value) => (value === undefined || value === null ? null : value)

/** Everything the first screen needs. {paired, mode, locked, gone, broken}; broken: this browser keeps nothing. */
export async function load() {
  let begun
  try {
    begun = await vault.start()
  } catch (error) {
    console.error(`store: ${error instanceof Error ? error.name : 'the database does not open'}`)
    return { paired: false, mode: null, locked: false, gone: null, broken: true }
  }
  const rows = vault.takeFirst() || (await db.snapshot())
  const names = begun.paired && !begun.locked ? [...DEVICE, ...MAIN] : DEVICE
  await Promise.all([queue.load(rows.queue), read(names, rows)])
  return { ...begun, broken: false }
}

async function read(names, rows) {
  const found = new Map([...rows.device, ...rows.sealed])
  await Promise.all(names.map((name) => readOne(name, found.get(name))))
}

async function readOne(name, record) {
  if (record === undefined || unstored.has(name)) return
  try {
    held[name] = await vault.unseal(keyOf(name), placeOf(name), record)
  } catch {
    // Changed, or of an earlier pairing: the service has it again.
    delete held[name]
  }
}

export const me = () => copy(held.me)
export const plan = () => copy(held.plan && held.plan.plan)
/** The ETag of the plan held, or null. */
export const planTag = () => copy(held.plan && held.plan.etag)
export const help = () => held.help || helpOf(null)
export const checkins = () => copy(held.checkins)
export const kase = () => copy(held.kase)
export const history = () => copy(held.history)
export const preferences = () => copy(held.preferences)
export const consents = () => copy(held.consents)
/** Which steps of the plan the person tried on this phone: [{id, at, section, entry_id, helped}], oldest first. */
export const uses = () => held.uses || []
/** What the person said of a day: {day, hard}, or null. */
export const hardDay = () => copy(held.hard)
/** Whether the service said that this person's time with the programme is over. */
export const left = () => Boolean(held.left)
export const settings = () => ({ ...SETTINGS, ...held.settings })
export const gone = () => vault.gone()
/** When the service last gave this, as an ISO instant, or null; `all` is everything at once. */
export const heardAt = (name) => copy(held.heard && held.heard[name])

/** Open check-ins that nobody answered on this phone yet. */
export function due() {
  const taken = queue.list().filter((entry) => entry.kind === 'answer' && entry.state !== 'refused')
  const answered = new Set(taken.map((entry) => entry.id))
  return ((held.checkins && held.checkins.open) || []).filter((open) => !answered.has(open.id))
}

/** The service's reply (Received) to an answer or a call for help, or null. */
export const lastReply = (id) => queue.reply(id)

/** Keeps a value; true once it is on the disk. False while the phone is full, locked or not paired: held for now. */
export async function put(name, value, { etag = null } = {}) {
  // What was under way when the phone was emptied is not for whoever it is set up for next.
  if (vault.gone() && name !== 'settings') return false
  const next = name === 'plan' ? { plan: value, etag } : value
  if (same(held[name], next)) return !unstored.has(name)
  held[name] = next
  const names = [name]
  if (name === 'plan') {
    held.help = helpOf(value)
    names.push('help')
  }
  const stored = await keep(names)
  tell(name)
  return stored
}

// Screens that show numbers or people hear of them as part of the plan.
function tell(name) {
  if (!SILENT.includes(name)) emit(name === 'help' ? 'plan' : name)
}

const same = (one, other) => one !== undefined && JSON.stringify(one) === JSON.stringify(other)

async function keep(names) {
  for (const name of names) unstored.add(name)
  try {
    const sealed = names.map((name) => vault.seal(keyOf(name), placeOf(name), held[name]))
    const records = await Promise.all(sealed)
    await db.write(names.map((name, at) => [storeOf(name), name, records[at]]))
  } catch (error) {
    if (!(error instanceof vault.LockError)) emit('storage', 'full')
    return false
  }
  for (const name of names) unstored.delete(name)
  tellTabs({ type: 'stored', names })
  return true
}

/** Notes when the service gave what: {name: instant}. */
export const noteHeard = (times) => put('heard', { ...held.heard, ...times })

/** {answers, step, saved_at} of a check-in that was begun, or null. */
export const draft = (id) => copy(held.drafts && held.drafts[id])

/** Planned check-ins that were begun here and not sent, the latest first: [{id, answers, step, saved_at}]. */
export const drafts = () =>
  Object.entries(held.drafts || {})
    .filter(([id]) => !LOOSE.includes(id))
    .map(([id, begun]) => ({ id, ...begun }))
    .reverse()

/** Keeps what was answered so far; true once it is on the disk. */
export function saveDraft(id, answers, step) {
  const known = draft(id)
  // Looking at it again makes it no newer.
  if (known && same(known.answers, answers) && known.step === step) return Promise.resolve(!unstored.has('drafts'))
  const saved = { answers, step, saved_at: new Date().toISOString() }
  const others = Object.entries(held.drafts || {}).filter(([each]) => each !== id)
  return put('drafts', Object.fromEntries([...others.slice(1 - DRAFTS), [id, saved]]))
}

/** Takes the draft away, once its answers are in the queue. */
export function dropDraft(id) {
  const others = Object.entries(held.drafts || {}).filter(([each]) => each !== id)
  return put('drafts', Object.fromEntries(others))
}

on('unlocked', async ({ fresh }) => {
  // What came while there was no key to keep it under is newer than what is on the disk.
  if (unstored.has('drafts')) held.drafts = { ...(await draftsOnDisk()), ...held.drafts }
  if (unstored.size > 0) await keep([...unstored])
  if (fresh) return
  await read(MAIN, await db.snapshot(['device', 'sealed']))
  emit('lock')
})

// The lock closed in mid-sentence: the draft that was saved after it stood alone in memory.
async function draftsOnDisk() {
  const record = await db.get('sealed', 'drafts').catch(() => null)
  return record ? vault.unseal('main', placeOf('drafts'), record).catch(() => null) : null
}

on('lock', () => {
  if (vault.isLocked()) for (const name of MAIN) delete held[name]
})

on('tab', async (message) => {
  if (message.type !== 'stored' || !vault.paired()) return
  const names = message.names.filter((name) => keyOf(name) === 'device' || !vault.isLocked())
  await read(names, await db.snapshot(['device', 'sealed']))
  for (const name of names) tell(name)
})

on('gone', () => {
  held = {}
  unstored = new Set()
})
