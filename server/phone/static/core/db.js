// One IndexedDB database. Everything of a person in it is sealed by the vault before it comes here.
const NAME = 'handrail'
const STORES = ['keys', 'meta', 'device', 'sealed', 'queue']
const BLOCKED_MS = 3000

// Begun before anybody asks: the browser opens it while the page is still being laid out.
let opening = openNow()
opening.catch(() => undefined)

function open() {
  opening = opening || openNow()
  return opening
}

function openNow() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1)
    request.onupgradeneeded = () => {
      for (const name of STORES) request.result.createObjectStore(name)
    }
    request.onsuccess = () => {
      const db = request.result
      // Another tab wipes this phone: holding on would keep the database alive.
      db.onversionchange = () => forget(db)
      db.onclose = () => forget(db)
      resolve(db)
    }
    request.onerror = () => {
      opening = null
      reject(request.error)
    }
  })
}

function forget(db) {
  opening = null
  db.close()
}

/** Runs `work(stores)` in one transaction and answers what it returned, once that is on disk. */
async function transact(names, mode, work) {
  try {
    return await attempt(await open(), names, mode, work)
  } catch (error) {
    // Old phones drop the connection of a page that slept; the database itself is well.
    if (!error || error.name !== 'InvalidStateError') throw error
    opening = null
    return attempt(await open(), names, mode, work)
  }
}

function attempt(db, names, mode, work) {
  return new Promise((resolve, reject) => {
    const tx = db.transaction(names, mode, { durability: 'strict' })
    let result
    let fault = null
    tx.oncomplete = () => resolve(typeof result === 'function' ? result() : result)
    tx.onabort = () => reject(fault || tx.error || new DOMException('not stored', 'AbortError'))
    const fail = (error) => {
      fault = error
      tx.abort()
    }
    try {
      result = work(Object.fromEntries(names.map((name) => [name, tx.objectStore(name)])), fail)
    } catch (error) {
      fail(error)
    }
  })
}

/** The value, or undefined. */
export function get(store, key) {
  return transact([store], 'readonly', (stores) => {
    const request = stores[store].get(key)
    return () => request.result
  })
}

/** Stores one value under its key. */
export const put = (store, key, value) => write([[store, key, value]])

/** Takes one value away. */
export const del = (store, key) => write([[store, key]])

/** Everything of one store as [[key, value]] in the order of keys. */
export async function all(store) {
  return (await snapshot([store]))[store]
}

/** Several stores at one moment: {name: [[key, value]]}. */
export function snapshot(names = STORES) {
  return transact(names, 'readonly', (stores) => {
    const asked = names.map((name) => [name, stores[name].getAllKeys(), stores[name].getAll()])
    return () => Object.fromEntries(asked.map(([name, keys, values]) => [name, pairs(keys, values)]))
  })
}

const pairs = (keys, values) => keys.result.map((key, index) => [key, values.result[index]])

/** Writes all of [[store, key, value]] or nothing; without a value the key is taken away. */
export function write(rows) {
  const names = [...new Set(rows.map(([store]) => store))]
  return transact(names, 'readwrite', (stores) => {
    for (const row of rows) {
      if (row.length > 2) stores[row[0]].put(row[2], row[1])
      else stores[row[0]].delete(row[1])
    }
  })
}

/** Puts `change(old)` in the place of a value, with nobody in between; answers the new value. */
export function update(store, key, change) {
  return transact([store], 'readwrite', (stores, fail) => {
    let fresh
    const request = stores[store].get(key)
    request.onsuccess = () => {
      try {
        fresh = change(request.result)
        stores[store].put(fresh, key)
      } catch (error) {
        fail(error)
      }
    }
    return () => fresh
  })
}

/** Empties every store and leaves only these [[store, key, value]], in one transaction. */
export function clear(left = []) {
  return transact(STORES, 'readwrite', (stores) => {
    // The keys go first: with them gone the rest is noise, whatever happens next.
    for (const name of STORES) stores[name].clear()
    for (const [store, key, value] of left) stores[store].put(value, key)
  })
}

/** Deletes the database. Another tab that will not let go is not waited for longer than three seconds. */
export async function destroy() {
  if (opening) {
    const db = await opening.catch(() => null)
    if (db) forget(db)
  }
  await new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(NAME)
    const enough = setTimeout(resolve, BLOCKED_MS)
    request.onsuccess = request.onerror = () => {
      clearTimeout(enough)
      resolve()
    }
  })
}
