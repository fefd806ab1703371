import { calls, equal, paired, restarted, sent, service, test } from './harness.js'
import { USE, ALL, answer, help, use, states, paths } from './sending.js'

test('offline it waits, and with the network it goes once', async () => {
  const { queue } = await paired()
  await service()
  await queue.add(answer('a1'))
  equal(await queue.replay(), { offline: true })
  equal(states(queue), ['a1 waiting'])
  await service(...ALL)
  equal(await queue.replay(), { offline: false })
  equal(states(queue), ['a1 sent'])
  await queue.replay()
  equal((await calls('PUT')).length, 2, 'one try without a network, one with it')
  const [entry] = queue.list()
  equal([entry.received_at, entry.reply.coverage, entry.body], ['2026-01-14T15:34:00Z', 'ok', {}])
})

test('what waits goes in the order it was said', async () => {
  const { queue } = await paired()
  for (const id of ['u1', 'u2', 'u3']) await queue.add(use(id))
  await service(...ALL)
  await queue.replay()
  equal(await paths(), ['plan/uses/u1', 'plan/uses/u2', 'plan/uses/u3'])
})

test('help and answers go before everyday things and keep their own order', async () => {
  const { queue } = await paired()
  for (const entry of [use('u1'), answer('a1'), use('u2'), help('h1'), answer('a2')]) await queue.add(entry)
  await service(...ALL)
  await queue.replay()
  const order = ['checkins/a1/answer', 'help/h1', 'checkins/a2/answer', 'plan/uses/u1', 'plan/uses/u2']
  equal(await paths(), order)
})

test('without a network nothing behind the first is tried', async () => {
  const { queue } = await paired()
  for (const id of ['u1', 'u2', 'u3']) await queue.add(use(id))
  await service()
  await queue.replay()
  equal(await paths(), ['plan/uses/u1'])
})

test('a refused one is kept and shown with its reason, and the next goes on', async () => {
  const { queue } = await paired()
  await queue.add(answer('a1'))
  await queue.add(answer('a2'))
  const conflict = { title: 'This does not fit', status: 409 }
  const type = 'application/problem+json'
  await service({ on: 'PUT /api/me/checkins/a1', status: 409, body: conflict, type }, ...ALL)
  await queue.replay()
  equal(states(queue), ['a1 refused', 'a2 sent'])
  equal([queue.list()[0].problem, queue.list()[0].body.answers], [conflict, { mood: 3 }])
  equal(await queue.dismiss('a1'), true)
  equal(states(queue), ['a2 sent'])
})

test('what waits cannot be dismissed', async () => {
  const { queue } = await paired()
  await queue.add(answer('a1'))
  equal(await queue.dismiss('a1'), false)
  equal(states(queue), ['a1 waiting'])
})

test('every other 4xx is refused too, and every wait is a wait', async () => {
  const { queue } = await paired()
  const waits = [408, 425, 429, 500, 502, 503, 504]
  for (const status of [400, 403, 404, 410, 413, 415, 422, ...waits]) {
    await queue.add(use(`s${status}`))
    await service({ on: 'PUT', status, body: { title: 'no', status }, type: 'application/problem+json' })
    await queue.replay()
    const entry = queue.list().find((each) => each.id === `s${status}`)
    equal(entry.state, waits.includes(status) ? 'waiting' : 'refused', status)
    await service(USE)
    await queue.replay()
  }
  equal(queue.waiting(), 0)
})

test('a fault of the service keeps the order, but does not stand before a cry for help', async () => {
  const { queue } = await paired()
  for (const entry of [answer('a1'), answer('a2'), help('h1'), use('u1')]) await queue.add(entry)
  await service({ on: 'PUT /api/me/checkins/a1', status: 500, body: {} }, ...ALL)
  await queue.replay()
  equal(states(queue), ['a1 waiting', 'a2 waiting', 'h1 sent', 'u1 waiting'])
  await service(...ALL)
  await queue.replay()
  equal(await paths(), ['checkins/a1/answer', 'help/h1', 'checkins/a1/answer', 'checkins/a2/answer', 'plan/uses/u1'])
})

test('Retry-After is followed, and nobody overtakes meanwhile', async () => {
  const { queue } = await paired()
  await queue.add(use('u1'))
  await queue.add(use('u2'))
  await service({ on: 'PUT', status: 503, body: {}, headers: { 'Retry-After': '1' }, times: 1 }, ...ALL)
  await queue.replay()
  await queue.replay()
  equal(await paths(), ['plan/uses/u1'])
  await new Promise((resolve) => setTimeout(resolve, 1050))
  await queue.replay()
  equal(await paths(), ['plan/uses/u1', 'plan/uses/u1', 'plan/uses/u2'])
})

test('a page of the café network is no receipt, nor is an answer without one', async () => {
  const { queue } = await paired()
  await queue.add(answer('a1'))
  await service({ on: 'PUT', status: 200, body: '<p>Welcome</p>', type: 'text/html' })
  await queue.replay()
  equal(states(queue), ['a1 waiting'])
  await service({ on: 'PUT', status: 200, body: { fine: true } })
  await queue.replay()
  equal(states(queue), ['a1 waiting'])
})

test('what a service in trouble has not taken is known to be stuck until it arrives', async () => {
  const { queue } = await paired()
  const stuck = () => queue.list().map((entry) => `${entry.id} ${entry.stuck}`)
  await queue.add(help('h1'))
  await queue.add(answer('a1'))
  equal(stuck(), ['h1 false', 'a1 false'], 'no try has ended')
  await service({ on: 'PUT', status: 502, body: '<p>Bad gateway</p>', type: 'text/html' })
  await queue.replay()
  equal(stuck(), ['h1 true', 'a1 true'])
  await service({ on: 'PUT', status: 429, body: {}, headers: { 'Retry-After': '60' } })
  await queue.replay()
  await queue.replay()
  equal(stuck(), ['h1 true', 'a1 true'], 'while it waits')
  await queue.add(answer('a2'))
  equal(stuck()[2], 'a2 false')
  await queue.replay()
  equal(stuck()[2], 'a2 true', 'it stands behind the others')
})

test('the same id twice is one thing, also when tapped at once', async () => {
  const { queue } = await paired()
  await Promise.all([queue.add(answer('a1')), queue.add(answer('a1', { mood: 9 }))])
  await queue.add(answer('a1'))
  await service(...ALL)
  await queue.replay()
  await queue.add(answer('a1'))
  await queue.replay()
  equal(await paths(), ['checkins/a1/answer'])
  equal(JSON.parse((await sent('PUT'))[0].body).answers, { mood: 3 })
})

test('a preference said twice under one id is sent twice, the latest last', async () => {
  const { queue } = await paired()
  const path = '/api/me/preferences'
  const preference = (reminders) => ({ id: 'p', kind: 'preferences', method: 'PUT', path, body: { reminders } })
  await queue.add(preference(true))
  await queue.add(preference(false))
  await service(...ALL)
  await queue.replay()
  equal((await sent('PUT')).map(({ body }) => body), ['{"reminders":true}', '{"reminders":false}'])
})

test('an answer that was refused can be said again', async () => {
  const { queue } = await paired()
  await queue.add(answer('a1'))
  await service({ on: 'PUT', status: 422, body: { status: 422 }, times: 1 }, ...ALL)
  await queue.replay()
  await queue.add(answer('a1', { mood: 5 }))
  await queue.replay()
  equal(states(queue), ['a1 sent'])
})

test('the latest twenty that were sent stay to be seen, receipts do not', async () => {
  const { queue, close } = await paired()
  await service(...ALL)
  for (let turn = 1; turn <= 23; turn += 1) await queue.add(use(`u${turn}`))
  await queue.add({ id: 'r', kind: 'receipt', method: 'PUT', path: '/api/me/plan/receipts/1' })
  await queue.replay()
  close()
  const second = await restarted()
  const left = second.queue.list().map((entry) => entry.id)
  equal([left.length, left[0], left[19]], [20, 'u4', 'u23'])
  equal((await sent('receipts')).map(({ body }) => body), [null])
})
