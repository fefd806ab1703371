// The app's own sentences in the language of the person. They are written in words/*.json.
import words from '../words.js'

const LANGUAGES = ['en', 'es']
const listeners = new Set()
let current = LANGUAGES.find((one) => (navigator.language || 'en').toLowerCase().startsWith(one)) || 'en'

/** The language of now: 'en' or 'es'. */
export const language = () => current

/** Changes the language of everything said from now on, and of the page for screen readers. */
export function setLanguage(wish) {
  const next = LANGUAGES.includes(wish) ? wish : 'en'
  document.documentElement.lang = next
  if (next === current) return
  current = next
  for (const fn of listeners) fn(next)
}

/** Runs after each change of language; returns how to stop. */
export function onLanguage(fn) {
  listeners.add(fn)
  return () => listeners.delete(fn)
}

/** The sentence for a key ('plan.done'), with its {slots} filled. An unknown key is said as it is, and reported. */
export function say(key, slots = {}) {
  const sentence = words[current][key]
  if (sentence === undefined) {
    console.error(`No words for ${key} in ${current}`)
    return key
  }
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => {
    if (slots[name] === undefined || slots[name] === null) {
      console.error(`${key}: nothing given for ${whole}`)
      return ''
    }
    return String(slots[name])
  })
}

/** Whether there are words for a key, for kinds that the server may add to. */
export const hasWords = (key) => words[current][key] !== undefined

document.documentElement.lang = current
