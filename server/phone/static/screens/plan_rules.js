// In which order a plan is read and walked, from plain data.

/** The sections as a plan is read; `help`: steps that end with "Did this help?". */
export const SECTIONS = [
  'warning_signs',
  'coping',
  'distractions',
  'helpers',
  'professionals',
  'crisis_lines',
  'safer_surroundings',
  'reasons',
  'what_helps_staff',
]
const ONLY_READ = ['warning_signs', 'what_helps_staff']
const PROPOSABLE = ['coping', 'helpers', 'reasons']

export const asksIfItHelped = (section) => !ONLY_READ.includes(section)
export const isProposable = (section) => PROPOSABLE.includes(section)

/** Whether a section says anything. */
export function hasContent(plan, section) {
  if (section === 'crisis_lines') return plan.crisis_lines.length > 0
  if (section === 'what_helps_staff') return wishes(plan.document.what_helps_staff).length > 0
  return (plan.document[section] || []).length > 0
}

/** The wishes that are written down, as [key of the heading, text]. */
export function wishes(said) {
  if (!said) return []
  const directive = said.advance_directive || {}
  return [
    ['plan.helps', said.helps],
    ['plan.does_not_help', said.does_not_help],
    ['plan.hospital', said.preferred_hospital],
    ['plan.directive', directive.exists ? directive.where || '' : null],
    ['plan.agent', directive.exists && directive.agent_phone],
  ].filter(([, text]) => text || text === '')
}

/** The steps of a plan in order: those with content, the reasons first on a hard day. */
export function stepsIn(plan, hard) {
  const held = SECTIONS.filter((section) => hasContent(plan, section))
  if (!hard || !held.includes('reasons')) return held
  return ['reasons', ...held.filter((section) => section !== 'reasons')]
}

/** The step after or before one, or null; a step that is not in the plan has neither. */
export function beside(steps, section, by) {
  const place = steps.indexOf(section)
  return place < 0 ? null : steps[place + by] || null
}

/** Sections that are still empty where the client can have an idea. */
export const emptyOnes = (plan) => PROPOSABLE.filter((section) => !hasContent(plan, section))
