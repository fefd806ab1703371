// Clocks run down by themselves: <span data-until="…"> says how long is left, in the words of the service.

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
    const words = `${span(Math.abs(length))} ${length > 0 ? 'left' : 'over'}`
    if (each.textContent !== words) each.textContent = words
    each.closest('.left')?.classList.toggle('over', length <= 0)
  }
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
