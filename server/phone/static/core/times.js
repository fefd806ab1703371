// Times as a person says them, in the phone's own zone. An instant is an ISO string, a Date or milliseconds.
import { language, say } from './say.js'

const LOCALES = { en: 'en-US', es: 'es-US' }
const DAY = 86400000
const formats = new Map()

// Making a format is slow on old phones, so each is made once. The zone may change under a running app.
function format(instant, options) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const key = `${language()} ${zone} ${JSON.stringify(options)}`
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(LOCALES[language()], options))
  return formats.get(key).format(instant).replace(/[\u202f\u00a0]/g, ' ')
}

const asDate = (instant) => {
  const date = instant instanceof Date ? instant : new Date(instant)
  return instant === null || instant === undefined || Number.isNaN(date.getTime()) ? null : date
}

/** "9:02 am" in both languages, as the service's own sentences say it; empty for nothing. */
export function clock(instant) {
  const date = asDate(instant)
  const words = date ? format(date, { hour: 'numeric', minute: '2-digit' }) : ''
  return words.replace(/([AaPp])\.?\s?[Mm]\.?$/, (_, half) => `${half.toLowerCase()}m`)
}

/** "at 9:02 am", "a las 9:02 am", "a la 1:15 pm". */
export function atClock(instant) {
  const date = asDate(instant)
  if (!date) return ''
  return say(date.getHours() % 12 === 1 ? 'times.at_one' : 'times.at', { time: clock(date) })
}

// Local midnight days apart; rounding takes out the hour that a change of clocks adds or takes.
const daysFromNow = (date) => {
  const now = new Date()
  const midnight = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime()
  return Math.round((midnight(date) - midnight(now)) / DAY)
}

/** The day as one says it: "today", "tomorrow", "yesterday", "Monday" within the week ("el lunes"), else "March 3". */
export function dayWords(instant) {
  const date = asDate(instant)
  if (!date) return ''
  const away = daysFromNow(date)
  const near = { '-1': 'times.yesterday', 0: 'times.today', 1: 'times.tomorrow' }[away]
  if (near) return say(near)
  if (away > 1 && away < 7) return onDay(format(date, { weekday: 'long' }))
  const thisYear = date.getFullYear() === new Date().getFullYear()
  return onDay(format(date, { month: 'long', day: 'numeric', ...(thisYear ? {} : { year: 'numeric' }) }))
}

const onDay = (day) => say('times.on_day', { day })

/** "today at 9:02 am", "tomorrow at …", "Monday at …", "March 3 at …". */
export function dayAndClock(instant) {
  const date = asDate(instant)
  return date ? say('times.day_and_clock', { day: dayWords(date), at: atClock(date) }) : ''
}

/** "at 9:02 am" today, with its day otherwise: a time alone would be taken for today's. */
export function when(instant) {
  const date = asDate(instant)
  return date && daysFromNow(date) === 0 ? atClock(date) : dayAndClock(date)
}

/** "March 3, 2026" for a calendar date ("2026-03-03") or an instant. In own words: the plan's first sight waits for it. */
export function dateWords(day) {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day || '')
  const date = parts ? new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3])) : asDate(day)
  if (!date) return ''
  const month = say(`times.month_${date.getMonth() + 1}`)
  return say('times.date', { month, day: date.getDate(), year: date.getFullYear() })
}

const STEPS = [
  ['day', DAY],
  ['hour', 3600000],
  ['minute', 60000],
]

/** "5 minutes ago", "in 2 hours", "now" within the minute. */
export function ago(instant) {
  const date = asDate(instant)
  if (!date) return ''
  const distance = date.getTime() - Date.now()
  const step = STEPS.find(([, size]) => Math.abs(distance) >= size)
  if (!step) return say('times.now')
  const words = new Intl.RelativeTimeFormat(LOCALES[language()], { numeric: 'always' })
  return words.format(Math.trunc(distance / step[1]), step[0])
}
