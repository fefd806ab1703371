// A phone whose clock is off: the service's own clock, heard with every reply, says what has passed and what is to come.
const TOLERANCE_MS = 2000 // the header has whole seconds
const MINUTE_MS = 60000

let ahead = 0 // milliseconds by which the service's clock is ahead of this phone's; 0 until it is heard

/** Takes the time from a reply's Date header (RFC 9110 6.6.1). */
export function hear(date) {
  const at = Date.parse(date || '')
  if (Number.isNaN(at)) return
  const by = at - Date.now()
  ahead = Math.abs(by) > TOLERANCE_MS ? by : 0
}

/** Now in milliseconds: by the service's clock where it was heard, else by the phone's. */
export const now = () => Date.now() + ahead

/** Whether the service said this less than `limit` milliseconds ago. What seems to come from the future may be old. */
export function isFresh(said_at, limit) {
  const age = now() - Date.parse(said_at)
  return age > -MINUTE_MS && age < limit
}

/** The same answer, given at the time the service's reply names; null where that is not what was wrong. */
export function byServiceClock(text, { status, problem, date }) {
  const clock = status === 422 && ((problem && problem.errors) || []).some((one) => one.path === 'answered_at')
  const at = clock && date ? new Date(date) : null
  if (!text || !at || Number.isNaN(at.getTime())) return null
  return JSON.stringify({ ...JSON.parse(text), answered_at: at.toISOString() })
}
