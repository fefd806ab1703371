// Crisis lines and people as rows that call or text, with all that has to be known before the tap.
import { language, say, hasWords } from '../core/say.js'
import { callRow, h, link } from '../ui/dom.js'

// The shipped table holds both languages, a plan's lines are in the client's own.
const spoken = (words) => (words && typeof words === 'object' ? words[language()] : words) || null

/** What to know before calling or texting a line, as sentences. */
export function lineDetails(line) {
  const word = spoken(line.keyword)
  const key = spoken(line.press)
  return [
    word ? say('numbers.word', { word }) : null,
    key ? say('numbers.press', { key }) : null,
    ...Object.entries(line.other_keys || {}).map(([who, other]) => otherKey(who, other)),
    spoken(line.hours) ? `${spoken(line.hours)}.` : null,
    line.stale ? say('numbers.stale') : null,
  ].filter(Boolean)
}

function otherKey(who, key) {
  const known = `numbers.press_${who}`
  return hasWords(known) ? say(known, { key }) : say('numbers.press_other', { who, key })
}

/** A crisis line: its name, what to know, the number; a web address is shown as text too. */
export function lineRow(line) {
  const onTheWeb = ['chat', 'video'].includes(line.kind)
  return callRow({
    name: spoken(line.name),
    detail: lineDetails(line).join(' '),
    href: line.href,
    number: onTheWeb ? readable(line.href) : line.number,
    kind: line.kind,
  })
}

const readable = (address) => String(address || '').replace(/^https:\/\//, '').replace(/\/$/, '')

const row = ({ name, detail, number, href }) =>
  callRow({ name, detail: detail || (number ? null : say('people.no_number')), href, number, kind: 'call' })

/** Somebody at work: a call only, for a text to an office line would reach nobody and look as if it had. */
export const callOnly = (person) => h('li', null, row(person))

/** A person of one's own: one tap calls, another one texts. Without a number the name stands alone. */
export function personRows(person) {
  const { name, href } = person
  const texted = href && href.startsWith('tel:')
  return h('li', texted ? { class: 'person' } : null, row(person), texted ? textLink(name, href) : null)
}

/** Whether somebody of the list of people is there as their work. */
export const atWork = (person) => person.section === 'professionals'

/** Anybody of that list. */
export const anyoneRow = (person) => (atWork(person) ? callOnly(person) : personRows(person))

const textLink = (name, href) =>
  link(say('people.text'), href.replace(/^tel:/, 'sms:'), {
    icon: 'text',
    class: 'no-print',
    'aria-label': say('people.text_named', { name }),
  })
