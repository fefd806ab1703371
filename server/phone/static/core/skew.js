// A phone whose clock is far off: the service refuses an answer from the future. The service's own clock mends it.

/** The same answer, given at the time the service's reply names; null where that is not what was wrong. */
export function byServiceClock(text, { status, problem, date }) {
  const clock = status === 422 && ((problem && problem.errors) || []).some((one) => one.path === 'answered_at')
  const at = clock && date ? new Date(date) : null
  if (!text || !at || Number.isNaN(at.getTime())) return null
  return JSON.stringify({ ...JSON.parse(text), answered_at: at.toISOString() })
}
