// The live stream of cases, one for all tabs: the tab that holds the lock listens and tells the others.
// It carries ids only. A silence, a laptop's sleep or a tab that is put aside ends in a new connection.

const STREAM = '/api/cases/stream'
const SILENCE_MS = 45000 // the service says something every 15 seconds
const OTHERS_SILENCE_MS = 75000
const RETRY_MS = 3000
const SIGNED_OUT_RETRY_MS = 20000
const NAME = 'handrail-cases'
export const BACKGROUND = 'handrail-background'

// `told` hears {type: 'state', state}, {type: 'ready'}, {type: 'still'} and {type: 'case', case_id, kind, number}.
export function follow(told) {
  const air = 'BroadcastChannel' in globalThis ? new BroadcastChannel(NAME) : null
  let heardAt = Date.now()
  let leading = null // what this tab last told the others, while it listens for them
  const hear = (said) => {
    heardAt = Date.now()
    told(said)
  }
  const tell = (said) => {
    leading = said.type === 'state' ? said : { type: 'still' }
    hear(said)
    air?.postMessage(said)
  }
  if (air) {
    air.onmessage = ({ data }) => {
      if (data.type !== 'hello') hear(data)
      else if (leading) air.postMessage(leading)
    }
    air.postMessage({ type: 'hello' })
  }
  if (!navigator.locks || !air) {
    listen(tell, new AbortController().signal)
    return
  }
  const lost = () => {
    leading = null
  }
  lead(tell, lost, {})
  // Whoever holds the lock may be a tab that the browser has frozen: a tab that is looked at takes it.
  setInterval(() => {
    if (document.visibilityState !== 'visible' || Date.now() - heardAt < OTHERS_SILENCE_MS) return
    heardAt = Date.now()
    lead(tell, lost, { steal: true })
  }, 15000)
}

async function lead(tell, lost, how) {
  const mine = new AbortController()
  try {
    await navigator.locks.request(NAME, how, () => listen(tell, mine.signal))
  } catch {
    mine.abort()
    lost()
    lead(tell, lost, {}) // another tab took it; this one waits for its turn
  }
}

// Connects again and again until the lock is gone.
async function listen(tell, signal) {
  while (!signal.aborted) {
    let wait = RETRY_MS
    try {
      wait = await connection(tell, signal)
    } catch {
      wait = RETRY_MS
    }
    if (signal.aborted) return
    tell({ type: 'state', state: wait === SIGNED_OUT_RETRY_MS ? 'signed out' : 'reconnecting' })
    await pause(wait)
  }
}

// One connection to its end; returns after how long to try again.
async function connection(tell, signal) {
  const ours = new AbortController()
  const end = () => ours.abort()
  signal.addEventListener('abort', end)
  addEventListener('online', end)
  let silence = setTimeout(end, SILENCE_MS)
  try {
    const answer = await fetch(STREAM, { headers: { [BACKGROUND]: '1' }, cache: 'no-store', signal: ours.signal })
    if (answer.status === 401 || answer.status === 403) return SIGNED_OUT_RETRY_MS
    if (!answer.ok) return RETRY_MS
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
    let held = ''
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return RETRY_MS
      clearTimeout(silence)
      silence = setTimeout(end, SILENCE_MS)
      const blocks = (held + value).split('\n\n')
      held = blocks.pop()
      for (const block of blocks) tell(read(block))
    }
  } finally {
    clearTimeout(silence)
    signal.removeEventListener('abort', end)
    removeEventListener('online', end)
  }
}

function read(block) {
  const fields = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]))
  if (!fields.event) return { type: 'still' }
  return { type: fields.event, ...JSON.parse(fields.data) }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms))
