// Everything on the screen is built here from nodes and text; no string is ever read as markup.
import { say } from '../core/say.js'
import { shapes } from './icons.js'

const SVG = 'http://www.w3.org/2000/svg'
const SAFE_ADDRESS = /^(?:#|\/(?!\/)|tel:|sms:|https:|mailto:|blob:)/i
const AS_PROPERTY = new Set(['value', 'checked', 'selected', 'indeterminate'])
let made = 0

/** An id no other element on the page has. */
export const freshId = (start = 'el') => `${start}-${++made}`

const isChild = (value) =>
  value instanceof Node || Array.isArray(value) || typeof value === 'string' || typeof value === 'number'

/** An element: h('p', {class: 'soft'}, 'words', node, null, [more]). */
export function h(tag, props, ...children) {
  const element = document.createElement(tag)
  const given = isChild(props) ? [props, ...children] : children
  if (props && !isChild(props)) for (const [name, value] of Object.entries(props)) set(element, name, value)
  append(element, given)
  // A select knows its value only once it has its options.
  if (tag === 'select' && props && props.value !== undefined) element.value = props.value
  return element
}

/** Puts children (nodes, text, lists, or nothing) at the end of an element. */
export function append(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false || child === true) continue
    if (Array.isArray(child)) append(element, child)
    else element.appendChild(child instanceof Node ? child : document.createTextNode(String(child)))
  }
  return element
}

/** Empties an element, then fills it. */
export function fill(element, ...children) {
  while (element.firstChild) element.removeChild(element.firstChild)
  return append(element, children)
}

function set(element, name, value) {
  if (value === null || value === undefined) return
  if (name === 'on') for (const [event, fn] of Object.entries(value)) element.addEventListener(event, fn)
  else if (name === 'data') for (const [key, text] of Object.entries(value)) element.dataset[key] = text
  else if (name === 'style') for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text)
  else if (AS_PROPERTY.has(name)) element[name] = value
  else if (name.startsWith('aria-')) element.setAttribute(name, String(value))
  else if (name.startsWith('on') || name === 'srcdoc') throw new TypeError(`${name} is not set as an attribute`)
  else if (value === false) element.removeAttribute(name)
  else if (name !== 'href' || safeAddress(value)) element.setAttribute(name, value === true ? '' : String(value))
}

/** Whether an address may be followed: our own pages, telephone, messages, mail and https. */
export const safeAddress = (address) => SAFE_ADDRESS.test(String(address))

/** A symbol of our own set; it always stands beside a word and is not read out. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg')
  const marks = { class: `icon icon-${name}`, viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' }
  for (const [key, value] of Object.entries(marks)) svg.setAttribute(key, value)
  for (const line of shapes[name] || shapes.rail) {
    const path = document.createElementNS(SVG, 'path')
    path.setAttribute('d', line)
    svg.appendChild(path)
  }
  return svg
}

const handlers = (on) => (typeof on === 'function' ? { click: on } : on || {})

/** A button. `kind` is primary, plain, quiet or danger; `on` a click handler or {click: fn}. */
export function button(label, { kind = 'plain', icon: symbol, on, disabled, describedby, ...rest } = {}) {
  const { class: extra = '', ...others } = rest
  return h(
    'button',
    {
      type: 'button',
      ...others,
      class: `button ${kind} ${extra}`.trim(),
      on: handlers(on),
      disabled: Boolean(disabled),
      'aria-describedby': describedby,
    },
    symbol ? icon(symbol) : null,
    h('span', null, label),
  )
}

/** A link to a route of the app ('#/plan') or an address; with `kind` it looks like a button. */
export function link(label, route, { kind, icon: symbol, on, describedby, ...rest } = {}) {
  const { class: extra = '', ...others } = rest
  const look = kind ? `button ${kind}` : 'link'
  const away = /^https:/i.test(route) ? { target: '_blank', rel: 'noopener noreferrer' } : {}
  return h(
    'a',
    {
      ...away,
      ...others,
      href: route,
      class: `${look} ${extra}`.trim(),
      on: handlers(on),
      'aria-describedby': describedby,
    },
    symbol ? icon(symbol) : null,
    h('span', null, label),
  )
}

const ROW_WORDS = { text: ['text', 'frame.row_text'], chat: ['text', 'frame.row_open'], video: ['eye', 'frame.row_open'] }

/** A person or a line: name, detail, and the number both readable and one tap away. */
export function callRow({ name, detail, href, number, kind = 'call' }) {
  const [symbol, word] = ROW_WORDS[kind] || ['phone', 'frame.row_call']
  const words = h(
    'span',
    { class: 'call-row-words' },
    h('span', { class: 'call-row-name' }, name),
    detail ? h('span', { class: 'call-row-detail' }, detail) : null,
    number ? h('span', { class: 'call-row-number' }, number) : null,
  )
  if (!href || !safeAddress(href)) return h('div', { class: 'call-row' }, words)
  const key = h('span', { class: 'call-row-key' }, icon(symbol), h('span', null, say(word)))
  const away = /^https:/i.test(href) ? { target: '_blank', rel: 'noopener noreferrer' } : {}
  return h('a', { ...away, class: `call-row call-row-${kind}`, href }, words, key)
}

/** A card with a heading of the second level; without a title it has no heading. */
export function card(title, ...children) {
  if (!title) return h('section', { class: 'card stack' }, children)
  const heading = title instanceof Node ? title : h('h2', { id: freshId('card') }, title)
  return h('section', { class: 'card stack', 'aria-labelledby': heading.id || null }, heading, children)
}

/** A few words that matter now. A warning is read out at once, the others when there is a pause. */
export function notice(kind, ...children) {
  const symbol = { info: 'bell', warn: 'wait', good: 'check' }[kind] || 'bell'
  const words = h('div', { class: 'stack' }, children)
  return h('div', { class: `notice notice-${kind}`, role: kind === 'warn' ? 'alert' : 'status' }, icon(symbol), words)
}

/** An input with its label, a hint, and an error that says in words what to do. */
export function field(label, input, { hint, error } = {}) {
  if (!input.id) input.id = freshId('field')
  const hintId = hint ? `${input.id}-hint` : null
  const errorId = error ? `${input.id}-error` : null
  const described = [hintId, errorId].filter(Boolean).join(' ')
  if (described) input.setAttribute('aria-describedby', described)
  if (error) input.setAttribute('aria-invalid', 'true')
  return h(
    'div',
    { class: error ? 'field field-wrong' : 'field' },
    h('label', { for: input.id }, label),
    hint ? h('p', { class: 'soft', id: hintId }, hint) : null,
    input,
    error ? h('p', { class: 'field-error', id: errorId }, icon('wait'), h('span', null, error)) : null,
  )
}
