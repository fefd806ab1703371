// What every screen is measured by, in the page itself: each measure gives sentences about what is wrong.
;(() => {
  const SMALLEST = 48
  const FOCUSABLE = 'a[href], button, input, select, textarea, summary, [tabindex="0"]'
  const TARGETS = 'a[href], button, input:not([type=checkbox]):not([type=radio]), select, textarea, summary, label.choice'
  const BOXES = 'h1, .button, .choice, .key, .top-key, .call-row, .call-row-key, .notice, .card, .dialog, .state, summary'

  let shifted = 0
  let movers = []
  const watcher = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.hadRecentInput) continue
      shifted += entry.value
      movers.push(...entry.sources.filter((one) => one.node).map((one) => named(one.node)))
    }
  })
  watcher.observe({ type: 'layout-shift', buffered: true })

  const seen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('[inert], .unseen')
  const all = (selector) => [...document.querySelectorAll(selector)].filter(seen)

  function named(node) {
    const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement
    const kind = element.tagName.toLowerCase() + (element.className.length ? `.${element.className}` : '')
    return `${kind} "${element.textContent.trim().slice(0, 40)}"`
  }

  const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))

  /** From here on shifts are counted anew; what has just changed is drawn first, however busy the machine. */
  async function begin() {
    await drawn()
    watcher.takeRecords()
    shifted = 0
    movers = []
  }

  /** More than 0.01 of the screen moved without anybody touching it. */
  function shifts() {
    return shifted < 0.01 ? [] : [`moved by ${shifted.toFixed(3)}: ${movers.slice(0, 4).join(', ')}`]
  }

  const moving = () =>
    document
      .getAnimations()
      .filter((one) => one.playState === 'running')
      .map((one) => `moves: ${named(one.effect.target)}`)

  function small() {
    const wrong = []
    for (const element of all(TARGETS)) {
      if (element.disabled || getComputedStyle(element).display === 'inline') continue
      const { width, height } = element.getBoundingClientRect()
      const fits = Math.min(width, height) >= SMALLEST - 0.5
      if (!fits) wrong.push(`${width.toFixed(0)} by ${height.toFixed(0)}: ${named(element)}`)
    }
    return wrong
  }

  // What a dialog holds may be scrolled to.
  const sticksOut = (inner, outer, scrolls) =>
    inner.left < outer.left - 1 ||
    inner.right > outer.right + 1 ||
    (!scrolls && (inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1))

  function* words() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const node = walker.currentNode
      if (!node.data.trim() || !seen(node.parentElement) || node.parentElement.closest('noscript')) continue
      const range = document.createRange()
      range.selectNodeContents(node)
      yield { node, range }
    }
  }

  /** Text beyond the screen or beyond its own box, and a page that scrolls sideways. */
  function cutOff(width) {
    const wrong = []
    const { scrollWidth } = document.documentElement
    if (scrollWidth > width) wrong.push(`the page is ${scrollWidth} wide on a screen of ${width}`)
    for (const { node, range } of words()) {
      const box = node.parentElement.closest(BOXES)
      const outer = box && box.getBoundingClientRect()
      for (const inner of range.getClientRects()) {
        const beyond = inner.left < -1 || inner.right > width + 1
        if (beyond || (outer && sticksOut(inner, outer, box.matches('.dialog')))) {
          wrong.push(`cut off: ${named(node)}`)
          break
        }
      }
    }
    return wrong
  }

  /** Words of the app that are broken in two without a hyphen. Addresses and numbers may break. */
  function broken() {
    const wrong = []
    for (const { node, range } of words()) {
      for (const found of node.data.matchAll(/[\p{L}’']{2,}/gu)) {
        range.setStart(node, found.index)
        range.setEnd(node, found.index + found[0].length)
        const lines = new Set([...range.getClientRects()].filter((one) => one.width > 0).map((one) => Math.round(one.top)))
        if (lines.size > 1) wrong.push(`broken: ${found[0]} in ${named(node)}`)
      }
    }
    return wrong
  }

  // With radio buttons the tab key stops at the chosen one, or at the first of a group without a choice.
  function isStop(element) {
    if (element.disabled || element.tabIndex < 0) return false
    if (element.type !== 'radio') return true
    const group = [...document.querySelectorAll('input[type=radio]')].filter((one) => one.name === element.name)
    return element === (group.find((one) => one.checked) || group[0])
  }

  let stops = []
  let path = []

  const note = (event) => path.push(standing(event.target))

  function standing(element) {
    const ringed = element.closest('.choice') || element
    const rings = [element, ringed].map((one) => getComputedStyle(one))
    const ring = rings.some((style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2)
    const { top, bottom, left } = ringed.getBoundingClientRect()
    const inMain = Boolean(element.closest('main, .dialog'))
    const [head, foot] = ['header', 'footer'].map((one) => document.querySelector(one).getBoundingClientRect())
    const covered = inMain && (bottom <= head.bottom || top >= foot.top)
    const region = inMain ? 'main' : element.closest('footer') ? 'foot' : 'top'
    return { element, ring, covered, region, left, top: top + scrollY, bottom: bottom + scrollY }
  }

  /** How many presses of Tab it takes from the first stop to the last one; the first is focused. */
  function beforeTabs() {
    stops = all(FOCUSABLE).filter(isStop)
    path = []
    stops[0].focus()
    addEventListener('focusin', note)
    return stops.length - 1
  }

  /** What the way by Tab left out, hid, or took in another order than the eye does; null: drawn anew on the way. */
  function afterTabs() {
    removeEventListener('focusin', note)
    if (!stops.every((stop) => stop.isConnected)) return null
    const wrong = []
    const reached = [stops[0], ...path.map((one) => one.element)]
    stops.forEach((stop, at) => reached[at] === stop || wrong.push(`Tab comes to ${reached[at] ? named(reached[at]) : 'nothing'}, not to ${named(stop)}`))
    for (const one of path) {
      if (!one.ring) wrong.push(`no focus ring: ${named(one.element)}`)
      if (one.covered) wrong.push(`focus is covered: ${named(one.element)}`)
    }
    path.slice(1).forEach((next, at) => {
      const last = path[at]
      if (last.region !== next.region) return
      const besides = next.top < last.bottom - 4
      if (besides ? next.left < last.left - 1 && next.top <= last.top : next.top < last.top) wrong.push(`out of order: ${named(next.element)}`)
    })
    if (document.activeElement) document.activeElement.blur()
    scrollTo(0, 0)
    return wrong.slice(0, 6)
  }

  window.measures = { begin, drawn, shifts, moving, small, cutOff, broken, beforeTabs, afterTabs }
})()
