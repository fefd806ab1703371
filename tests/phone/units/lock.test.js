import { clocks, equal, paired, service, test, until } from './harness.js'

async function begin(minutes) {
  const { moved, install } = clocks()
  const app = await paired('pin', { pin: '4071' }, install)
  app.lock.startAutoLock(minutes)
  const turn = (state) => {
    Object.defineProperty(app.window.document, 'visibilityState', { value: state, configurable: true })
    app.window.document.dispatchEvent(new app.window.Event('visibilitychange'))
  }
  return { ...app, moved, turn, tap: () => app.window.dispatchEvent(new app.window.Event('pointerdown')) }
}

test('it locks when nobody touched it for the time that was chosen', async () => {
  const { vault, moved, turn, tap } = await begin(5)
  moved.tick = 299
  tap()
  moved.tick = 590
  turn('visible')
  equal(vault.isLocked(), false)
  moved.tick = 600
  turn('visible')
  equal(vault.isLocked(), true)
})

test('it locks on return from a sleep that only one of the clocks saw', async () => {
  for (const clock of ['tick', 'wall']) {
    const { vault, moved, turn, close } = await begin(5)
    turn('hidden')
    moved[clock] = 301
    turn('visible')
    equal(vault.isLocked(), true, clock)
    await vault.wipe('wiped')
    close()
  }
})

test('a tap on a page that slept past its time does not keep it open', async () => {
  const { vault, moved, tap } = await begin(5)
  moved.tick = 301
  tap()
  equal(vault.isLocked(), true)
})

test('with no minutes it locks once out of sight, with none chosen never', async () => {
  const one = await begin(0)
  one.turn('visible')
  equal(one.vault.isLocked(), false)
  one.turn('hidden')
  equal(one.vault.isLocked(), true)
  await one.vault.unlock({ pin: '4071' })
  one.lock.startAutoLock(null)
  one.moved.tick = 86400
  one.turn('hidden')
  equal(one.vault.isLocked(), false)
})

test('locking by itself does not keep help from going out', async () => {
  const { vault, queue, moved, tap } = await begin(5)
  moved.tick = 301
  tap()
  equal(vault.isLocked(), true)
  await service({ on: 'PUT', body: { received_at: '2026-01-14T15:34:00Z' } })
  await queue.add({ id: 'h', kind: 'help', method: 'PUT', path: '/api/me/help/h', body: {} })
  await queue.replay()
  await until(() => queue.list()[0].state === 'sent', 'it is sent')
})
