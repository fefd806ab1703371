// Who opened what is the client's. It is read fresh each time and not kept on the phone.

import { call } from '../core/api.js'
import { say } from '../core/say.js'
import { clock, dateWords } from '../core/times.js'
import { button, card, h, link, notice } from '../ui/dom.js'
import { announce } from '../ui/frame.js'
import { redrawn } from './nearby.js'

export const locked = true
export const title = () => say('looked.title')

export async function render() {
  const host = h('div', { class: 'stack' })
  const seen = { views: [], cursor: null, state: 'loading' }
  redrawn(host, content(seen, host))
  more(seen, host)
  return host
}

async function more(seen, host) {
  const address = seen.cursor ? `/api/me/access-log?cursor=${encodeURIComponent(seen.cursor)}` : '/api/me/access-log'
  const answer = await call('GET', address)
  if (answer.ok) {
    seen.views = [...seen.views, ...answer.data.views]
    seen.cursor = answer.data.cursor ?? null
    seen.state = 'there'
  } else seen.state = answer.offline ? 'offline' : 'trouble'
  redrawn(host, content(seen, host))
  announce(say(seen.state === 'there' ? 'looked.loaded' : `looked.${seen.state}`))
}

function content(seen, host) {
  const again = () => {
    seen.state = 'loading'
    redrawn(host, content(seen, host))
    return more(seen, host)
  }
  return [
    h('p', null, say('looked.lead')),
    ...byDay(seen.views).map(day),
    ...stateOf(seen, again),
    link(say('history.back'), '#/history', { kind: 'quiet', icon: 'back' }),
  ]
}

function stateOf(seen, again) {
  if (seen.state === 'loading') return [h('p', { class: 'soft' }, say('looked.loading'))]
  if (seen.state !== 'there') {
    return [notice('info', say(`looked.${seen.state}`)), button(say('looked.again'), { kind: 'plain', on: again })]
  }
  if (!seen.views.length) return [card(null, h('p', null, say('looked.nobody')))]
  if (seen.cursor) return [button(say('looked.older'), { kind: 'plain', on: again })]
  return [h('p', { class: 'soft' }, say('looked.all'))]
}

function byDay(views) {
  const days = new Map()
  for (const view of views) {
    const date = dateWords(view.at)
    days.set(date, [...(days.get(date) ?? []), view])
  }
  return [...days]
}

function day([date, views]) {
  return h('section', { class: 'card stack' }, h('h2', null, date), h('ul', { class: 'stack clean' }, views.map(one)))
}

function one(view) {
  const who = view.role ? `${view.who}, ${view.role}` : view.who
  return h('li', null, h('p', null, h('strong', null, who)), h('p', null, view.what), h('p', { class: 'soft' }, clock(view.at)))
}
