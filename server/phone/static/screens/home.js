// Today: what happens now, what waits, the check-in, then plan, team and one good thing.
import * as queue from '../core/queue.js'
import { say } from '../core/say.js'
import * as store from '../core/store.js'
import { h, link } from '../ui/dom.js'
import { onLeave, refresh, replace } from '../ui/router.js'
import * as cards from './home_cards.js'
import { callOrText } from './nearby.js'
import * as setup from './setup.js'

export const locked = true
export const title = () => say('home.title')

const FOLLOWED = ['checkins', 'plan', 'kase', 'queue', 'me', 'consents', 'online', 'left']

export async function render() {
  if (await setup.begun()) {
    replace('#/told')
    return h('div')
  }
  const offs = FOLLOWED.map((name) => store.on(name, () => refresh()))
  onLeave(() => offs.forEach((off) => off()))
  const waiting = await queue.list()
  if (store.left()) return farewell(waiting)
  return h(
    'div',
    { class: 'stack' },
    whatMatters(waiting),
    cards.checkIn(store.checkins(), waiting),
    link(say('home.need'), '#/help', { kind: 'plain', class: 'big', icon: 'heart' }),
    newToRead(),
    cards.plan(store.plan()),
    cards.goodThing(store.plan()),
    cards.team(store.me(), store.checkins()),
    link(say('home.history'), '#/history', { kind: 'quiet', icon: 'list' }),
    link(say('home.settings'), '#/settings', { kind: 'quiet', icon: 'gear' }),
  )
}

// What nobody has seen comes before what somebody is looking at already.
function whatMatters(waiting) {
  const [kase, unseen] = [cards.caseCard(store.kase()), [cards.unsent(waiting), cards.refused(waiting)]]
  return cards.someoneWaits(waiting) ? [unseen, kase] : [kase, unseen]
}

// The time with the programme is over: the plan, the people and the numbers are still theirs.
const farewell = (waiting) =>
  h(
    'div',
    { class: 'stack' },
    cards.timeOver(),
    cards.refused(waiting),
    cards.plan(store.plan()),
    callOrText({ danger: true }),
    cards.goodThing(store.plan()),
    link(say('home.settings'), '#/settings', { kind: 'quiet', icon: 'gear' }),
  )

const newToRead = () =>
  setup.pending(store.consents()).some((item) => item.kind === 'told') ? cards.toRead() : null
