// Keys: j and k go through a list marked data-list; every element marked data-key="x" is pressed by x; ? shows the keys.

export function keyboard() {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return
    if (event.key === 'j' || event.key === 'k') return step(event.key === 'j' ? 1 : -1)
    const scope = document.querySelector('[data-list] > [aria-current="true"]') || document
    const target = scope.querySelector(`[data-key="${CSS.escape(event.key)}"]`) || document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)
    if (!target) return undefined
    event.preventDefault()
    target.focus()
    target.click()
    return undefined
  })
}

const typing = (element) => element.closest('input, select, textarea, [contenteditable]') !== null

function step(by) {
  const rows = [...document.querySelectorAll('[data-list] > *')]
  if (!rows.length) return
  const at = rows.findIndex((row) => row.getAttribute('aria-current') === 'true')
  const next = rows[Math.max(0, Math.min(rows.length - 1, at + by))]
  for (const row of rows) row.removeAttribute('aria-current')
  next.setAttribute('aria-current', 'true')
  next.querySelector('a, button')?.focus()
}
