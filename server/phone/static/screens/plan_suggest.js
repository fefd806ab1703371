// A change the client would like in the plan. It is a wish: the plan stays as it is until both agree.
import * as api from '../core/api.js'
import * as queue from '../core/queue.js'
import { say } from '../core/say.js'
import * as store from '../core/store.js'
import * as sync from '../core/sync.js'
import { button, card, field, fill, h, link, notice } from '../ui/dom.js'
import { onLeave } from '../ui/router.js'

const SECTIONS = ['coping', 'helpers', 'reasons']
const LONGEST = '500'
const SAVE_AFTER_MS = 500
const DRAFT = 'idea'

/** The screen: the form, then what became of earlier ideas. */
export function suggest(plan) {
  const host = h('div', { class: 'stack' })
  const earlier = h('div', { class: 'stack' })
  const state = begun(plan)
  form(host, plan, state)
  onLeave(() => saving && keep(saving.state))
  earlierIdeas(earlier)
  return h('div', { class: 'stack' }, host, earlier)
}

const empty = (section = 'coping') => ({ section, replaces: null, typed: {} })

/** What was half written before the phone locked or a call came; an entry that is no longer in the plan is a new one. */
function begun(plan) {
  const draft = store.draft(DRAFT)
  if (!draft) return empty()
  const state = draft.answers
  const stands = plan.document[state.section].some((entry) => entry.id === state.replaces)
  return stands ? { ...state, open: true } : { ...state, replaces: null }
}

let saving = null // {state, timer}: what is typed and not kept yet

function keepSoon(state) {
  if (saving) clearTimeout(saving.timer)
  saving = { state, timer: setTimeout(() => keep(state), SAVE_AFTER_MS) }
}

function keep({ section, replaces, typed }) {
  if (saving) clearTimeout(saving.timer)
  saving = null
  return store.saveDraft(DRAFT, { section, replaces, typed }, 0)
}

function forget() {
  if (saving) clearTimeout(saving.timer)
  saving = null
  return store.dropDraft(DRAFT)
}

const nameOf = (entry) => entry.name || entry.text

function form(host, plan, state, error = null) {
  const submit = (event) => {
    event.preventDefault()
    take(host, plan, state)
  }
  fill(
    host,
    h(
      'form',
      { class: 'stack', novalidate: true, on: { submit } },
      h('p', null, say('suggest.lead')),
      whereTo(host, plan, state),
      whichOne(host, plan, state),
      state.section === 'helpers' ? personFields(state, error) : textField(state, error),
      button(say('suggest.send'), { kind: 'primary', class: 'big', type: 'submit', icon: 'send' }),
    ),
  )
}

function whereTo(host, plan, state) {
  const options = SECTIONS.map((key) => [key, say(`plan.${key}`)])
  return choices('section', say('suggest.where'), options, state.section, (key) => {
    form(host, plan, empty(key))
    document.getElementById(`section-${key}`).focus()
  })
}

function whichOne(host, plan, state) {
  const entries = plan.document[state.section]
  if (!entries.length) return null
  const options = [['', say('suggest.new')], ...entries.map((entry) => [entry.id, nameOf(entry)])]
  const choose = (id) => {
    const entry = entries.find((one) => one.id === id)
    form(host, plan, { section: state.section, replaces: id || null, typed: entry ? { ...entry } : {}, open: true })
    document.getElementById(`which-${id || 'new'}`).focus()
  }
  const list = choices('which', say('suggest.which'), options, state.replaces || '', choose)
  return h('details', { open: Boolean(state.open) }, h('summary', null, say('suggest.change')), list)
}

function choices(name, legend, options, chosen, choose) {
  return h(
    'fieldset',
    { class: 'choices' },
    h('legend', null, legend),
    options.map(([value, label]) => {
      const on = { change: () => choose(value) }
      const input = h('input', { type: 'radio', name, id: `${name}-${value || 'new'}`, checked: value === chosen, on })
      return h('label', { class: value === chosen ? 'choice chosen' : 'choice' }, input, h('span', null, label))
    }),
  )
}

const words = (state, key, more = {}) => {
  const typed = (event) => {
    state.typed[key] = event.target.value
    keepSoon(state)
  }
  const tag = more.type ? 'input' : 'textarea'
  return h(tag, { id: `idea-${key}`, value: state.typed[key] || '', maxlength: LONGEST, on: { input: typed }, ...more })
}

function textField(state, error) {
  const kind = state.section === 'reasons' ? 'reason' : 'coping'
  return field(say(`suggest.${kind}_text`), words(state, 'text'), { hint: say(`suggest.${kind}_hint`), error })
}

function personFields(state, error) {
  const plain = { type: 'text', autocomplete: 'off' }
  const phone = { type: 'tel', autocomplete: 'off' }
  return [
    field(say('suggest.name'), words(state, 'name', plain), { error }),
    field(say('suggest.phone'), words(state, 'phone', phone), { hint: say('suggest.phone_hint') }),
    field(say('suggest.relation'), words(state, 'relation', plain), { hint: say('suggest.relation_hint') }),
  ]
}

/** The entry as it is proposed: only what was filled in, over the entry it stands in for. */
export function entryOf({ section, replaces, typed }) {
  const fields = section === 'helpers' ? ['name', 'phone', 'relation'] : ['text']
  const entry = replaces ? { ...typed } : {}
  for (const key of fields) {
    const text = (typed[key] || '').trim()
    if (text) entry[key] = text
    else delete entry[key]
  }
  return entry
}

async function take(host, plan, state) {
  const entry = entryOf(state)
  const needed = state.section === 'helpers' ? 'name' : 'text'
  if (!entry[needed]) {
    form(host, plan, state, say('suggest.needed'))
    return document.getElementById(`idea-${needed}`).focus()
  }
  const id = queue.newId()
  const path = `/api/me/plan/proposals/${id}`
  try {
    await queue.add({ id, kind: 'proposal', method: 'PUT', path, body: { section: state.section, entry }, label: nameOf(entry) })
  } catch {
    return form(host, plan, state, say('checkin.not_kept'))
  }
  await forget()
  await sync.now()
  return thanks(host, plan, state, (await queue.list()).find((one) => one.id === id))
}

function thanks(host, plan, idea, sent) {
  const state = sent ? sent.state : 'sent'
  const refused = state === 'refused'
  const [kind, key] = { sent: ['good', 'suggest.sent'], refused: ['warn', 'suggest.not_taken'] }[state] || [
    'warn',
    'suggest.unsent',
  ]
  const heading = h('h2', { tabindex: '-1' }, say('suggest.thanks'))
  const next = refused ? idea : empty()
  const another = () => form(host, plan, next)
  fill(
    host,
    card(
      heading,
      notice(kind, h('p', null, say(key))),
      link(say('suggest.back'), '#/plan', { kind: 'primary' }),
      button(say(refused ? 'suggest.once_more' : 'suggest.another'), { kind: 'quiet', on: another }),
    ),
  )
  scrollTo(0, 0)
  heading.focus({ preventScroll: true })
}

// What the service knows of earlier ideas; without a network this part stays away.
async function earlierIdeas(host) {
  const answer = await api.call('GET', '/api/me/plan/proposals')
  const known = (answer.ok && answer.data && answer.data.proposals) || []
  if (!known.length) return
  fill(host, card(say('suggest.earlier'), h('ul', { class: 'clean stack' }, known.map(earlierRow))))
}

const STATES = { open: 'suggest.open', accepted: 'suggest.accepted_soon', declined: 'suggest.declined' }

function earlierRow(one) {
  return h(
    'li',
    null,
    h('p', { class: 'quote' }, nameOf(one.entry)),
    h('p', { class: 'soft' }, say(STATES[one.state] || 'suggest.open')),
    one.answer ? h('p', null, say('suggest.answer', { text: one.answer })) : null,
  )
}
