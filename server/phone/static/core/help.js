// What has to be readable without any unlock: numbers, people, things to do.
import national from '../lines.js'

/** {lines, people, coping} of a plan as /api/me/plan gives it; null is a phone without one. */
export function helpOf(plan) {
  const words = (plan && plan.document) || {}
  const lines = plan && plan.crisis_lines.length > 0 ? plan.crisis_lines : nationalLines()
  return {
    lines: lines.filter((line) => line.kind !== 'social'),
    people: peopleOf(words, (plan && plan.dial) || {}),
    coping: named(words.coping),
  }
}

/** The national lines in the language of the page, in the shape of a plan's lines. */
export function nationalLines() {
  const language = document.documentElement.lang === 'es' ? 'es' : 'en'
  const own = (words) => (words && words[language]) || null
  return national.map((line) => ({
    ...line,
    name: own(line.name),
    keyword: own(line.keyword),
    press: own(line.press),
    hours: own(line.hours),
  }))
}

const named = (entries = []) => entries.map(({ id, text }) => ({ id, text }))

// In plan order; somebody without a number is still somebody to go and see.
function peopleOf({ distractions = [], helpers = [], professionals = [] }, dial) {
  const person = (section, name, detail) => (entry) => ({
    id: entry.id,
    section,
    name: entry[name],
    detail: detail(entry),
    href: dial[entry.id] || null,
    number: entry.phone || null,
  })
  const joined = (...parts) => parts.filter(Boolean).join(', ') || null
  return [
    ...distractions.filter((entry) => entry.phone).map(person('distractions', 'text', (e) => e.where || null)),
    ...helpers.map(person('helpers', 'name', (e) => joined(e.relation, e.best_times))),
    ...professionals.map(person('professionals', 'name', (e) => joined(e.role, e.hours))),
  ]
}
