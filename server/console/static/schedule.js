// The schedule editor: only the fields of the chosen kind are shown, and the preview follows what is typed.

const form = document.getElementById('schedule')
const WAIT_MS = 350
let timer = 0
let last = null

function sort() {
  const kind = new FormData(form).get('recurrence.frequency')
  for (const part of form.querySelectorAll('[data-for]')) {
    part.hidden = !part.dataset.for.split(' ').includes(kind)
    for (const field of part.querySelectorAll('input')) field.disabled = part.hidden
  }
}

// The answer is a whole page made of the same form; only its preview is taken, and nothing typed is touched.
function preview() {
  const part = document.getElementById('preview')
  if (last) last.abort()
  const request = new XMLHttpRequest()
  last = request
  request.open('POST', form.dataset.preview)
  request.responseType = 'document'
  request.onload = () => {
    const fresh = request.response && request.response.getElementById('preview')
    if (fresh) part.replaceChildren(...[...fresh.childNodes].map((node) => document.adoptNode(node)))
  }
  request.send(new URLSearchParams(new FormData(form)))
}

if (form) {
  sort()
  form.addEventListener('input', () => {
    sort()
    clearTimeout(timer)
    timer = setTimeout(preview, WAIT_MS)
  })
}
