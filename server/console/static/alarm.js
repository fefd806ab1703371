// A new top-tier case is seen and heard on every page: the title counts, a line on top leads there, three tones sound
// once in one of the open tabs. No name stands in any of it.

import { tools } from './styled.js'

const SOUND = 'handrail-sound'
const HEARD = 'handrail-heard'
const FRESH = '/cases/fresh'
let audio = null

// Returns what looks for such cases and tells of them.
export function alarm(fetched) {
  const title = document.title
  const strip = document.querySelector('.strip')
  const banner = element('a', { className: 'alarm', href: '/queue', hidden: true })
  const spoken = element('p', { className: 'unseen', role: 'status' })
  const button = element('button', { type: 'button', className: 'link sound' })
  tools().prepend(button)
  strip.append(spoken)
  strip.prepend(banner)
  const show = () => label(button)
  button.addEventListener('click', () => {
    write(SOUND, wanted() ? 'off' : 'on')
    if (wanted()) sound(1).then(show)
    show()
  })
  for (const gesture of ['pointerdown', 'keydown']) {
    addEventListener(gesture, () => wanted() && allowed().then(show), { once: true, capture: true })
  }
  addEventListener('storage', show)
  show()
  document.addEventListener('put', ({ detail }) => {
    if (detail.arrived) spoken.textContent = detail.arrived === 1 ? 'A new case is in the queue.' : `${detail.arrived} new cases are in the queue.`
  })
  return async () => {
    const found = (await fetched(FRESH))?.getElementById('fresh')
    if (!found) return
    const ids = found.dataset.top.split(' ').filter(Boolean)
    document.title = ids.length ? `(${ids.length}) ${title}` : title
    banner.hidden = !ids.length || location.pathname === '/queue'
    const words = ids.length === 1 ? 'An emergency waits for somebody to take it.' : `${ids.length} emergencies wait for somebody to take them.`
    if (!banner.hidden && banner.textContent !== words) banner.textContent = words
    const news = ids.filter((id) => !heard().includes(id))
    if (!news.length) return
    spoken.textContent = words
    if (wanted()) await ringOnce(news)
    else remember(news)
    show()
  }
}

const wanted = () => read(SOUND) !== 'off'
const heard = () => (read(HEARD) || '').split(' ')
const remember = (ids) => write(HEARD, [...heard(), ...ids].slice(-60).join(' '))

function label(button) {
  const blocked = wanted() && audio !== null && audio.state !== 'running'
  button.textContent = wanted() ? 'Sound on' : 'Sound off'
  if (blocked) button.textContent = 'Sound on, after one click'
  button.setAttribute('aria-pressed', String(wanted()))
}

// The tab that gets the lock sounds, if its browser lets it; then no other tab does.
async function ringOnce(ids) {
  const ring = async (lock) => {
    if (lock === null || ids.every((id) => heard().includes(id))) return
    if (await sound(3)) remember(ids)
  }
  if (navigator.locks) await navigator.locks.request('handrail-sound', { ifAvailable: true }, ring)
  else await ring(true)
}

// Browsers let a page sound only after somebody has touched it.
async function allowed() {
  audio ??= new AudioContext()
  await Promise.race([audio.resume(), new Promise((done) => setTimeout(done, 500))])
  return audio.state === 'running'
}

async function sound(times) {
  if (!(await allowed())) return false
  for (let n = 0; n < times; n += 1) {
    tone(660, audio.currentTime + n * 0.7)
    tone(880, audio.currentTime + n * 0.7 + 0.2)
  }
  return true
}

function tone(pitch, at) {
  const source = audio.createOscillator()
  const volume = audio.createGain()
  source.frequency.value = pitch
  volume.gain.setValueAtTime(0, at)
  volume.gain.linearRampToValueAtTime(0.25, at + 0.02)
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.4)
  source.connect(volume).connect(audio.destination)
  source.start(at)
  source.stop(at + 0.45)
}

function element(tag, { role, ...properties }) {
  const made = Object.assign(document.createElement(tag), properties)
  if (role) made.setAttribute('role', role)
  return made
}

// A browser that keeps nothing still shows everything; it may sound again after a page change.
function read(name) {
  try {
    return localStorage.getItem(name)
  } catch {
    return null
  }
}

function write(name, value) {
  try {
    localStorage.setItem(name, value)
  } catch {
    // nothing to do
  }
}
