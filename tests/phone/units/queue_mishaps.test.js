import { equal, full, ok, paired, refused, restarted, sent, service, test, until } from './harness.js'
import { ALL, answer, help, use, states, paths } from './sending.js'

test('a crash between sending and noting sends the same bytes under the same id', async () => {
  const first = await paired()
  await first.queue.add(answer('a1', { 'sign.x': 4, mood: 1, text: 'ñ “quoted” \u2028 \\ 😀' }))
  await service({ on: 'PUT', hang: true })
  first.queue.replay()
  await until(async () => (await sent('PUT')).length === 1, 'the first sending')
  first.close()
  await service(...ALL)
  const second = await restarted()
  equal(states(second.queue), ['a1 waiting'])
  await second.queue.replay()
  equal(states(second.queue), ['a1 sent'])
  const [one, two] = await sent('PUT')
  equal([one.call, one.body], [two.call, two.body])
  equal(JSON.parse(one.body).answers.text, 'ñ “quoted” \u2028 \\ 😀')
})

test('two tabs with one queue send each thing once', async () => {
  const one = await paired()
  for (const id of ['u1', 'u2', 'u3', 'u4', 'u5']) await one.queue.add(use(id))
  const two = await restarted()
  await service(...ALL)
  await Promise.all([one.queue.replay(), two.queue.replay(), one.queue.replay()])
  equal((await paths()).sort(), ['plan/uses/u1', 'plan/uses/u2', 'plan/uses/u3', 'plan/uses/u4', 'plan/uses/u5'])
  await until(() => two.queue.waiting() + one.queue.waiting() === 0, 'both tabs know')
})

test('two tabs without navigator.locks share a lease', async () => {
  const old = (window) => Object.defineProperty(window.navigator, 'locks', { value: undefined })
  const one = await paired('open', {}, old)
  for (const id of ['u1', 'u2', 'u3', 'u4', 'u5']) await one.queue.add(use(id))
  const two = await restarted(old)
  await service(...ALL)
  await Promise.all([one.queue.replay(), two.queue.replay()])
  await Promise.all([one.queue.replay(), two.queue.replay()])
  equal((await paths()).sort(), ['plan/uses/u1', 'plan/uses/u2', 'plan/uses/u3', 'plan/uses/u4', 'plan/uses/u5'])
})

test('a lease left by a crash, or by a clock since set back, ends', async () => {
  const old = (window) => Object.defineProperty(window.navigator, 'locks', { value: undefined })
  const { db, queue } = await paired('open', {}, old)
  await queue.add(use('u1'))
  await service(...ALL)
  await db.put('meta', 'lease', { by: 'another', until: Date.now() + 20000 })
  await queue.replay()
  equal(states(queue), ['u1 waiting'])
  for (const until_ of [Date.now() - 1, Date.now() + 86400000]) {
    await db.put('meta', 'lease', { by: 'another', until: until_ })
    await queue.add(use(`after ${until_}`))
    await queue.replay()
    equal(queue.waiting(), 0)
  }
})

test('while locked a cry for help still goes out', async () => {
  const first = await paired('pin', { pin: '4071' })
  first.close()
  const { queue, vault } = await restarted()
  equal(vault.isLocked(), true)
  await service(...ALL)
  await queue.add(help('h1'))
  await queue.replay()
  equal(states(queue), ['h1 sent'])
})

test('on a full phone an answer goes out from memory, and says so when it cannot', async () => {
  const app = await paired()
  const { queue } = app
  await service()
  full(app)
  const error = await refused(() => queue.add(answer('a1', { text: 'x'.repeat(2000) })), 'it was not stored')
  equal([error.name, states(queue)], ['QuotaExceededError', []])
  equal((await queue.add(help('h1'))).stored, false)
  equal(states(queue), ['h1 waiting'])
  await service(...ALL)
  const entry = await queue.add(answer('a1'))
  equal([entry.state, entry.stored], ['sent', false])
  await queue.replay()
  equal(states(queue).sort(), ['a1 sent', 'h1 sent'])
})

test('on a full phone what was sent makes room for what was not', async () => {
  const app = await paired()
  await service(...ALL)
  await app.queue.add(use('u1'))
  await app.queue.replay()
  full(app)
  const { prototype } = app.window.IDBObjectStore
  const { delete: taken } = prototype
  prototype.delete = function emptied(...key) {
    if (this.name === 'queue') full(app, false)
    return taken.apply(this, key)
  }
  equal((await app.queue.add(answer('a1'))).stored, true)
  equal(states(app.queue), ['a1 waiting'])
})

test('ids are fresh and have the shape of a UUID, with and without randomUUID', async () => {
  const old = (window) => Object.defineProperty(window.crypto, 'randomUUID', { value: undefined })
  const { queue } = await paired('open', {}, old)
  const ids = new Set(Array.from({ length: 50 }, () => queue.newId()))
  equal(ids.size, 50)
  for (const id of ids) ok(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id), id)
})

test('somebody who took the phone cannot swap or change what waits unseen', async () => {
  const first = await paired()
  await first.queue.add(answer('a1'))
  await first.queue.add(use('u1'))
  const rows = await first.db.all('queue')
  await first.db.put('queue', rows[0][0], rows[1][1])
  first.close()
  const { queue } = await restarted()
  equal(states(queue), ['u1 waiting'])
})

test('a cry for help on a full phone is tried again, also when the database no longer answers', async () => {
  const app = await paired()
  full(app)
  await service()
  await app.queue.add(help('h1'))
  equal(states(app.queue), ['h1 waiting'])
  app.window.IDBObjectStore.prototype.getAll = () => {
    throw new app.window.DOMException('the connection was lost', 'UnknownError')
  }
  await service(...ALL)
  await app.queue.replay()
  equal(states(app.queue), ['h1 sent'])
  equal(await paths(), ['help/h1', 'help/h1'])
})

test('what waits in an open page is sent when the browser has emptied the phone under it', async () => {
  const app = await paired()
  await app.queue.add(answer('a1', { 'sign.x': 4 }))
  await app.db.clear([])
  await service(...ALL)
  await app.queue.replay()
  equal(states(app.queue), ['a1 sent'])
  equal(JSON.parse((await sent('PUT'))[0].body).answers, { 'sign.x': 4 })
})

test('what another tab has sent and put away is not sent once more', async () => {
  const one = await paired()
  await one.queue.add(use('u1'))
  const two = await restarted()
  equal(states(two.queue), ['u1 waiting'])
  await one.db.write([['queue', 1]])
  await service(...ALL)
  await two.queue.replay()
  equal([states(two.queue), await paths()], [[], []])
})

test('a gateway that refuses in its own words has decided nothing', async () => {
  const { queue, vault } = await paired()
  await queue.add(answer('a1'))
  for (const status of [400, 401, 404]) {
    await service({ on: 'PUT', status, type: 'application/json', body: { message: 'no' } })
    equal(await queue.replay(), { offline: true })
    equal([states(queue), vault.paired()], [['a1 waiting'], true], String(status))
  }
})

test('an answer from the future is sent once more as given now by the clock of the service', async () => {
  const { queue } = await paired()
  await queue.add(answer('a1', { mood: 2 }))
  const date = 'Wed, 14 Jan 2026 21:00:05 GMT'
  const future = { status: 422, body: { status: 422, errors: [{ path: 'answered_at' }] }, headers: { Date: date } }
  await service({ on: 'PUT', times: 1, ...future }, ...ALL)
  await queue.replay()
  await queue.replay()
  equal(states(queue), ['a1 sent'])
  equal((await sent('PUT')).map(({ body }) => JSON.parse(body)), [
    { answered_at: '2026-01-14T15:34:00-06:00', answers: { mood: 2 } },
    { answered_at: '2026-01-14T21:00:05.000Z', answers: { mood: 2 } },
  ])
})
