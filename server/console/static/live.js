// Parts of a page that follow the timeline: <section data-live="/queue/rows"> is fetched anew when something happens.
// The stream carries ids only. It survives a laptop's sleep: after any silence the part is fetched again.

const STREAM = '/api/cases/stream'
const SILENCE_MS = 40000 // the service says something every 15 seconds
const RETRY_MS = 3000

let source = null
let heardAt = 0
let fetching = false
let again = false

export function live() {
  const part = document.querySelector('[data-live]')
  const sign = document.getElementById('live')
  if (!part || !sign) return
  sign.hidden = false
  const say = (state) => {
    if (sign.dataset.state === state) return
    sign.dataset.state = state
    sign.textContent = state
  }
  const connect = () => {
    if (source) source.close()
    heardAt = Date.now()
    source = new EventSource(STREAM)
    source.addEventListener('ready', () => {
      heardAt = Date.now()
      say('connected')
      refresh(part)
    })
    source.addEventListener('case', () => {
      heardAt = Date.now()
      refresh(part)
    })
    source.onerror = () => {
      say('reconnecting')
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, RETRY_MS)
    }
  }
  say('reconnecting')
  connect()
  // Clocks on the page run down by themselves; a page that slept asks at once.
  setInterval(() => {
    if (Date.now() - heardAt > SILENCE_MS && source.readyState !== EventSource.CONNECTING) connect()
    else refresh(part)
  }, 30000)
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && refresh(part))
}

// One request at a time; what happens meanwhile asks once more.
async function refresh(part) {
  if (fetching) {
    again = true
    return
  }
  fetching = true
  try {
    const fresh = await fetched(part.dataset.live)
    if (fresh) put(part, fresh)
  } finally {
    fetching = false
    if (again) {
      again = false
      refresh(part)
    }
  }
}

// The browser reads the answer as a document of its own; no text is made into markup here.
function fetched(address) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest()
    request.open('GET', address)
    request.setRequestHeader('Handrail-Background', '1') // nobody is kept signed in by it
    request.responseType = 'document'
    request.timeout = 15000
    request.onload = () => {
      heardAt = Date.now()
      resolve(request.status === 200 && request.response ? request.response.body.firstElementChild : null)
    }
    request.onerror = request.ontimeout = () => resolve(null)
    request.send()
  })
}

// Focus stays where it was; the title counts new top-tier cases.
function put(part, fresh) {
  const held = document.activeElement && part.contains(document.activeElement) ? document.activeElement.id : ''
  part.replaceChildren(...[...fresh.childNodes].map((node) => document.adoptNode(node)))
  for (const name of ['data-new', 'data-top']) {
    if (fresh.hasAttribute(name)) part.setAttribute(name, fresh.getAttribute(name))
  }
  if (held) document.getElementById(held)?.focus({ preventScroll: true })
  part.dispatchEvent(new CustomEvent('put', { bubbles: true }))
}
