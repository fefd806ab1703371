// A copy of the plan on paper or as a file: what it means first, then the sheet itself.
import { call } from '../core/api.js'
import * as queue from '../core/queue.js'
import { say } from '../core/say.js'
import * as store from '../core/store.js'
import * as sync from '../core/sync.js'
import { dayAndClock, dateWords } from '../core/times.js'
import { button, card, fill, h, link } from '../ui/dom.js'
import { setTitle } from '../ui/frame.js'
import { onLeave, refresh } from '../ui/router.js'
import { contentOf } from './plan_parts.js'
import { stepsIn } from './plan_rules.js'

export const locked = true
export const title = () => say('share.title')

export async function render() {
  const plan = store.plan()
  if (!plan || !plan.number) return card(null, h('p', null, say('share.none')))
  const offs = ['online', 'plan'].map((name) => store.on(name, () => refresh()))
  onLeave(() => offs.forEach((off) => off()))
  titleOnPaper(plan)
  return h('div', { class: 'stack' }, meaning(), sheet(plan), sync.online() === 'offline' ? null : made())
}

// The paper is headed by the plan's name, also when it is printed from the browser's own menu.
function titleOnPaper(plan) {
  const before = () => setTitle(plan.document.alias || say('plan.title'))
  const after = () => setTitle(title())
  addEventListener('beforeprint', before)
  addEventListener('afterprint', after)
  onLeave(() => {
    removeEventListener('beforeprint', before)
    removeEventListener('afterprint', after)
  })
}

function meaning() {
  const offline = sync.online() === 'offline'
  return h(
    'div',
    { class: 'stack no-print' },
    card(
      say('share.what'),
      h('p', null, say('share.what_text')),
      h('p', { class: 'soft' }, say('share.team')),
      button(say('share.print'), { kind: 'primary', class: 'big', icon: 'plan', on: print }),
      offline ? h('p', { class: 'soft' }, say('share.pdf_offline')) : pdf(),
    ),
    h('h2', null, say('share.sheet')),
  )
}

const pdf = () => [
  link(say('share.pdf'), '/api/me/plan.pdf', { kind: 'plain', icon: 'share', download: true }),
  h('p', { class: 'soft' }, say('share.pdf_stays')),
]

// What was shared so far, as the service has it.
function made() {
  const host = h('div', { class: 'stack no-print' })
  call('GET', '/api/me/plan/copies').then(({ ok, data }) => {
    if (!ok || !data.copies.length) return
    const rows = data.copies.map(({ channel, at }) =>
      h('li', null, say(`share.made_${channel}`), h('span', { class: 'soft' }, ` · ${dayAndClock(at)}`)),
    )
    fill(host, card(say('share.made'), h('ul', { class: 'stack clean' }, rows)))
  })
  return host
}

async function print() {
  const id = queue.newId()
  const body = { at: new Date().toISOString(), channel: 'print' }
  const noted = queue.add({ id, kind: 'copy', method: 'PUT', path: `/api/me/plan/copies/${id}`, body, label: '' })
  // A full phone cannot note the copy; the paper matters more.
  await noted.catch(() => null)
  window.print()
}

function sheet(plan) {
  const me = store.me()
  const date = plan.published_at ? say('plan.from', { date: dateWords(plan.published_at) }) : ''
  return h(
    'div',
    { class: 'stack print-sheet' },
    me ? h('p', { class: 'lead' }, say('share.plan_of', { name: me.name })) : null,
    h('p', { class: 'soft' }, date),
    stepsIn(plan, false).map((section) => card(say(`plan.${section}`), contentOf(plan, section))),
  )
}
