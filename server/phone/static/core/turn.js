// One tab at a time: by navigator.locks, or on old phones by a lease in the database.
import * as db from './db.js'

const NAME = 'handrail.queue'
const LEASE_MS = 30000
const me = [...crypto.getRandomValues(new Uint32Array(2))].join('.')

let here = null // the turn of this page: two calls share it

/** Runs `work` while no other tab does. A call during a turn of this page waits for it and then has its own. */
export function exclusively(work) {
  const before = (here || Promise.resolve()).catch(() => null)
  const turn = before.then(() => (navigator.locks ? locked(work) : leased(work)))
  here = turn
  return turn
}

const locked = (work) => navigator.locks.request(NAME, work)

// Where another tab holds the lease its work is the same as ours: nothing is lost by not waiting.
async function leased(work) {
  if (!(await take())) return
  const renewing = setInterval(() => take().catch(() => null), LEASE_MS / 3)
  try {
    await work()
  } finally {
    clearInterval(renewing)
    await db.update('meta', 'lease', (lease) => (lease && lease.by === me ? { by: '', until: 0 } : lease))
  }
}

async function take() {
  const now = Date.now()
  const lease = await db.update('meta', 'lease', (held) => {
    // A lease that ends later than any can was written by a clock that has been set back since.
    const taken = held && held.by !== me && held.until > now && held.until <= now + LEASE_MS
    return taken ? held : { by: me, until: now + LEASE_MS }
  })
  return lease.by === me
}
