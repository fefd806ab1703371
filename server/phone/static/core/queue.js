// What the phone has to send: in order, exactly once, under ids chosen here. Nothing leaves it unseen.
import { call, discharged } from './api.js'
import * as db from './db.js'
import { emit, on, tellTabs } from './events.js'
import { byServiceClock } from './skew.js'
import { exclusively } from './turn.js'
import * as vault from './vault.js'

const FIRST = ['help', 'answer'] // before everyday things
const LAST_WORD = ['preferences', 'consent'] // may be said again under the same id: the latest counts
const LATER = [408, 425, 429]
const KEPT = 20
const FORBIDDEN_MS = 30000
const LONGEST_HOLD = 300 // seconds that any Retry-After is followed

let entries = [] // in order of `n`; bodies as text
let sendingNow = null // the `n` on its way from this page
const adding = new Map() // id -> what is being stored
const holds = new Map() // n -> performance.now() before which it is not tried again
const stuck = new Set() // the `n` of what a try has left behind, or a try of what goes before it

vault.whenWiped(() => entries.filter((entry) => entry.state === 'waiting' && FIRST.includes(entry.kind)).length)

/** An id nobody else has. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID()
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte, at) => {
    const marked = at === 6 ? (byte & 15) | 64 : at === 8 ? (byte & 63) | 128 : byte
    return (at === 4 || at === 6 || at === 8 || at === 10 ? '-' : '') + marked.toString(16).padStart(2, '0')
  })
  return hex.join('')
}

/** Reads what waits. `rows` are those of the store when somebody has them already. */
export async function load(rows) {
  const before = new Set(entries)
  const held = rows || (await db.all('queue'))
  const opened = (await Promise.all(held.map(([n, record]) => open(n, record)))).filter(Boolean)
  if (!rows) await keepInMemory(new Set(held.map(([n]) => n)))
  // What was added while this read is newer than what it found.
  const newer = entries.filter((entry) => !entry.stored || !before.has(entry))
  const known = new Set(opened.map((entry) => entry.n))
  entries = [...opened, ...newer.filter((entry) => !known.has(entry.n))].sort(byNumber)
}

// Where the browser has emptied the phone under an open page, what waits is still here and can still be sent.
async function keepInMemory(found) {
  const missing = entries.filter((entry) => entry.stored && entry.state === 'waiting' && !found.has(entry.n))
  if (missing.length === 0 || (await db.get('keys', 'device')) !== undefined || !vault.paired()) return
  for (const entry of missing) entry.stored = false
}

async function open(n, record) {
  const entry = await vault.unseal('device', `queue/${n}`, record).catch(() => null)
  return entry && { ...entry, n, stored: true }
}

/**
 * Stores what is to be sent and answers its entry; the same id twice is sent once. On a full phone it is sent
 * from memory at once; where that fails too this throws, save for a cry for help, which is held in memory.
 */
export async function add({ id = newId(), ...rest }) {
  // A second tap on the same key comes while the first is being stored.
  const before = adding.get(id) || Promise.resolve()
  const mine = before.catch(() => null).then(() => addOne({ id, ...rest }))
  adding.set(id, mine)
  return mine.finally(() => adding.get(id) === mine && adding.delete(id))
}

async function addOne({ id, kind, method, path, body, label = '' }) {
  const same = entries.filter((entry) => entry.id === id && entry.kind === kind)
  const earlier = same.find((entry) => entry.state !== 'refused')
  if (earlier && !LAST_WORD.includes(kind)) return shown(earlier)
  const text = body === undefined || body === null ? null : JSON.stringify(body)
  const at = new Date().toISOString()
  const entry = { id, kind, method, path, text, label, at, state: 'waiting', stored: true }
  const fits = await roomFor(entry)
  if (!fits) await fromMemory(entry)
  await drop(same.filter((each) => each.state === 'refused')).catch(() => null)
  entries = [...entries, entry].sort(byNumber)
  changed()
  emit('queued')
  return shown(entry)
}

async function roomFor(entry) {
  try {
    await place(entry)
  } catch {
    try {
      // What was sent already makes room for what was not.
      await drop(entries.filter((each) => each.state === 'sent'))
      await place(entry)
    } catch {
      return false
    }
  }
  return true
}

async function fromMemory(entry) {
  entry.n = Math.max(0, ...entries.map((each) => each.n)) + 0.001
  entry.stored = false
  await exclusively(() => send(entry))
  if (entry.state !== 'waiting' || entry.kind === 'help') return
  throw new DOMException('the phone is full', 'QuotaExceededError')
}

async function place(entry) {
  entry.n = await db.update('meta', 'queue_n', (n) => (n || 0) + 1)
  await save(entry)
}

async function save(entry) {
  if (!entry.stored) return
  const { n } = entry
  const kept = { ...entry, n: undefined, stored: undefined }
  await db.put('queue', n, await vault.seal('device', `queue/${n}`, kept))
}

async function drop(gone) {
  if (gone.length === 0) return
  entries = entries.filter((entry) => !gone.includes(entry))
  const rows = gone.filter((entry) => entry.stored).map((entry) => ['queue', entry.n])
  if (rows.length > 0) await db.write(rows)
}

/** Everything waiting, refused, and lately sent, oldest first. A sent one no longer holds its body. */
export const list = () => entries.map(shown)

/** How many are not sent yet. */
export const waiting = () => entries.filter((entry) => entry.state === 'waiting').length

/** The service's reply to what was sent under this id, or null. */
export function reply(id) {
  const sent = entries.filter((entry) => entry.id === id && entry.reply)
  return sent.length > 0 ? sent[sent.length - 1].reply : null
}

function shown({ id, kind, label, text, at, state, stored, received_at, reply: said, problem, n }) {
  return {
    id,
    kind,
    label,
    body: text ? JSON.parse(text) : {},
    at,
    state: n === sendingNow ? 'sending' : state,
    stored,
    stuck: state === 'waiting' && stuck.has(n),
    received_at: received_at || null,
    reply: said || null,
    problem: problem || null,
  }
}

/** Takes away a refused or a sent entry that was read; what waits stays. True when something went. */
export async function dismiss(id) {
  const read = entries.filter((entry) => entry.id === id && entry.state !== 'waiting')
  await drop(read)
  if (read.length > 0) changed()
  return read.length > 0
}

/** Sends what can be sent now. Answers {offline}: whether the service was out of reach; null: not asked. */
export async function replay() {
  let outcome = { offline: null }
  await exclusively(async () => {
    outcome = await sendAll()
  })
  return outcome
}

async function sendAll() {
  // Another tab may have sent some of it meanwhile. A phone that cannot be read any more still sends what is held here.
  await load().catch(() => null)
  const tried = new Set()
  const outcome = { offline: null }
  let onlyHelp = false
  for (let next = due(tried, onlyHelp); next; next = due(tried, onlyHelp)) {
    tried.add(next.n)
    const answer = await send(next)
    outcome.offline = answer.offline
    if (answer.offline || answer.status === 401) break
    // The service takes this one later. Order is kept, except that a cry for help still goes.
    if (next.state === 'waiting') onlyHelp = true
  }
  noteStuck()
  return outcome
}

// From the first try that came to nothing nobody may read that it is on its way, until it has arrived.
function noteStuck() {
  const before = stuck.size
  for (const entry of entries) if (entry.state === 'waiting') stuck.add(entry.n)
  if (stuck.size > before) emit('queue')
}

function due(tried, onlyHelp) {
  const waits = entries.filter((entry) => entry.state === 'waiting' && !tried.has(entry.n))
  let passing = onlyHelp
  for (const entry of waits.sort((one, other) => rank(one) - rank(other) || byNumber(one, other))) {
    const held = (holds.get(entry.n) || 0) > performance.now()
    if (!held && (!passing || entry.kind === 'help')) return entry
    passing = true
  }
  return null
}

const rank = (entry) => (FIRST.includes(entry.kind) ? 0 : 1)
const byNumber = (one, other) => one.n - other.n

async function send(entry) {
  sendingNow = entry.n
  emit('queue')
  const answer = await call(entry.method, entry.path, entry.text)
  sendingNow = null
  if (answer.status === 401 || !vault.paired()) return answer
  // The list may have been read anew meanwhile.
  note(entry, answer)
  Object.assign(entries.find((each) => each.n === entry.n) || entry, entry)
  // Where this cannot be written the entry is sent once more, and the service knows it by its id.
  if (entry.state !== 'waiting' || entry.mended) await save(entry).catch(() => null)
  await trim()
  changed()
  return answer
}

function note(entry, answer) {
  const { ok, status, data, problem, retryAfter } = answer
  const mended = entry.kind === 'answer' && !entry.mended ? byServiceClock(entry.text, answer) : null
  const heard = !FIRST.includes(entry.kind) || Boolean(data && data.received_at)
  if (ok && heard) {
    const received_at = (data && data.received_at) || new Date().toISOString()
    // The words of the person are not kept under the key that is always usable once they have arrived.
    Object.assign(entry, { state: 'sent', received_at, reply: data, text: null, problem: null })
  } else if (mended) {
    Object.assign(entry, { text: mended, mended: true })
  } else if (status === 403 && FIRST.includes(entry.kind) && !discharged(answer)) {
    // Somebody else is signed in here at the moment; a cry for help waits for its own person.
    holds.set(entry.n, performance.now() + FORBIDDEN_MS)
  } else if (status >= 400 && status < 500 && !LATER.includes(status)) {
    Object.assign(entry, { state: 'refused', problem })
  } else if (retryAfter) {
    holds.set(entry.n, performance.now() + Math.min(retryAfter, LONGEST_HOLD) * 1000)
  }
}

async function trim() {
  const sent = entries.filter((entry) => entry.state === 'sent')
  const unread = sent.filter((entry) => entry.kind === 'receipt')
  const worth = sent.filter((entry) => entry.kind !== 'receipt')
  await drop([...unread, ...worth.slice(0, Math.max(0, worth.length - KEPT))]).catch(() => null)
}

function changed() {
  emit('queue')
  tellTabs({ type: 'queue' })
}

on('tab', async (message) => {
  if (message.type !== 'queue' || !vault.paired()) return
  await load().catch(() => null)
  emit('queue')
})

on('gone', () => {
  entries = []
  holds.clear()
  stuck.clear()
})
