// What the person is told before they start, item by item, then their own choices: one a screen.
// A phone that is set up already shows only what is new. Settings has all of it to read later.
import { startAutoLock } from '../core/lock.js'
import { say } from '../core/say.js'
import * as store from '../core/store.js'
import * as sync from '../core/sync.js'
import * as vault from '../core/vault.js'
import { button, fill, h, notice } from '../ui/dom.js'
import { replace } from '../ui/router.js'
import * as setup from './setup.js'
import * as steps from './told_steps.js'

export const open = true
export const title = () => say('told.title')

export async function render() {
  const flow = (await setup.begun()) || again()
  if (!flow) return elsewhere()
  const host = h('div', { class: 'stack' })
  await draw(host, flow)
  return host
}

function elsewhere() {
  replace(vault.mode() ? '#/home' : '#/pair')
  return h('div')
}

// The same walk for somebody whose phone is set up: only what is new, and no choice of language or lock.
function again() {
  const items = vault.mode() ? setup.pending(store.consents()) : []
  if (!items.length) return null
  return { step: 1, language: store.consents().language, answers: {}, items, paired: true }
}

/** Every step of a walk, in order: language, what to know, what to allow, lock, reminders. */
export function stepsOf(flow) {
  const items = flow.items || []
  const told = items.filter((item) => item.kind === 'told').map((item) => ({ kind: 'told', item }))
  const asked = items.filter((item) => item.kind !== 'told').map((item) => ({ kind: 'consent', item }))
  if (flow.paired) return [{ kind: 'language' }, ...told, ...asked]
  return [{ kind: 'language' }, ...told, ...asked, { kind: 'lock' }, { kind: 'reminders' }]
}

async function draw(host, flow, { moved = false } = {}) {
  if (flow.step > 0 && !flow.items) {
    const problem = await steps.fetchItems(flow)
    if (problem) return trouble(host, flow, problem)
  }
  const all = stepsOf(flow)
  const step = all[Math.min(flow.step, all.length - 1)]
  const first = flow.paired ? 1 : 0
  const content = await steps[step.kind](flow, step.item, (change) => onward(host, flow, change))
  fill(
    host,
    flow.items ? progress(flow.step + 1 - first, all.length - first) : null,
    content,
    // Once the lock is made there is no way back past it.
    flow.step > first && !flow.lock ? backKey(host, flow) : null,
  )
  const heading = content.querySelector('h2')
  heading.tabIndex = -1
  if (!moved) return undefined
  scrollTo(0, 0)
  heading.focus({ preventScroll: true })
  return undefined
}

const progress = (done, all) =>
  h(
    'p',
    { class: 'progress' },
    say('told.progress', { done, all }),
    h('progress', { max: String(all), value: done, 'aria-hidden': 'true' }),
  )

const backKey = (host, flow) =>
  button(say('told.back'), { kind: 'quiet', icon: 'back', on: () => walk(host, flow, -1) })

async function onward(host, flow, change) {
  Object.assign(flow, change)
  try {
    if (flow.lock && Object.keys(flow.answers).length) await locked(flow)
    if (flow.step + 1 >= stepsOf(flow).length) return await end(flow)
  } catch {
    return trouble(host, flow, 'checkin.not_kept', () => onward(host, flow, {}))
  }
  return walk(host, flow, 1)
}

async function walk(host, flow, by) {
  flow.step += by
  // A full phone goes on all the same: only a reload would begin anew.
  if (!flow.paired) await setup.keep(flow).catch(() => null)
  return draw(host, flow, { moved: true })
}

// From here on there is a vault: what was said goes into the queue, and the plan comes while the person goes on.
async function locked(flow) {
  await setup.keep(flow)
  await setup.sendAnswers(flow)
  await setup.keep(flow)
  sync.start()
}

function trouble(host, flow, problem, retry = () => draw(host, flow, { moved: true })) {
  fill(
    host,
    notice('warn', h('p', null, say(problem))),
    h('h2', { class: 'unseen' }, say('told.title')),
    button(say('told.again'), { kind: 'primary', on: retry }),
  )
}

async function end(flow) {
  if (flow.paired) await setup.sendAnswers(flow)
  else await setup.sendPreferences(flow)
  startAutoLock(store.settings().minutes)
  replace('#/home')
}
