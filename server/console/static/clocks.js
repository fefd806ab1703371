// Clocks run down by themselves: <span data-until="…"> says how long is left, in the words of the service; data-then is
// what follows the length ("left to take"), data-late what is not done once the time is over.

let ahead = 0 // by how much this machine's clock is ahead of the service's

export function clocks() {
  measure(document)
  document.addEventListener('put', (event) => {
    measure(event.target)
    run()
  })
  setInterval(run, 10000)
}

function measure(where) {
  const marked = where.closest?.('[data-now]') ?? where.querySelector('[data-now]')
  if (marked) ahead = Date.now() - Date.parse(marked.dataset.now)
}

function run() {
  const now = Date.now() - ahead
  for (const each of document.querySelectorAll('[data-until]')) {
    const length = Date.parse(each.dataset.until) - now
    const words = length > 0 ? `${span(length)} ${each.dataset.then ?? 'left'}` : over(-length, each.dataset.late)
    if (each.textContent !== words) each.textContent = words
    each.closest('.left')?.classList.toggle('over', length <= 0)
  }
}

function over(ms, late) {
  if (!late) return `${span(ms)} over`
  return ms < 60000 ? `Late: ${late}` : `Late by ${span(ms)}: ${late}`
}

// As words.span() has it.
export function span(ms) {
  const minutes = Math.floor(ms / 60000)
  const days = Math.floor(minutes / 1440)
  const hours = Math.floor(minutes / 60) % 24
  const rest = minutes % 60
  if (days) return `${days} day${days > 1 ? 's' : ''}${hours && days < 4 ? ` ${hours} h` : ''}`
  if (hours) return `${hours} h${rest ? ` ${rest} min` : ''}`
  return rest ? `${rest} min` : 'under a minute'
}
