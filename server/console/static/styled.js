// What script adds to the frame: its style sheet, which nobody loads without script, and a place for its buttons.

export function styled() {
  const link = document.createElement('link')
  link.rel = 'stylesheet'
  link.href = new URL('live.css', import.meta.url).href
  document.head.append(link)
}

// The end of the strip on top, made once.
export function tools() {
  const strip = document.querySelector('.strip')
  const known = strip.querySelector('.tools')
  if (known) return known
  const made = document.createElement('div')
  made.className = 'tools'
  strip.append(made)
  return made
}
