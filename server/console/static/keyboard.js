// Keys: j and k go through a list marked data-list; an element marked data-key="x" is pressed by x; g and a letter go to
// a page of the rail; ? shows which keys there are here.

import { tools } from './styled.js'

const PLACES = { q: '/queue', l: '/caseload', p: '/plans', o: '/questionnaires', i: '/crisis-lines', s: '/supervision', m: '/admin' }
const TOGETHER_MS = 1500
let wentAt = 0

export function keyboard() {
  const help = document.querySelector('.strip') ? offered() : null
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return
    if (document.querySelector('dialog[open]')) return
    if (pressed(event.key, help)) event.preventDefault()
  })
}

const typing = (element) => element.closest?.('input, select, textarea, [contenteditable]') ?? null

function pressed(key, help) {
  if (Date.now() - wentAt < TOGETHER_MS) {
    wentAt = 0
    return go(PLACES[key])
  }
  if (key === 'g') {
    wentAt = Date.now()
    return true
  }
  if (key === '?' && help) return help()
  if (key === 'j' || key === 'k') return step(key === 'j' ? 1 : -1)
  const scope = document.querySelector('[data-list] > [aria-current="true"]')
  const target = scope?.querySelector(`[data-key="${CSS.escape(key)}"]`) ?? document.querySelector(`[data-key="${CSS.escape(key)}"]`)
  return target ? press(target) : false
}

function press(target) {
  target.focus()
  target.click()
  const fold = target.matches('summary') && target.parentElement.open
  if (fold) (target.parentElement.querySelector('[data-first]') ?? target.parentElement.querySelector('button, input:not([type="hidden"]), select, textarea'))?.focus()
  return true
}

function go(path) {
  const link = path && document.querySelector(`.rail a[href="${path}"]`)
  link?.click()
  return Boolean(link)
}

function step(by) {
  const rows = [...document.querySelectorAll('[data-list] > *')]
  if (!rows.length) return false
  const at = rows.findIndex((row) => row.getAttribute('aria-current') === 'true')
  const next = rows[Math.max(0, Math.min(rows.length - 1, at + by))]
  for (const row of rows) row.removeAttribute('aria-current')
  next.setAttribute('aria-current', 'true')
  next.querySelector('a, button')?.focus()
  return true
}

// A button beside the state of the connection, and the list of keys it opens.
function offered() {
  const dialog = document.createElement('dialog')
  dialog.className = 'keys'
  dialog.setAttribute('aria-labelledby', 'keys-title')
  const button = made('button', 'Keys')
  button.type = 'button'
  button.className = 'link'
  button.append(' ', made('kbd', '?'))
  const open = () => {
    dialog.replaceChildren(...contents(dialog))
    dialog.showModal()
    return true
  }
  button.addEventListener('click', open)
  tools().append(button)
  document.body.append(dialog)
  return open
}

function contents(dialog) {
  const title = made('h2', 'Keys on this page')
  title.id = 'keys-title'
  const list = document.createElement('dl')
  for (const [keys, does] of known()) {
    const line = document.createElement('div')
    const term = document.createElement('dt')
    for (const key of keys) term.append(made('kbd', key), ' ')
    line.append(term, made('dd', does))
    list.append(line)
  }
  const close = made('button', 'Close')
  close.type = 'button'
  close.addEventListener('click', () => dialog.close())
  return [title, list, close]
}

function known() {
  const here = new Map()
  for (const each of document.querySelectorAll('[data-key]')) {
    if (!here.has(each.dataset.key)) here.set(each.dataset.key, words(each))
  }
  return [
    ...(document.querySelector('[data-list]') ? [[['j'], 'Next in the list'], [['k'], 'The one before']] : []),
    ...[...here].map(([key, does]) => [[key], does]),
    ...Object.entries(PLACES)
      .map(([key, path]) => [['g', key], document.querySelector(`.rail nav a[href="${path}"]`)?.textContent.trim()])
      .filter(([, does]) => does)
      .map(([keys, does]) => [keys, `Go to ${does}`]),
    [['?'], 'Show this'],
  ]
}

// What is written for screen readers alone names one row; the key works in any.
function words(element) {
  const copy = element.cloneNode(true)
  for (const each of copy.querySelectorAll('.unseen, svg')) each.remove()
  return element.dataset.says || copy.textContent.trim() || element.getAttribute('aria-label') || ''
}

function made(tag, text) {
  const element = document.createElement(tag)
  element.textContent = text
  return element
}
