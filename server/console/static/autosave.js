// A form that saves itself while somebody writes: a pause after the last key, one request at a time, and what became of
// it in words. The answer is a page whose body says data-saved, data-version, and data-clash where nothing more is saved.

const PAUSE = 2500
const AGAIN = 15000
const LATE = 20000

// `took` gets each answer, to show what the server found. Returns what is to be called after a change that is no typing.
export function autosave(form, state, took = () => {}) {
  let changed = 0
  let saved = 0
  let timer = 0
  let asking = false
  let clash = false

  form.addEventListener('input', touched)
  form.addEventListener('submit', () => {
    saved = changed
    clearTimeout(timer)
  })
  addEventListener('beforeunload', (event) => {
    if (changed !== saved) event.preventDefault()
  })
  return touched

  function touched() {
    changed += 1
    if (clash) return
    tell('Not saved yet', '')
    later(PAUSE)
  }

  function later(pause) {
    clearTimeout(timer)
    timer = setTimeout(save, pause)
  }

  function tell(words, how) {
    state.dataset.state = how
    if (state.textContent !== words) state.textContent = words
  }

  // One request at a time: two would clash with each other.
  function save() {
    if (asking || clash || changed === saved) return
    asking = true
    const upTo = changed
    const request = new XMLHttpRequest()
    request.open('POST', form.dataset.autosave)
    request.responseType = 'document'
    request.timeout = LATE
    request.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded;charset=UTF-8')
    request.onload = () => answered(request, upTo)
    request.onerror = () => unanswered('Not saved: no connection. We try again; your words stay on this page.')
    request.ontimeout = request.onerror
    request.send(new URLSearchParams(new FormData(form)).toString())
  }

  function unanswered(words) {
    asking = false
    tell(words, 'no')
    later(AGAIN)
  }

  function answered(request, upTo) {
    const page = request.response
    const body = page && page.body
    if (request.status === 401 || request.status === 403) {
      return unanswered('Not saved: you are signed out. Sign in again in another tab, then press Save here.')
    }
    if (!body || !body.dataset.saved) return unanswered('Not saved: something went wrong here. We try again.')
    asking = false
    if (body.dataset.saved === 'yes') {
      saved = upTo
      form.elements.version.value = body.dataset.version
    }
    clash = 'clash' in body.dataset
    took(page)
    tell(page.getElementById('state').textContent, changed === upTo || clash ? body.dataset.saved : '')
    if (!clash && changed !== upTo) later(PAUSE)
    return undefined
  }
}
