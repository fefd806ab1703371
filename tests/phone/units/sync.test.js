import { calls, clocks, equal, ok, paired, restarted, sent, service, test, until } from './harness.js'

const ME = { id: 'x', name: 'Noor', programme: 'Riverside', zone: 'UTC', language: 'en', plan_revision: 2 }
const plan = (number) => ({ number, published_at: null, dial: {}, crisis_lines: [], document: { reasons: [] } })
const ITEMS = [{ key: 'm' }]
const OPEN = [{ id: 'a1', items: ITEMS }]
const CHECKINS = { open: OPEN, next: null, recent: [], anytime: { items: ITEMS }, coverage: '' }
const CASE = { id: 'k', state: 'seen', sentence: 'Mara has seen this.', closed_at: null }

const rules = (more = {}) => [
  { on: 'PUT', status: 204 },
  { on: 'GET /api/me/plan', body: plan(2), headers: { ETag: '"2"' }, ...more.plan },
  { on: 'GET /api/me/checkins', body: CHECKINS },
  { on: 'GET /api/me/case', body: { case: more.kase || null } },
  { on: 'GET /api/me/preferences', body: { language: 'en', reminders: true } },
  { on: 'GET /api/me/consents', body: { version: 1, items: [] } },
  { on: 'GET /api/me', body: ME },
]

test('one round brings everything, and it is there offline after a restart', async () => {
  const first = await paired()
  await service(...rules({ kase: CASE }))
  await first.sync.now()
  equal(first.sync.online(), 'online')
  ok(first.sync.lastSuccess(), 'when')
  first.close()
  await service()
  const { store, sync } = await restarted()
  await sync.now()
  equal([store.me(), store.plan(), store.kase()], [ME, plan(2), CASE])
  equal([store.checkins().open[0].items, store.checkins().anytime.items], [[{ key: 'm' }], [{ key: 'm' }]])
  equal([sync.online(), Boolean(sync.lastSuccess()), Boolean(store.heardAt('checkins'))], ['offline', true, true])
})

test('the plan is asked for by its ETag and said to be received once for each revision', async () => {
  const first = await paired()
  await service(...rules())
  await first.sync.now()
  await service(...rules({ plan: { status: 304, body: null } }))
  await first.sync.now()
  first.close()
  const second = await restarted()
  await second.sync.now()
  equal(await calls('receipts'), ['PUT /api/me/plan/receipts/2'])
  const tags = (await sent('GET /api/me/plan')).map(({ headers }) => headers['if-none-match'] || null)
  equal([tags[0], tags[tags.length - 1]], [null, '"2"'])
  equal(second.store.plan().number, 2)
  await service(...rules({ plan: { body: plan(3), headers: { ETag: '"3"' } } }))
  await second.sync.now()
  await second.sync.now()
  equal(await calls('receipts'), ['PUT /api/me/plan/receipts/2', 'PUT /api/me/plan/receipts/3'])
})

test('an empty plan is not said to be received', async () => {
  const { sync } = await paired()
  await service(...rules({ plan: { body: plan(0) } }))
  await sync.now()
  equal(await calls('receipts'), [])
})

test('what waits goes out before anything comes in', async () => {
  const { sync, queue } = await paired()
  await service(...rules())
  await queue.add({ id: 'u', kind: 'use', method: 'PUT', path: '/api/me/plan/uses/u', body: {} })
  await sync.now()
  equal((await calls('/api/me'))[0], 'PUT /api/me/plan/uses/u')
})

test('calls at the same time share a round, and one meanwhile makes one more', async () => {
  const { sync } = await paired()
  await service(...rules({ plan: { body: plan(0) } }))
  await Promise.all([sync.now(), sync.now(), sync.now()])
  equal((await calls('GET /api/me/checkins')).length, 2)
})

test('something queued is sent at once when the app runs', async () => {
  const { sync, queue } = await paired()
  await service(...rules())
  await sync.start()
  await queue.add({ id: 'u', kind: 'use', method: 'PUT', path: '/api/me/plan/uses/u', body: {} })
  await until(() => queue.waiting() === 0, 'it is sent')
})

test('online, offline and back is told each time it changes', async () => {
  const { sync, store } = await paired()
  const heard = []
  store.on('online', (state) => heard.push(state))
  equal(sync.online(), 'unknown')
  await service()
  await sync.now()
  await sync.now()
  await service(...rules())
  await sync.now()
  equal(heard, ['offline', 'online'])
})

test('an answer that was under way when the network went does not say that it is there', async () => {
  const { sync, store, window } = await paired()
  await service(...rules())
  await sync.start()
  await sync.now()
  const heard = []
  store.on('online', (state) => heard.push(state))
  const ask = window.fetch.bind(window)
  window.fetch = async (...request) => {
    const answer = await ask(...request)
    await service()
    window.dispatchEvent(new Event('offline'))
    window.fetch = ask
    return answer
  }
  await sync.now()
  equal([heard, sync.online()], [['offline'], 'offline'])
  await service(...rules())
  await sync.now()
  equal([heard, sync.online()], [['offline', 'online'], 'online'])
})

test('a new step in the case is told', async () => {
  const { sync, store } = await paired()
  const heard = []
  store.on('kase', () => heard.push(store.kase() && store.kase().state))
  for (const kase of [null, { ...CASE, state: 'waiting' }, CASE, CASE, null]) {
    await service(...rules({ kase }))
    await sync.now()
  }
  equal(heard, [null, 'waiting', 'seen', null])
})

test('while locked only the case is asked for, and unlocking brings the rest', async () => {
  const first = await paired('pin', { pin: '4071' })
  first.close()
  const { sync, store, vault } = await restarted()
  await service(...rules({ kase: CASE }))
  await sync.start()
  await sync.now()
  equal([...new Set(await calls('GET'))], ['GET /api/me/case'])
  equal(store.kase().state, 'seen')
  await vault.unlock({ pin: '4071' })
  await until(() => store.plan(), 'the plan')
})

test('a choice that is not sent yet is not overwritten by an older one', async () => {
  const { sync, store, queue } = await paired()
  await store.put('preferences', { language: 'es' })
  const chosen = { method: 'PUT', path: '/api/me/preferences', body: { language: 'es' } }
  await queue.add({ id: 'p', kind: 'preferences', ...chosen })
  await service({ on: 'PUT', status: 503, body: {} }, ...rules())
  await sync.now()
  equal(store.preferences().language, 'es')
})

test('one part that fails does not keep the others away', async () => {
  const { sync, store } = await paired()
  await service({ on: 'GET /api/me/plan', status: 500, body: {} }, ...rules({ kase: CASE }))
  await sync.now()
  equal([store.plan(), store.kase().state, sync.online()], [null, 'seen', 'online'])
})

test('a session ended elsewhere stops the round and empties the phone', async () => {
  const { sync, store, vault } = await paired()
  await service({ on: 'GET', status: 401, body: { status: 401 }, type: 'application/problem+json' })
  await sync.now()
  equal([vault.paired(), store.gone(), (await calls('GET')).length], [false, 'signed_out', 1])
})

const OVER = { type: 'about:discharged', title: 'Your time with the programme has ended', status: 403 }
const over = (on) => ({ on, status: 403, body: OVER, type: 'application/problem+json' })

test('a discharged client keeps the plan, and what they send is refused in words', async () => {
  const first = await paired()
  await service(...rules({ kase: CASE }))
  await first.sync.now()
  const before = (await calls('GET')).length
  await service(over('GET'), over('PUT'))
  await first.queue.add({ id: 'h1', kind: 'help', method: 'PUT', path: '/api/me/help/h1', body: {} })
  await first.sync.now()
  const [entry] = first.queue.list().filter(({ id }) => id === 'h1')
  equal([entry.state, entry.problem.type], ['refused', 'about:discharged'])
  equal([first.vault.paired(), first.store.gone(), first.store.left()], [true, null, true])
  equal((await calls('GET')).length <= before + 2, true)
  first.close()
  await service()
  const { store } = await restarted()
  equal([store.plan().number, store.left(), store.gone()], [2, true, null])
})

test('a service in trouble does not say that somebody is back, an answer does', async () => {
  const { sync, store } = await paired()
  await service(over('GET'))
  await sync.now()
  await service({ on: 'GET', status: 503, body: {} })
  await sync.now()
  equal(store.left(), true)
  await service(...rules())
  await sync.now()
  equal([store.left(), store.plan().number], [false, 2])
})

test('the browser is asked once to keep the plan', async () => {
  let asked = 0
  const count = (window) => {
    window.navigator.storage.persist = async () => {
      asked += 1
      return false
    }
  }
  const first = await paired('open', {}, count)
  await first.sync.start()
  first.close()
  const second = await restarted(count)
  await second.sync.start()
  equal(asked, 1)
})

test('with the clock of the phone wrong by years everything still goes', async () => {
  for (const wall of [-86400 * 800, 86400 * 800]) {
    const { moved, install } = clocks()
    const { sync, queue, store, vault, close } = await paired('open', {}, install)
    await service(...rules({ kase: CASE }))
    moved.wall = wall
    await queue.add({ id: `u${wall}`, kind: 'use', method: 'PUT', path: `/api/me/plan/uses/${wall}`, body: {} })
    moved.wall = -wall
    await queue.add({ id: `v${wall}`, kind: 'use', method: 'PUT', path: `/api/me/plan/uses/v${wall}`, body: {} })
    await sync.now()
    equal([queue.waiting(), store.plan().number], [0, 2])
    equal((await calls('uses')).slice(-2).map((call) => call.includes('/v')), [false, true])
    await vault.wipe('wiped')
    close()
  }
})

test('news that the service did not give just now is not taken for news of now', async () => {
  const { moved, install } = clocks()
  const app = await paired('open', {}, install)
  await service(...rules({ kase: CASE }))
  moved.tick = -60
  ok(app.sync.isCurrent('kase'), 'on its way')
  moved.tick = 4
  ok(!app.sync.isCurrent('kase'), 'not on its way any more')
  await app.sync.now()
  ok(app.sync.isCurrent('kase') && app.sync.isCurrent('checkins'), 'told')
  const told = []
  app.store.on('online', () => told.push(app.sync.isCurrent('kase')))
  await service({ on: 'GET /api/me/case', status: 503, body: {} }, ...rules())
  await app.sync.now()
  equal([app.sync.online(), app.sync.isCurrent('kase'), app.sync.isCurrent('checkins'), told], ['online', false, true, [false]])
  await service()
  await app.sync.now()
  equal([app.sync.isCurrent('checkins'), app.sync.isCurrent('me')], [false, false])
})
