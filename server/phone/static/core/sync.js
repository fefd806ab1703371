// Keeps the phone and the service in step: first what waits goes out, then what is new comes in.
import { call, discharged, signOut } from './api.js'
import * as db from './db.js'
import { emit, on } from './events.js'
import * as queue from './queue.js'
import * as store from './store.js'
import * as vault from './vault.js'

const SLOW_MS = 30000
const QUICK_MS = 5000
const NOTED_MS = 60000
const PATIENCE_MS = 3000

let running = null
let again = false
let timer = null
let state = 'unknown'
let begun = false
let heardOf = {} // name -> instant of the last answer
let receipt = null // the revision the service was told of; null: not read yet
let cuts = 0 // how often the browser said that the network is gone
let hopeful = performance.now() + PATIENCE_MS // until then a part that was not asked for yet is on its way
const told = new Set() // parts the service told us in this run
const untold = new Set() // parts it did not tell us when it was last asked

/** 'online', 'offline' or 'unknown': whether the service answered the last time it was asked. */
export const online = () => state

/**
 * Whether what is held of this part (me, plan, checkins, kase, preferences, consents) is what the service says now.
 * For a moment after the start, and after the lock has opened, it counts as such.
 */
export const isCurrent = (name) =>
  state !== 'offline' && !untold.has(name) && (told.has(name) || performance.now() < hopeful)

/** When everything was last in step, as an ISO instant, or null. */
export const lastSuccess = () => store.heardAt('all')

/** Begins: now, at every return of the network or of the person, and regularly while the app is looked at. */
export async function start() {
  if (!begun) {
    begun = true
    addEventListener('online', now)
    addEventListener('offline', cut)
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && now())
    // Not waited for: whoever queued something, or opened the lock, goes on at once.
    on('queued', () => void now())
    on('unlocked', () => void (hope(), now()))
  }
  hope()
  now()
  await askToStay()
}

// A service that says nothing for so long is not about to: screens then say from when their news is.
function hope() {
  hopeful = performance.now() + PATIENCE_MS
  setTimeout(() => emit('online', state), PATIENCE_MS + 1)
}

/** Everything once; a call meanwhile makes it run once more. */
export function now() {
  if (running) {
    again = true
    return running
  }
  running = rounds().finally(() => {
    running = null
    plan()
  })
  return running
}

async function rounds() {
  do {
    again = false
    try {
      await round()
    } catch (error) {
      console.error(`sync: ${error instanceof Error ? error.name : 'interrupted'}`)
    }
  } while (again)
}

function plan() {
  clearTimeout(timer)
  if (document.visibilityState !== 'visible') return
  const open = store.kase() && !store.kase().closed_at
  timer = setTimeout(now, open || queue.waiting() > 0 ? QUICK_MS : SLOW_MS)
}

async function round() {
  if (!vault.paired()) return farewell()
  const before = cuts
  const { offline } = await queue.replay()
  if (offline !== null) heard(offline, before)
  if (offline) return undefined
  for (const step of vault.isLocked() ? [kase] : [me, plans, checkins, kase, preferences, consents]) {
    if (!vault.paired() || !(await step())) return undefined
  }
  return success()
}

// The session that an offline wipe left behind ends with the first network.
async function farewell() {
  const left = await db.get('meta', 'gone').catch(() => null)
  if (!left || !left.sign_out || !(await signOut()) || vault.paired()) return
  // The service's answer has the browser empty everything of ours, perhaps at this moment; then this went with it.
  await db.put('meta', 'gone', { ...left, sign_out: false }).catch(() => null)
}

function cut() {
  cuts += 1
  heard(true)
}

// An answer that was under way when the network went says nothing of now.
function heard(offline, before = cuts) {
  const next = offline || before !== cuts ? 'offline' : 'online'
  if (next === 'offline') told.clear()
  if (next === state) return
  state = next
  emit('online', state)
}

// Screens hear of it when what they show has become news of now, or has ceased to be.
function note(name, ok) {
  const before = isCurrent(name)
  if (ok) told.add(name)
  untold[ok ? 'delete' : 'add'](name)
  if (isCurrent(name) !== before) emit('online', state)
}

// Whether to go on: the service answered, whatever it said.
async function fetched(name, path, take, etag) {
  const before = cuts
  const answer = await call('GET', path, undefined, { etag })
  heard(answer.offline, before)
  if (!answer.offline) note(name, answer.ok)
  if (answer.offline || !vault.paired()) return false
  // Only what the service took says that one is with them again: a proxy's refusal says nothing.
  if (discharged(answer) || (answer.ok && store.left())) await store.put('left', !answer.ok)
  if (discharged(answer)) return false
  if (answer.ok && answer.status !== 304) await take(answer.data, answer.etag)
  return true
}

const me = () => fetched('me', '/api/me', (data) => took('me', data))
const checkins = () => fetched('checkins', '/api/me/checkins', (data) => took('checkins', data))
const kase = () => fetched('kase', '/api/me/case', (data) => took('kase', data.case))

function took(name, data, tag) {
  heardOf[name] = new Date().toISOString()
  return store.put(name, data, tag)
}

const consents = () => chosen('consent', '/api/me/consents', 'consents')
const preferences = () => chosen('preferences', '/api/me/preferences', 'preferences')

// What was chosen here counts until it is sent; so does what is chosen while the service answers.
function chosen(kind, path, name) {
  const said = () => queue.list().filter((entry) => entry.kind === kind)
  if (said().some((entry) => ['waiting', 'sending'].includes(entry.state))) return true
  const before = newest(said())
  return fetched(name, path, (data) => newest(said()) === before && took(name, data))
}

const newest = (entries) => entries.reduce((latest, entry) => (entry.at > latest ? entry.at : latest), '')

async function plans() {
  const went = await fetched('plan', '/api/me/plan', (data, etag) => took('plan', data, { etag }), store.planTag())
  if (went && vault.paired() && !vault.isLocked()) await acknowledge().catch(() => null)
  return went
}

// The care team sees since when this phone has had the revision. Said once for each.
async function acknowledge() {
  const number = store.plan() ? store.plan().number : 0
  if (receipt === null) receipt = (await db.get('meta', 'receipt')) || 0
  if (number < 1 || number === receipt) return
  const path = `/api/me/plan/receipts/${number}`
  await queue.add({ id: `receipt-${number}`, kind: 'receipt', method: 'PUT', path })
  again = true // it goes out right after this round
  receipt = number
  await db.put('meta', 'receipt', number)
}

async function success() {
  const at = new Date().toISOString()
  const since = Date.parse(at) - Date.parse(store.heardAt('all') || 0)
  if (!vault.isLocked()) heardOf.all = at
  // Written once a minute, not at every look.
  if (since >= NOTED_MS || since < 0) await store.noteHeard(heardOf)
}

/** Asks the browser once to keep the plan when it makes room. */
async function askToStay() {
  if (!vault.paired() || !navigator.storage || !navigator.storage.persist) return
  try {
    if (await db.get('meta', 'stay_asked')) return
    await navigator.storage.persist()
    await db.put('meta', 'stay_asked', true)
  } catch {
    // Then it may be thrown away one day, and the start says so.
  }
}

on('gone', () => {
  receipt = null
  heardOf = {}
  told.clear()
  untold.clear()
})
