// The plan editor: saves the draft by itself, shows what the client would see, and adds, moves and removes rows in place.
// Without it every button is a submit that does the same.

import { autosave } from './autosave.js'

const form = document.getElementById('plan-form')
const touched = form ? autosave(form, document.getElementById('save-state'), takeOver) : null

if (form) {
  form.addEventListener('click', pressed)
  form.addEventListener('keydown', moveByKey)
}

// The server's own words about what was sent: the client's view, the hints, and what does not fit.
function takeOver(page) {
  for (const fresh of page.querySelectorAll('[id^="seen-"], [data-hints]')) {
    const here = document.getElementById(fresh.id)
    if (here) here.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)))
  }
  for (const old of form.querySelectorAll('.error[id$="-error"]')) old.remove()
  for (const field of form.querySelectorAll('[aria-invalid]')) {
    field.removeAttribute('aria-invalid')
    field.removeAttribute('aria-describedby')
  }
  for (const fault of page.querySelectorAll('#faults [data-name]')) mark(fault.dataset.name, fault.textContent)
}

function mark(name, words) {
  const field = document.getElementById(name)
  if (!field) return
  const note = document.createElement('small')
  note.className = 'error'
  note.id = `${name}-error`
  note.textContent = words
  field.after(note)
  field.setAttribute('aria-invalid', 'true')
  field.setAttribute('aria-describedby', note.id)
}

// Rows

function pressed(event) {
  const button = event.target.closest('button')
  if (!button) return
  if (button.dataset.add) {
    event.preventDefault()
    add(button.dataset.add)
  } else if (button.dataset.rowKey) {
    event.preventDefault()
    work(button.closest('[data-row]'), button.dataset.rowKey)
  }
}

function moveByKey(event) {
  if (!event.altKey || !['ArrowUp', 'ArrowDown'].includes(event.key)) return
  const row = event.target.closest('[data-row]')
  if (!row || event.target.tagName === 'SELECT') return
  event.preventDefault()
  work(row, event.key === 'ArrowUp' ? 'up' : 'down', event.target)
}

function add(section) {
  const list = document.getElementById(`rows-${section}`)
  const row = document.getElementById(`blank-${section}`).content.firstElementChild.cloneNode(true)
  const id = crypto.randomUUID()
  for (const element of row.querySelectorAll('[value="__id__"]')) element.value = id
  for (const element of row.querySelectorAll('[id="hints-__id__"]')) element.id = `hints-${id}`
  list.append(row)
  number(list)
  row.querySelector('textarea, input:not([type="hidden"])').focus()
}

function work(row, deed, focus) {
  const list = row.parentElement
  const before = row.previousElementSibling
  const after = row.nextElementSibling
  if (deed === 'up' && before) list.insertBefore(row, before)
  if (deed === 'down' && after) list.insertBefore(after, row)
  if (deed === 'remove') remove(row, after || before)
  number(list)
  touched()
  if (deed !== 'remove') (focus || row.querySelector(`[data-row-key="${deed}"]`)).focus()
}

// What was removed can be put back until the page is left.
function remove(row, next) {
  const list = row.parentElement
  const back = document.createElement('li')
  const button = document.createElement('button')
  const words = row.querySelector('textarea, input:not([type="hidden"])').value.slice(0, 60)
  button.type = 'button'
  button.className = 'link'
  button.textContent = words ? `Removed. Put “${words}” back` : 'Removed. Put the row back'
  button.addEventListener('click', () => {
    back.replaceWith(row)
    number(list)
    touched()
    row.querySelector('textarea, input:not([type="hidden"])').focus()
  })
  back.append(button)
  row.replaceWith(back)
  if (next || list) button.focus()
}

// Names, ids and labels say at which place a row stands.
function number(list) {
  const { section } = list.dataset
  const named = new RegExp(`^((?:(?:up|down|remove)\\.)?${section}\\.)(?:\\d+|__n__)(?=\\.|$)`)
  list.querySelectorAll(':scope > [data-row]').forEach((row, place) => {
    for (const element of row.querySelectorAll('*')) {
      for (const name of ['name', 'id', 'for', 'value', 'aria-describedby']) {
        if (name === 'value' && element.tagName !== 'BUTTON') continue
        const text = element.getAttribute(name)
        if (text && named.test(text)) element.setAttribute(name, text.replace(named, `$1${place}`))
      }
    }
    for (const element of row.querySelectorAll('[data-place]')) element.textContent = String(place + 1)
  })
}
