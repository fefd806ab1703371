// A question or a few words over the screen. The help bar and quick exit stay in reach under it.
import { button, fill, freshId, h } from './dom.js'
import { say } from '../core/say.js'

let close = null

/** Asks yes or no; resolves to true only for yes. Escape, and going elsewhere, are no. */
export function ask({ title, text, yes, no, danger = false }) {
  return open({ title, text }, (end) => [
    button(yes || say('frame.yes'), { kind: danger ? 'danger' : 'primary', on: () => end(true) }),
    button(no || say('frame.no'), { kind: 'plain', on: () => end(false) }),
  ])
}

/** Says something and waits until it is put away; `content` is more to show, such as a link. */
export function tell({ title, text, content = [] }) {
  return open({ title, text, content }, (end) => [
    button(say('frame.close'), { kind: content.length ? 'plain' : 'primary', on: () => end(false) }),
  ])
}

/** Puts away what is open; the answer is no. */
export function dismiss() {
  if (close) close(false)
}

// The help bar stays free, however many rows of keys it has.
const footHeight = () => document.querySelector('.foot').offsetHeight

function open({ title, text, content = [] }, keys) {
  dismiss()
  const before = document.activeElement
  const behind = document.getElementById('main')
  return new Promise((resolve) => {
    const [titleId, textId] = [freshId('dialog'), freshId('dialog')]
    const end = (answer) => {
      close = null
      removeEventListener('keydown', onKey)
      removeEventListener('hashchange', onAway)
      layer.remove()
      behind.removeAttribute('inert')
      behind.removeAttribute('aria-hidden')
      if (before && before.isConnected) before.focus({ preventScroll: true })
      resolve(answer)
    }
    const onKey = (event) => event.key === 'Escape' && end(false)
    const onAway = () => end(false)
    const paragraphs = (Array.isArray(text) ? text : [text]).filter(Boolean)
    const heading = h('h2', { id: titleId, tabindex: '-1' }, title)
    const layer = h(
      'div',
      { class: 'veil', style: { '--foot': `${footHeight()}px` }, on: { click: (event) => event.target === layer && end(false) } },
      h(
        'div',
        { class: 'dialog stack', role: 'dialog', 'aria-labelledby': titleId, 'aria-describedby': textId },
        heading,
        fill(h('div', { id: textId, class: 'stack' }), paragraphs.map((words) => h('p', null, words))),
        content,
        keys(end),
      ),
    )
    close = end
    behind.setAttribute('inert', '')
    behind.setAttribute('aria-hidden', 'true')
    behind.after(layer)
    addEventListener('keydown', onKey)
    addEventListener('hashchange', onAway)
    heading.focus({ preventScroll: true })
  })
}
