// Whether today is a hard day, and which steps helped. A day is hard when the person says so, when a case is
// open, or after a call for help or an answer that may mean one.
import * as queue from '../core/queue.js'
import { looksRisky } from '../core/risk.js'
import * as store from '../core/store.js'
import { dayNumber } from './home_rules.js'

const KEPT = 200

const today = () => dayNumber(new Date())

/** Whether reasons come first today. */
export function isHard() {
  const said = store.hardDay()
  if (said && said.day === today()) return said.hard
  const kase = store.kase()
  return Boolean(kase && !kase.closed_at) || queue.list().some(wasHard)
}

/** The person's own word, for the rest of the day; behind the lock, like the plan. */
export const setHard = (hard) => store.put('hard', { day: today(), hard })

function wasHard(entry) {
  if (dayNumber(new Date(entry.at)) !== today()) return false
  if (entry.kind === 'help') return true
  if (entry.kind !== 'answer') return false
  if (entry.reply) return Boolean(entry.reply.tier) && entry.reply.tier !== 'routine'
  const asked = itemsOf(entry)
  return Boolean(asked) && looksRisky(asked, entry.body.answers)
}

// A sent entry holds no body any more; one that waits is judged by the questions the phone still has.
function itemsOf(entry) {
  const { open = [], anytime = null } = store.checkins() || {}
  const asked = open.find((one) => one.id === entry.id) || (entry.body.questionnaire_id && anytime)
  return entry.state === 'waiting' && asked ? asked.items : null
}

/** Whether this step has helped before. */
export const helpedBefore = (section) => store.uses().some((use) => use.section === section && use.helped)

const maySend = () => {
  const items = (store.consents() && store.consents().items) || []
  return items.some((item) => item.key === 'plan_use' && item.agreed_at && !item.withdrawn_at)
}

/** Keeps on the phone whether a step helped; the team gets it only with the person's consent. */
export async function keepUse(section, entryId, helped) {
  const use = { id: queue.newId(), at: new Date().toISOString(), section, entry_id: entryId, helped }
  await store.put('uses', [...store.uses(), use].slice(-KEPT))
  if (!maySend()) return
  const { id, ...body } = use
  const sending = queue.add({ id, kind: 'use', method: 'PUT', path: `/api/me/plan/uses/${id}`, body, label: '' })
  // On a full phone the plan goes on all the same.
  await sending.catch(() => null)
}
