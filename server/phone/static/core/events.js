// Who wants to know what changed: within this page, and in other tabs of the app.
const listeners = new Map()
const channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel('handrail') : null

/** Calls `fn` at every event of that name; the answer takes it off again. */
export function on(event, fn) {
  const held = listeners.get(event) || new Set()
  listeners.set(event, held)
  held.add(fn)
  return () => held.delete(fn)
}

/** Tells every listener and waits for those that answer later. One that fails keeps no other from hearing. */
export async function emit(event, data) {
  const said = [...(listeners.get(event) || [])].map((fn) => heard(fn, data))
  await Promise.all(said)
}

async function heard(fn, data) {
  try {
    await fn(data)
  } catch (error) {
    console.error(error instanceof Error ? error.name : 'a listener failed')
  }
}

/** Tells the other tabs; names and codes only, never what somebody wrote. */
export function tellTabs(message) {
  if (channel) channel.postMessage(message)
}

if (channel) {
  channel.onmessage = (event) => emit('tab', event.data)
}
