// A few words to write tests in. Each runs alone in an empty browser; a "tab" is a frame with modules of its own,
// so that it can be closed like a crash and opened again like a restart.
const tests = new Map()
const MODULES = ['api', 'db', 'events', 'lock', 'push', 'queue', 'risk', 'seal', 'store', 'sync', 'vault']

export const test = (name, body) => tests.set(name, body)

/** Runs one test of one file: null, or why it failed. */
export async function run(file, name) {
  await import(`/units/${file}`)
  const limit = new Promise((_, reject) => setTimeout(() => reject(new Error('took over 90 seconds')), 90000))
  try {
    await Promise.race([tests.get(name)(), limit])
    return null
  } catch (error) {
    return error && error.stack ? `${error.name}: ${error.stack}` : String(error)
  }
}

const words = (value) => JSON.stringify(value, (_, each) => (each === undefined ? 'undefined' : each))

export function equal(got, wanted, what = '') {
  if (words(got) !== words(wanted)) throw new Error(`${what} got ${words(got)}, wanted ${words(wanted)}`)
}

export function ok(value, what) {
  if (!value) throw new Error(what)
}

/** The error that `work` ends with; fails when it does not. */
export async function refused(work, what = 'this was let through') {
  let result
  try {
    result = await work()
  } catch (error) {
    return error
  }
  throw new Error(`${what}: ${words(result)}`)
}

/** A tab of the app: its modules and `window`. `before(window)` runs ahead of any module. */
export async function tab(before = () => null) {
  const frame = document.createElement('iframe')
  frame.src = '/app'
  await new Promise((resolve) => {
    frame.onload = resolve
    document.body.append(frame)
  })
  const window = frame.contentWindow
  before(window)
  const loaded = {}
  for (const name of MODULES) loaded[name] = await into(frame, name)
  return { ...loaded, window, close: () => frame.remove() }
}

function into(frame, name) {
  const { contentDocument: document, contentWindow: window } = frame
  return new Promise((resolve, reject) => {
    window.heard = window.heard || {}
    window.heard[name] = resolve
    const script = document.createElement('script')
    script.type = 'module'
    script.textContent = `import * as it from '/core/${name}.js'\nwindow.heard['${name}'](Object.assign({}, it))`
    script.onerror = reject
    document.head.append(script)
  })
}

/** A tab of a phone that is paired behind this lock. */
export async function paired(mode = 'open', more = {}, before) {
  const app = await tab(before)
  await app.store.load()
  await app.vault.setUp(mode, more)
  return app
}

/** A tab that starts on what is on the disk. */
export async function restarted(before) {
  const app = await tab(before)
  app.begun = await app.store.load()
  return app
}

const done = { received_at: '2026-01-14T15:34:00Z' }
const calm = { late: false, tier: null, case_id: null, coverage: 'ok', next_steps: [] }
/** What the service says to an answer. */
export const received = () => ({ ...done, ...calm })

/** What the service answers from now on. */
export const service = (...rules) => window.standIn('script', rules)
/** Everything that was sent, as [{call, body}]. */
export const sent = async (part = '') => (await window.standIn('log')).filter(({ call }) => call.includes(part))
export const calls = async (part) => (await sent(part)).map(({ call }) => call)
export const authenticator = (prf) => window.standIn('authenticator', prf)

/** From now on this tab is refused every record, as on a phone without room; `false` gives it room again. */
export function full({ window }, is = true) {
  const { prototype } = window.IDBObjectStore
  prototype.roomy = prototype.roomy || prototype.put
  prototype.put = function put(...row) {
    if (!is) return prototype.roomy.apply(this, row)
    throw new window.DOMException('no room', 'QuotaExceededError')
  }
}

/** Waits until `look()` says something; twenty seconds at most. */
export async function until(look, what) {
  for (let turn = 0; turn < 1000; turn += 1) {
    const found = await look()
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`never happened: ${what}`)
}

/** Clocks of a tab that the test moves by seconds: `tick` runs evenly, `wall` can be set. */
export function clocks() {
  const moved = { tick: 0, wall: 0 }
  const install = (window) => {
    const { now } = window.performance
    window.performance.now = () => now.call(window.performance) + moved.tick * 1000
    const real = window.Date.now
    window.Date.now = () => real() + moved.wall * 1000
  }
  return { moved, install }
}

/** Everything in the database, past all modules: [[store, key, value]]. */
export async function disk() {
  const names = (await indexedDB.databases()).map((each) => each.name)
  if (!names.includes('handrail')) return []
  const db = await asked(indexedDB.open('handrail'))
  const rows = []
  for (const name of db.objectStoreNames) {
    const store = db.transaction(name).objectStore(name)
    const [keys, values] = await Promise.all([asked(store.getAllKeys()), asked(store.getAll())])
    keys.forEach((key, at) => rows.push([name, key, values[at]]))
  }
  db.close()
  return rows
}

/** Puts a value into the database as somebody with the phone in hand could. */
export async function tamper(store, key, change) {
  const db = await asked(indexedDB.open('handrail'))
  const held = db.transaction(store, 'readwrite').objectStore(store)
  await asked(held.put(change(await asked(held.get(key))), key))
  db.close()
}

const asked = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

/** All text that can be read in these rows, bytes as characters included. */
export function readable(value) {
  if (value instanceof CryptoKey) return ''
  if (ArrayBuffer.isView(value)) return String.fromCharCode(...value)
  if (value instanceof ArrayBuffer) return readable(new Uint8Array(value))
  if (Array.isArray(value)) return value.map(readable).join('\n')
  if (value && typeof value === 'object') return readable(Object.entries(value))
  return String(value)
}
