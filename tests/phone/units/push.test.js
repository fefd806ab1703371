import { disk, equal, ok, readable, sent, service, tab, test } from './harness.js'

const KEY = 'BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM'
const OTHER = `${KEY.slice(0, -4)}AAAA`
const keyOf = (key) => ({ on: 'GET /api/push-key', body: { key } })
const TAKEN = { on: 'PUT /api/me/devices/', body: { id: 'x', channel: 'webpush', registered_at: '2026-01-14T15:00:00Z' } }
const GONE = { on: 'DELETE /api/me/devices/', status: 204 }

/** The push parts of a browser, which reach no push service here. `asks` is what the person says when asked. */
function browserWith(asks = 'granted') {
  const seen = { asked: 0, subscribed: [], unsubscribed: 0, current: null, permission: 'default' }
  const manager = {
    getSubscription: async () => seen.current,
    subscribe: async ({ userVisibleOnly, applicationServerKey }) => {
      ok(userVisibleOnly, 'a push that shows nothing is not allowed')
      const endpoint = `https://push.example/${seen.subscribed.length}`
      const keys = { p256dh: 'point', auth: 'secret' }
      seen.subscribed.push(applicationServerKey.length)
      seen.current = {
        endpoint,
        options: { applicationServerKey: applicationServerKey.buffer },
        toJSON: () => ({ endpoint, expirationTime: null, keys }),
        unsubscribe: async () => {
          seen.unsubscribed += 1
          seen.current = null
          return true
        },
      }
      return seen.current
    },
  }
  const worker = { pushManager: manager }
  const listeners = []
  const container = {
    ready: Promise.resolve(worker),
    getRegistration: async () => worker,
    addEventListener: (_name, fn) => listeners.push(fn),
  }
  class Notification {
    static get permission() {
      return seen.permission
    }
    static async requestPermission() {
      seen.asked += 1
      seen.permission = asks
      return asks
    }
  }
  const install = (window) => {
    Object.defineProperty(window.navigator, 'serviceWorker', { value: container })
    Object.defineProperty(window, 'PushManager', { value: class {} })
    Object.defineProperty(window, 'Notification', { value: Notification })
  }
  return { seen, install, hear: (data) => listeners.forEach((fn) => fn({ data })) }
}

test('nobody is asked before they tap, and one tap brings notices', async () => {
  const { seen, install } = browserWith()
  service(keyOf(KEY), TAKEN)
  const { push } = await tab(install)
  equal(push.possible(), true)
  equal(await push.state(), 'off')
  equal(await push.renew(), false)
  equal(seen.asked, 0)

  equal(await push.turnOn(), true)
  equal([seen.asked, seen.subscribed, push.problem(), await push.state()], [1, [65], null, 'on'])
  const [{ call, body }] = await sent('PUT /api/me/devices/')
  ok(/^PUT \/api\/me\/devices\/[0-9a-f-]{36}$/.test(call), call)
  const subscription = { endpoint: 'https://push.example/0', keys: { p256dh: 'point', auth: 'secret' } }
  equal(JSON.parse(body), { channel: 'webpush', subscription })
  ok(!readable(await disk()).includes('push.example'), 'the address is kept nowhere')
})

test('a phone says no, and the words say where that can be changed', async () => {
  const { seen, install } = browserWith('denied')
  service(keyOf(KEY), TAKEN)
  const { push } = await tab(install)

  equal(await push.turnOn(), false)
  equal([push.problem(), await push.state(), seen.subscribed], ['push.blocked', 'blocked', []])
  equal(await sent(), [])
})

test('a team without a key, and a service that refuses', async () => {
  const { install } = browserWith()
  const { push } = await tab(install)
  service(keyOf(null))
  equal([await push.turnOn(), push.problem()], [false, 'push.not_set_up'])
  service(keyOf(KEY), { ...TAKEN, status: 422, body: { title: 'Invalid', errors: [] } })
  equal([await push.turnOn(), push.problem()], [false, 'push.failed'])
  service()
  equal([await push.turnOn(), push.problem()], [false, 'push.offline'])
})

test('a choice made without a network is told at the next start', async () => {
  const { seen, install } = browserWith()
  service(keyOf(KEY))
  const before = await tab(install)
  equal([await before.push.turnOn(), before.push.problem()], [false, 'push.offline'])
  before.close()

  service(keyOf(KEY), TAKEN)
  const { push } = await tab(install)
  equal([await push.renew(), await push.state(), seen.subscribed.length], [true, 'on', 1])
  equal((await sent('PUT')).length, 2)
})

test('a choice that never came as far as a subscription is made good at the next start', async () => {
  const { seen, install } = browserWith()
  service()
  const before = await tab(install)
  equal([await before.push.turnOn(), before.push.problem(), seen.subscribed], [false, 'push.offline', []])
  before.close()

  service(keyOf(KEY), TAKEN)
  const { push } = await tab(install)
  equal([await push.renew(), await push.state(), seen.subscribed.length], [true, 'on', 1])
})

test('a start soon after says nothing, one after a day says it again under the same id', async () => {
  const { install } = browserWith()
  service(keyOf(KEY), TAKEN)
  const { push, db } = await tab(install)
  await push.turnOn()
  await push.renew()
  equal((await sent('PUT')).length, 1)
  await db.update('meta', 'push', (was) => ({ ...was, at: was.at - 86400001 }))
  await push.renew()
  equal(new Set((await sent('PUT')).map(({ call }) => call)).size, 1)
  equal((await sent('PUT')).length, 2)
})

test('a subscription that was lost or replaced is mended', async () => {
  const { seen, install, hear } = browserWith()
  service(keyOf(KEY), TAKEN)
  const { push } = await tab(install)
  await push.turnOn()
  seen.current = null
  equal([await push.renew(), seen.subscribed.length], [true, 2])
  await push.follow()
  seen.current = null
  hear({ type: 'push-changed' })
  for (let turn = 0; turn < 100 && seen.subscribed.length < 3; turn += 1) await new Promise((go) => setTimeout(go, 20))
  equal(seen.subscribed.length, 3)
})

test('another key of the service means another subscription', async () => {
  const { seen, install } = browserWith()
  service(keyOf(KEY), TAKEN)
  const { push } = await tab(install)
  await push.turnOn()
  await push.turnOn()
  equal([seen.subscribed.length, seen.unsubscribed], [1, 0])
  service(keyOf(OTHER), TAKEN)
  await push.turnOn()
  equal([seen.subscribed.length, seen.unsubscribed], [2, 1])
})

test('turning off ends the subscription, with a network and without', async () => {
  const { seen, install } = browserWith()
  service(keyOf(KEY), TAKEN, GONE)
  const { push } = await tab(install)
  await push.turnOn()
  equal([await push.turnOff(), await push.state(), seen.unsubscribed], [true, 'off', 1])
  const [registered, removed] = await sent('/api/me/devices/')
  equal(removed.call, registered.call.replace('PUT', 'DELETE'))

  await push.turnOn()
  service()
  equal([await push.turnOff(), push.problem(), seen.current], [false, 'push.offline', null])
  equal([await push.state(), await push.renew()], ['off', false])
})

test('an iPhone has to put the app on its home screen first', async () => {
  const { push } = await tab((window) => {
    delete window.PushManager
    Object.defineProperty(window.navigator, 'standalone', { value: false })
  })
  equal([push.possible(), await push.state()], [false, 'install'])
  equal([await push.turnOn(), push.problem()], [false, 'push.install'])
})

test('a browser without notices says so and breaks nothing', async () => {
  const { push } = await tab((window) => delete window.PushManager)
  equal([push.possible(), await push.state(), await push.turnOn(), push.problem()], [false, 'none', false, 'push.none'])
  equal([await push.turnOff(), await push.renew()], [true, false])
})
