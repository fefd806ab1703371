// The app's worker: keeps one version of the app on this phone, and shows notices. A classic script; the server fills in
// the version and the files. It never sees /api: what a person wrote or reads is the page's business alone.
'use strict'

const VERSION = '/*VERSION*/'
const FILES = [/*FILES*/]
const SHELL = '/app'
const STATIC = '/app/s/'
const PREFIX = 'handrail-'
const CACHE = PREFIX + VERSION
const ICON = `${STATIC}${VERSION}/icons/plain-192.png`

// The same words as the service's neutral notice, for one that could not be read.
const UNREAD = { en: 'You have something to look at.', es: 'Tienes algo que ver.' }

self.addEventListener('install', (event) => event.waitUntil(fill()))

// No skipWaiting on its own: a page of the old version keeps its files until it has started with them.
self.addEventListener('activate', (event) => event.waitUntil(begin()))

self.addEventListener('fetch', (event) => {
  const { request } = event
  const address = new URL(request.url)
  if (request.method !== 'GET' || address.origin !== self.location.origin) return
  const path = address.pathname
  if (request.mode === 'navigate' && (path === SHELL || path === `${SHELL}/`)) event.respondWith(shell(event))
  else if (path.startsWith(STATIC)) event.respondWith(file(request))
})

self.addEventListener('message', (event) => {
  if (event.data === 'take-over') self.skipWaiting()
})

self.addEventListener('push', (event) => event.waitUntil(show(event.data)))

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(open())
})

// Without an open page nothing is lost: at its next start the app compares and subscribes anew.
self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(tell('push-changed')))

// All files or none. The shell goes in last: where it is, everything is.
async function fill() {
  const page = await fresh(SHELL)
  const text = await page.clone().text()
  if (!text.includes(`${STATIC}${VERSION}/`)) throw new Error('the page is of another version')
  const answers = await Promise.all(FILES.map(fresh))
  const cache = await caches.open(CACHE)
  await Promise.all(answers.map((answer, index) => cache.put(FILES[index], answer)))
  await cache.put(SHELL, page)
}

async function fresh(address) {
  const answer = await fetch(address, { cache: 'reload', credentials: 'same-origin' })
  if (!answer.ok || answer.redirected) throw new Error(`${address}: ${answer.status}`)
  return answer
}

async function begin() {
  const names = await caches.keys()
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE)
  await Promise.all(old.map((name) => caches.delete(name)))
  await self.clients.claim()
}

// A wipe took the files as well; the next start with a network brings them back.
async function shell(event) {
  const held = await kept(SHELL)
  if (held) return held
  const answer = await fetch(event.request)
  event.waitUntil(fill().catch(() => undefined))
  return answer
}

async function file(request) {
  return (await kept(request)) ?? (await away(request)) ?? fetch(request)
}

// A page of the version before leaves by its own address, whose file has gone with that version.
function away(request) {
  const name = new URL(request.url).pathname.split('/').pop()
  return name.startsWith('away.') ? kept(`${STATIC}${VERSION}/${name}`) : undefined
}

// Some browsers refuse to look into a cache that is not there.
function kept(request) {
  return caches.match(request, { cacheName: CACHE, ignoreVary: true }).catch(() => undefined)
}

// Something is shown whatever came: a push that shows nothing costs the phone its permission.
async function show(data) {
  const { title, body, lang, tag } = readable(data)
  const options = { body, lang, tag, icon: ICON, renotify: false, data: { message: tag } }
  await self.registration.showNotification(title, options)
  await tell('sync')
}

function readable(data) {
  try {
    const { title, body, lang, tag } = data.json().notification
    if (title && [title, body, tag].every((text) => typeof text === 'string')) return { title, body, lang, tag }
  } catch {
    // Below.
  }
  const lang = /^es\b/i.test(self.navigator.language) ? 'es' : 'en'
  return { title: UNREAD[lang], body: '', lang, tag: 'notice' }
}

async function open() {
  const page = (await pages())[0]
  if (!page) return self.clients.openWindow(SHELL)
  page.postMessage({ type: 'sync' })
  return page.focus().catch(() => self.clients.openWindow(SHELL))
}

async function tell(type) {
  for (const page of await pages()) page.postMessage({ type })
}

async function pages() {
  const all = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  return all.filter((page) => [SHELL, `${SHELL}/`].includes(new URL(page.url).pathname))
}
