// What home decides from plain data: whether to welcome somebody back, and which good thing to show.
const DAY = 86400000

/** Days since 1970 by the phone's own calendar. */
export const dayNumber = (date) => Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY)

/** Whether the last check-in that came was missed, yesterday or today. One that was answered since ends it. */
export function missedLately(recent, now) {
  const latest = [...(recent || [])].sort((a, b) => timeOf(b) - timeOf(a))[0]
  if (!latest || latest.state !== 'missed') return false
  return dayNumber(now) - dayNumber(new Date(latest.due_at)) <= 1
}

const timeOf = (one) => new Date(one.answered_at || one.due_at).getTime()

/** One reason or strength by day; null while the plan holds none. */
export function goodThingOf(plan, day) {
  const reasons = (plan && plan.document && plan.document.reasons) || []
  return reasons.length ? reasons[day % reasons.length].text : null
}
