import { disk, equal, ok, paired, readable, refused, restarted, sent, service, tab, test, until } from './harness.js'

const MARK = 'Leila-by-the-river'

async function full() {
  const app = await paired('open')
  await app.store.put('me', { name: MARK })
  const answer = { path: '/api/me/checkins/a/answer', body: { answers: { t: MARK } } }
  await app.queue.add({ id: 'a', kind: 'answer', method: 'PUT', ...answer })
  sessionStorage.setItem('note', MARK)
  localStorage.setItem('note', MARK)
  const cache = await caches.open('shell-1')
  await cache.put('/x', new Response(MARK))
  return app
}

async function nothingLeft(reason) {
  const rows = await disk()
  equal(rows.map(([store, key]) => `${store}/${key}`), ['meta/gone'])
  equal(rows[0][2].reason, reason)
  equal([sessionStorage.length, Object.keys(localStorage), await caches.keys()], [0, [], []])
}

test('a wipe without a network leaves nothing but its reason', async () => {
  await service()
  const app = await full()
  const heard = []
  app.store.on('gone', (reason) => heard.push(reason))
  await app.vault.wipe('wiped')
  await nothingLeft('wiped')
  equal([heard, app.vault.paired(), app.store.me(), app.queue.list()], [['wiped'], false, null, []])
  await refused(() => app.vault.seal('main', 'x', 1))
  app.close()
  const { begun } = await restarted()
  equal([begun.paired, begun.gone], [false, 'wiped'])
})

test('a wipe done twice is a wipe', async () => {
  const app = await full()
  await Promise.all([app.vault.wipe('wiped'), app.vault.wipe('wiped')])
  await app.vault.wipe('wiped')
  await nothingLeft('wiped')
})

test('the keys go first: cut off at any moment, nothing can be opened, and the next start goes on', async () => {
  for (const wait of [0, 2, 5, 10, 20]) {
    const app = await full()
    app.vault.wipe('wiped')
    await new Promise((resolve) => setTimeout(resolve, wait))
    app.close()
    const { begun, store, close, vault } = await restarted()
    equal([begun.paired, begun.gone, store.me()], [false, 'wiped', null], `after ${wait} ms`)
    await nothingLeft('wiped')
    await vault.wipe('again')
    close()
  }
})

test('a wipe known only to the database goes on as well', async () => {
  const app = await full()
  await app.db.put('meta', 'wiping', 'signed_out')
  app.close()
  const { begun } = await restarted()
  equal([begun.paired, begun.gone], [false, 'signed_out'])
  await nothingLeft('signed_out')
})

test('a push service that cannot be reached and a cache that will not go keep nothing alive', async () => {
  const stuck = (window) => {
    Object.defineProperty(window, 'caches', { value: { keys: () => Promise.reject(new Error('broken')) } })
    const worker = { pushManager: { getSubscription: () => new Promise(() => null) } }
    Object.defineProperty(window.navigator, 'serviceWorker', { value: { getRegistration: async () => worker } })
  }
  const app = await paired('open', {}, stuck)
  await app.store.put('me', { name: MARK })
  await app.vault.wipe('wiped')
  equal((await disk()).map(([store, key]) => `${store}/${key}`), ['meta/gone'])
})

test('other tabs lose their keys and say that the phone is empty', async () => {
  const one = await full()
  const two = await restarted()
  equal(two.store.me().name, MARK)
  const heard = []
  two.store.on('gone', (reason) => heard.push(reason))
  await one.vault.wipe('wiped')
  await until(() => heard.length > 0, 'the other tab hears of it')
  equal([two.vault.paired(), two.vault.gone(), two.store.me()], [false, 'wiped', null])
  await refused(() => two.vault.seal('device', 'x', 1))
  await nothingLeft('wiped')
})

test('what is still under way when a phone is wiped writes nothing to it', async () => {
  const app = await full()
  await service({ on: 'PUT', body: { received_at: '2026-01-14T15:34:00Z', coverage: MARK } })
  const sending = app.queue.replay()
  await app.vault.wipe('wiped')
  const document = { reasons: [{ id: 'r', text: MARK }] }
  await app.store.put('plan', { number: 1, document, dial: {}, crisis_lines: [] })
  await app.store.put('settings', { text_size: 'large' })
  await sending
  const rows = await disk()
  ok(!readable(rows).includes(MARK), 'words of the person are on the disk')
  equal(rows.filter(([store]) => store !== 'meta').map(([store]) => store), [])
})

test('a session that was ended elsewhere empties the phone', async () => {
  const app = await full()
  const problem = { title: 'Sign in first', status: 401 }
  await service({ on: 'PUT', status: 401, body: problem, type: 'application/problem+json' })
  await app.queue.replay()
  equal([app.vault.paired(), app.vault.gone()], [false, 'signed_out'])
  await nothingLeft('signed_out')
})

test('a 401 that is not from the service empties nothing', async () => {
  const app = await full()
  await service({ on: 'PUT', status: 401, body: '<p>Log in to the network</p>', type: 'text/html' })
  await app.queue.replay()
  equal([app.vault.paired(), app.queue.waiting()], [true, 1])
})

test('the session behind an offline wipe ends with the first network, and before a new pairing', async () => {
  const app = await full()
  await service()
  await app.vault.wipe('wiped')
  app.close()
  await service({ on: 'POST /api/sign-out', status: 204, times: 1 }, { on: 'POST /api/pair', body: { client: {} } })
  const { api, sync } = await restarted()
  sync.start()
  await until(() => sent('sign-out').then((list) => list.length), 'the sign-out')
  await api.call('POST', '/api/pair', { code: 'x' })
  await sync.now()
  equal((await sent('POST')).map(({ call }) => call), ['POST /api/sign-out', 'POST /api/pair'])
})

test('the session left behind is never ended once a new one has begun', async () => {
  const app = await full()
  await service()
  await app.vault.wipe('wiped')
  await service({ on: 'POST', body: { client: {} } })
  await app.api.call('POST', '/api/pair', { code: 'x' })
  await app.sync.now()
  equal((await sent('POST')).map(({ call }) => call), ['POST /api/pair'])
})

test('a code that was refused lets the session left behind end', async () => {
  const app = await full()
  await service()
  await app.vault.wipe('wiped')
  await service({ on: 'POST /api/pair', status: 410, body: {} }, { on: 'POST /api/sign-out', status: 204 })
  await app.api.call('POST', '/api/pair', { code: 'x' })
  await app.sync.now()
  equal((await sent('POST')).map(({ call }) => call), ['POST /api/pair', 'POST /api/sign-out'])
})

test('a tab that slept while another was paired takes over neither its keys nor its queue', async () => {
  await service()
  const late = await restarted()
  const app = await full()
  equal(await late.vault.takenMeanwhile(), true)
  equal((await refused(() => late.vault.setUp('open'))).code, 'taken')
  equal([late.vault.paired(), app.queue.waiting()], [false, 1])
  app.close()
  const { store } = await restarted()
  equal(store.me().name, MARK)
})

test('a wiped phone can be paired again, and the old reason is forgotten', async () => {
  const app = await full()
  await app.vault.wipe('wiped')
  await app.vault.setUp('open')
  await app.store.put('me', { name: 'new' })
  app.close()
  const { begun, store } = await restarted()
  equal([begun.paired, begun.gone, store.me().name], [true, null, 'new'])
})

test('a phone whose database was thrown away says so', async () => {
  const app = await full()
  await app.db.destroy()
  app.close()
  const { begun, store } = await restarted()
  equal([begun.paired, begun.gone, store.gone()], [false, 'evicted', 'evicted'])
  await nothingLeft('evicted')
})

const HERE = '__Host-handrail-here'
const here = () => (document.cookie = `${HERE}=1; Path=/; Secure; SameSite=Strict`)

test('a phone whose browser cleared everything but the cookie says so, once', async () => {
  const app = await full()
  here()
  await app.db.destroy()
  localStorage.clear()
  app.close()
  const { begun, close } = await restarted()
  equal([begun.paired, begun.gone], [false, 'evicted'])
  await nothingLeft('evicted')
  ok(!document.cookie.includes(HERE))
  close()
  equal((await restarted()).begun.gone, 'evicted')
})

test('a phone that is just being set up was not emptied, whatever the cookie says', async () => {
  const app = await tab()
  await app.store.load()
  await app.db.put('meta', 'setup', { step: 1 })
  here()
  app.close()
  const { begun } = await restarted()
  equal([begun.paired, begun.gone], [false, null])
  document.cookie = `${HERE}=; Max-Age=0; Path=/; Secure; SameSite=Strict`
})

test('a phone that was never paired is not called empty', async () => {
  const app = await tab()
  const begun = await app.store.load()
  equal([begun.paired, begun.gone, begun.broken], [false, null, false])
})

test('a browser that keeps nothing says so and shows the national lines', async () => {
  const app = await tab((window) => {
    window.indexedDB.open = () => {
      throw new window.DOMException('no', 'SecurityError')
    }
  })
  const begun = await app.store.load()
  equal([begun.broken, begun.gone], [true, null])
  ok(app.store.help().lines.some((line) => line.kind === 'call' && line.href), 'a line to call')
})

test('how many were never sent is known after an interrupted wipe, and in other tabs', async () => {
  const app = await full()
  const other = await restarted()
  const left = app.vault.wipe('signed_out')
  await left
  await until(() => other.vault.gone() === 'signed_out', 'the other tab hears of it')
  equal([app.vault.unsentAtEnd(), other.vault.unsentAtEnd()], [1, 1])
  app.close()
  other.close()
  localStorage.setItem('handrail.wiping', 'signed_out 2')
  const { vault } = await restarted()
  equal([vault.gone(), vault.unsentAtEnd()], ['signed_out', 2])
})
