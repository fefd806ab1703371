// One control for each kind of question. `pick(value)` is an answer given by one tap; `type(value)` is an answer that
// is still being put together. A row is a button and not a radio: arrow keys must not answer for anybody.

import { say } from '../core/say.js'
import { h, field } from '../ui/dom.js'

const LONGEST_TEXT = 2000
const LARGEST_NUMBER = 1000000000
const ONE_ROW = 5

const DECLINED = { declined: true }

export const isDeclined = (answer) => Boolean(answer && answer.declined === true)

function row(label, chosen, onTap, more = {}) {
  return h('button', { type: 'button', class: 'choice', 'aria-pressed': String(chosen), on: { click: onTap }, ...more }, label)
}

function scale(item, answer, { pick }) {
  const low = item.min ?? 0
  const high = item.max ?? 10
  const steps = []
  for (let value = low; value <= high; value += 1) {
    const end = value === low ? item.low : value === high ? item.high : null
    const spoken = end ? { 'aria-label': `${value}, ${end}` } : {}
    steps.push(row(String(value), answer === value, () => pick(value), { ...spoken }))
  }
  const ends = [item.low && `${low} · ${item.low}`, item.high && `${high} · ${item.high}`].map((words) => h('span', null, words))
  const grid = h('div', { class: 'scale' }, steps)
  if (steps.length <= ONE_ROW) return h('div', { class: 'stack' }, grid, endsRow(...ends))
  // Over several rows the low end stands above the first step and the high end under the last one.
  return h('div', { class: 'stack' }, endsRow(ends[0], h('span')), grid, endsRow(h('span'), ends[1]))
}

const endsRow = (...ends) => h('div', { class: 'scale-ends', 'aria-hidden': 'true' }, ends)

function single(item, answer, { pick }) {
  const rows = item.options.map((option) => row(option.label, answer === option.value, () => pick(option.value)))
  return h('div', { class: 'choices' }, rows)
}

function yesNo(_item, answer, { pick }) {
  return h(
    'div',
    { class: 'choices' },
    row(say('checkin.yes'), answer === true, () => pick(true)),
    row(say('checkin.no'), answer === false, () => pick(false)),
  )
}

function multiple(item, answer, { type }) {
  const chosen = new Set(Array.isArray(answer) ? answer : [])
  const rows = item.options.map((option) => {
    const box = h('input', { type: 'checkbox', checked: chosen.has(option.value) })
    box.addEventListener('change', () => {
      if (box.checked) chosen.add(option.value)
      else chosen.delete(option.value)
      type(item.options.map((one) => one.value).filter((value) => chosen.has(value)))
    })
    return h('label', { class: 'choice' }, box, h('span', null, option.label))
  })
  return h('div', { class: 'stack' }, h('p', { class: 'soft' }, say('checkin.choose_any')), h('div', { class: 'choices' }, rows))
}

const isBounded = (item) => typeof item.min === 'number' && typeof item.max === 'number'

/** What was typed as a number, or the words about what is wrong with it. A decimal comma is a decimal point. */
export function readNumber(item, typed) {
  const digits = typed.trim().replace(',', '.')
  if (digits === '') return { empty: true }
  const value = Number(digits)
  const fits = value >= (item.min ?? -LARGEST_NUMBER) && value <= (item.max ?? LARGEST_NUMBER)
  if (/^-?\d+(\.\d+)?$/.test(digits) && fits) return { value }
  const range = { low: item.min, high: item.max }
  return { problem: isBounded(item) ? say('checkin.number_range', range) : say('checkin.number_any') }
}

function number(item, answer, { type, problem }) {
  const input = h('input', {
    type: 'text',
    inputmode: 'decimal',
    autocomplete: 'off',
    maxlength: '9',
    value: answer === undefined || isDeclined(answer) ? '' : String(answer),
  })
  input.addEventListener('input', () => type(input.value))
  const range = { low: item.min, high: item.max }
  const label = isBounded(item) ? say('checkin.number_hint', range) : say('checkin.number_label')
  return field(label, input, { error: problem })
}

function text(_item, answer, { type }) {
  const area = h('textarea', { rows: '5', maxlength: String(LONGEST_TEXT), autocapitalize: 'sentences' })
  area.value = typeof answer === 'string' ? answer : ''
  area.addEventListener('input', () => type(area.value))
  return field(say('checkin.text_label'), area)
}

const CONTROLS = { scale, single, multiple, yes_no: yesNo, number, text }

/** Kinds answered by one tap; the others need a button that goes on. */
export const byOneTap = (item) => ['scale', 'single', 'yes_no'].includes(item.kind)

/** The control of one question, with "prefer not to say" under it. */
export function control(item, answer, handlers) {
  const make = CONTROLS[item.kind] ?? text
  return [
    make(item, answer, handlers),
    row(say('checkin.decline'), isDeclined(answer), () => handlers.pick({ ...DECLINED }), { data: { decline: '' } }),
  ]
}
