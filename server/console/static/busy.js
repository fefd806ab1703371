// A form that takes a while says so, how long it has been at it, and cannot be sent twice meanwhile.
for (const form of document.querySelectorAll('form[data-busy]')) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) return event.preventDefault()
    form.dataset.sent = 'yes'
    const began = Date.now()
    const words = document.createElement('p')
    words.className = 'note'
    words.setAttribute('role', 'status')
    const text = document.createElement('span')
    const clock = document.createElement('span')
    clock.setAttribute('aria-hidden', 'true')
    text.textContent = form.dataset.busy
    words.append(text, clock)
    form.append(words)
    setInterval(() => { clock.textContent = ` ${Math.round((Date.now() - began) / 1000)} s` }, 1000)
    return undefined
  })
}

// Back from the browser's memory: the form may be sent again.
addEventListener('pageshow', (event) => {
  if (event.persisted) for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent
})

// A run that stopped to show how far it is goes on by itself; the page has a link to stop.
const more = document.querySelector('form[data-go-on]')
if (more) setTimeout(() => more.requestSubmit(), 600)
