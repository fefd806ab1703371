// Whether today is a hard day, and which steps helped. A day is hard when the person says so, when a case is
// open, or after a call for help or an answer that may mean one.
import * as db from '../core/db.js'
import * as queue from '../core/queue.js'
import { looksRisky } from '../core/risk.js'
import * as store from '../core/store.js'
import * as vault from '../core/vault.js'
import { dayNumber } from './home_rules.js'

const KEPT = 200
const PLACE = 'uses'
let said = null // {day, hard}
let uses = []

const today = () => dayNumber(new Date())

/** Whether reasons come first today. */
export function isHard() {
  if (said && said.day === today()) return said.hard
  const kase = store.kase()
  return Boolean(kase && !kase.closed_at) || queue.list().some(wasHard)
}

/** The person's own word, for the rest of the day. */
export function setHard(hard) {
  said = { day: today(), hard }
}

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

/** Reads which steps helped; nothing while locked. */
export async function readUses() {
  uses = []
  if (vault.isLocked()) return
  try {
    const record = await db.get('sealed', PLACE)
    if (record) uses = await vault.unseal('main', `sealed/${PLACE}`, record)
  } catch {
    // Changed or of an earlier pairing: it begins anew.
  }
}

/** Whether this step has helped before. */
export const helpedBefore = (section) => uses.some((use) => use.section === section && use.helped)

const maySend = () => {
  const items = (store.consents() && store.consents().items) || []
  return items.some((item) => item.key === 'plan_use' && item.agreed_at && !item.withdrawn_at)
}

/** Keeps on the phone whether a step helped; the team gets it only with the person's consent. */
export async function keepUse(section, entryId, helped) {
  const use = { id: queue.newId(), at: new Date().toISOString(), section, entry_id: entryId, helped }
  uses = [...uses, use].slice(-KEPT)
  // A full phone must not keep anybody from the next step.
  await write(uses).catch(() => null)
  if (!maySend()) return
  const { id, ...body } = use
  await queue.add({ id, kind: 'use', method: 'PUT', path: `/api/me/plan/uses/${id}`, body, label: '' })
}

const write = async (all) => db.put('sealed', PLACE, await vault.seal('main', `sealed/${PLACE}`, all))
