// A search by name without a new page: the form is sent as it is, and the rows of the answer take the place of these.

const form = document.querySelector('form[data-rows]')
const WAIT_MS = 200
let last = null
let timer = 0

function search() {
  const part = document.getElementById(form.dataset.rows)
  if (last) last.abort()
  const request = new XMLHttpRequest()
  last = request
  request.open('POST', form.getAttribute('action'))
  request.responseType = 'document'
  request.onload = () => {
    const fresh = request.status === 200 && request.response && request.response.getElementById(part.id)
    if (fresh) part.replaceChildren(...[...fresh.childNodes].map((node) => document.adoptNode(node)))
  }
  request.send(new URLSearchParams(new FormData(form)))
}

if (form) {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    search()
  })
  form.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(search, WAIT_MS)
  })
}
