// A case that nobody has taken is seen and heard on every page: the title counts, a line on top leads there, and one of
// the open tabs sounds: for an urgent case once, for an emergency each minute until it is taken. No name stands in it.

import { tools } from './styled.js'

const SOUND = 'handrail-sound'
const HEARD = 'handrail-heard'
const FRESH = '/cases/fresh'
const AGAIN = 60_000 // milliseconds until an emergency that still waits is heard again
let audio = null

// Returns what looks for such cases and tells of them.
export function alarm(fetched) {
  const title = document.title
  const strip = document.querySelector('.strip')
  const banner = element('a', { className: 'alarm', href: '/queue', hidden: true })
  const spoken = element('p', { className: 'unseen', role: 'status' })
  const arrivals = element('p', { className: 'unseen', role: 'status' })
  const button = element('button', { type: 'button', className: 'link sound' })
  tools().prepend(button)
  strip.append(spoken, arrivals)
  strip.prepend(banner)
  const show = () => label(button)
  let timer = 0
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
    if (detail.arrived) arrivals.textContent = detail.arrived === 1 ? 'A new case is in the queue.' : `${detail.arrived} new cases are in the queue.`
  })
  return look

  async function look() {
    clearTimeout(timer)
    const found = (await fetched(FRESH))?.getElementById('fresh')
    if (!found) return
    const emergencies = found.dataset.emergency.split(' ').filter(Boolean)
    const urgent = found.dataset.urgent.split(' ').filter(Boolean)
    const count = emergencies.length + urgent.length
    const elsewhere = [...emergencies, ...urgent].some((id) => location.pathname !== `/cases/${id}`)
    document.title = count ? `(${count}) ${title}` : title
    banner.hidden = !elsewhere || location.pathname === '/queue'
    const words = waiting(emergencies.length, urgent.length)
    if (!banner.hidden && banner.textContent !== words) banner.textContent = words
    if (emergencies.length) timer = setTimeout(look, AGAIN)
    const news = [...emergencies.filter((id) => !heardLately(id)), ...urgent.filter((id) => !heard()[id])]
    if (!news.length) return
    if (news.some((id) => !heard()[id])) spoken.textContent = words
    if (wanted()) await ringFor(news, news.some((id) => emergencies.includes(id)) ? 3 : 1)
    else remember(news)
    show()
  }
}

function waiting(emergencies, urgent) {
  const one = emergencies + urgent === 1
  if (!emergencies) return one ? 'An urgent case waits for somebody to take it.' : `${urgent} urgent cases wait for somebody to take them.`
  const first = emergencies === 1 ? 'An emergency' : `${emergencies} emergencies`
  const rest = urgent ? ` and ${urgent} urgent` : ''
  return `${first}${rest} ${one ? 'waits for somebody to take it.' : 'wait for somebody to take them.'}`
}

const wanted = () => read(SOUND) !== 'off'
const heardLately = (id) => Date.now() - (heard()[id] || 0) < AGAIN - 1000

// When each case was heard last, in whichever tab.
function heard() {
  try {
    return JSON.parse(read(HEARD)) || {}
  } catch {
    return {}
  }
}

function remember(ids) {
  const known = Object.entries(heard()).slice(-60)
  write(HEARD, JSON.stringify({ ...Object.fromEntries(known), ...Object.fromEntries(ids.map((id) => [id, Date.now()])) }))
}

function label(button) {
  const blocked = wanted() && audio !== null && audio.state !== 'running'
  button.textContent = wanted() ? 'Sound is on' : 'Sound is off'
  if (blocked) button.textContent = 'Sound is on after one click'
  button.setAttribute('aria-pressed', String(wanted()))
}

// The tab that gets the lock sounds, if its browser lets it; then no other tab does.
async function ringFor(ids, times) {
  const ring = async (lock) => {
    if (lock === null || ids.every(heardLately)) return
    if (await sound(times)) remember(ids)
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
