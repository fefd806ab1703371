import { authenticator, clocks, disk, equal, full, ok, paired, refused, restarted, tab, tamper, test, until } from './harness.js'

const PIN = '4071'
const SECRET = { text: 'the words of a person' }

test('what is sealed opens again, and each time looks different', async () => {
  const { vault } = await paired()
  const one = await vault.seal('main', 'sealed/plan', SECRET)
  const two = await vault.seal('main', 'sealed/plan', SECRET)
  equal(await vault.unseal('main', 'sealed/plan', one), SECRET)
  ok(String(one.n) !== String(two.n) && String(one.c) !== String(two.c), 'two seals of one value are alike')
  equal(one.n.length, 12, 'nonce')
})

test('a record does not open in another place or under the other key', async () => {
  const { vault } = await paired()
  const record = await vault.seal('main', 'sealed/plan', SECRET)
  await refused(() => vault.unseal('main', 'sealed/me', record))
  await refused(() => vault.unseal('device', 'sealed/plan', record))
  const device = await vault.seal('device', 'device/help', SECRET)
  await refused(() => vault.unseal('device', 'queue/1', device))
})

test('one flipped bit anywhere in a record is noticed', async () => {
  const { vault } = await paired()
  const record = await vault.seal('device', 'x', SECRET)
  for (const part of ['n', 'c']) {
    for (const at of record[part].keys()) {
      const changed = { n: record.n.slice(), c: record.c.slice() }
      changed[part][at] ^= 1
      await refused(() => vault.unseal('device', 'x', changed), `${part}[${at}]`)
    }
  }
})

test('no key on the disk can be read out, and the main key is there only wrapped', async () => {
  await paired('open')
  const keys = (await disk()).filter(([store]) => store === 'keys')
  const plain = keys.map(([, , value]) => value).filter((value) => value instanceof CryptoKey)
  equal(plain.map((key) => key.extractable), [false, false])
  const main = keys.find(([, name]) => name === 'main')[2]
  ok(!(main instanceof CryptoKey) && main.key.c.length === 48, 'the main key is not wrapped')
})

test('a phone without a lock is open after a restart', async () => {
  const first = await paired('open')
  const record = await first.vault.seal('main', 'p', SECRET)
  first.close()
  const { begun, vault } = await restarted()
  equal([begun.paired, begun.mode, begun.locked], [true, 'open', false])
  equal(await vault.unseal('main', 'p', record), SECRET)
})

test('the right PIN opens, and until then the plan is shut and the numbers are open', async () => {
  const first = await paired('pin', { pin: PIN })
  const plan = await first.vault.seal('main', 'p', SECRET)
  const numbers = await first.vault.seal('device', 'd', SECRET)
  first.close()
  const { begun, vault } = await restarted()
  equal([begun.mode, begun.locked], ['pin', true])
  equal((await refused(() => vault.unseal('main', 'p', plan))).code, 'locked')
  equal(await vault.unseal('device', 'd', numbers), SECRET)
  equal(await vault.unlock({ pin: '4072' }), { ok: false, waitSeconds: 0, left: 4 })
  equal(vault.isLocked(), true)
  equal(await vault.unlock({ pin: PIN }), { ok: true, waitSeconds: 0, left: null })
  equal(await vault.unseal('main', 'p', plan), SECRET)
})

test('locking forgets the main key and the right PIN brings it back', async () => {
  const { vault } = await paired('pin', { pin: PIN })
  const record = await vault.seal('main', 'p', SECRET)
  vault.lock()
  equal(vault.isLocked(), true)
  await refused(() => vault.unseal('main', 'p', record))
  await refused(() => vault.seal('main', 'p', SECRET))
  await vault.unlock({ pin: PIN })
  equal(await vault.unseal('main', 'p', record), SECRET)
})

test('a PIN that is too short is refused before anything is made', async () => {
  const app = await tab()
  await app.store.load()
  equal((await refused(() => app.vault.setUp('pin', { pin: '123' }))).code, 'pin')
  equal((await refused(() => app.vault.setUp('pin'))).code, 'pin')
  equal((await refused(() => app.vault.setUp('telepathy'))).code, 'passkey')
  equal(app.vault.paired(), false)
  equal((await disk()).filter(([store, key]) => store === 'keys' && key === 'main'), [])
})

test('wrong PINs: five are free, then pauses grow, and nothing is ever wiped', async () => {
  const { moved, install } = clocks()
  const { vault } = await paired('pin', { pin: PIN }, install)
  const record = await vault.seal('main', 'p', SECRET)
  vault.lock()
  const waits = []
  for (let turn = 0; turn < 8; turn += 1) {
    const { ok: opened, waitSeconds } = await vault.unlock({ pin: '0000' })
    equal(opened, false)
    waits.push(waitSeconds)
    moved.tick += waitSeconds
    moved.wall += waitSeconds
  }
  // A pause runs from the try on; a slow machine is some seconds into it when it hears of it.
  const pauses = [0, 0, 0, 0, 30, 60, 120, 300]
  ok(waits.length === 8 && waits.every((wait, at) => wait <= pauses[at] && wait >= pauses[at] * 0.7), `waits ${waits}`)
  equal((await vault.unlock({ pin: PIN })).ok, true)
  equal(await vault.unseal('main', 'p', record), SECRET)
  vault.lock()
  equal((await vault.unlock({ pin: '0000' })).left, 4, 'the count begins anew after the right PIN')
})

test('during a pause even the right PIN waits, and asking costs nothing', async () => {
  const { moved, install } = clocks()
  const { vault } = await paired('pin', { pin: PIN }, install)
  vault.lock()
  for (let turn = 0; turn < 5; turn += 1) await vault.unlock({ pin: '0000' })
  for (let turn = 0; turn < 3; turn += 1) {
    const early = await vault.unlock({ pin: PIN })
    ok(!early.ok && early.waitSeconds > 25 && early.waitSeconds <= 30, `waits ${early.waitSeconds}`)
  }
  moved.tick += 31
  moved.wall += 31
  equal((await vault.waiting()).waitSeconds, 0)
  equal((await vault.unlock({ pin: PIN })).ok, true)
})

test('a pause outlives a restart, and a clock set on or back does not get round it', async () => {
  const first = await paired('pin', { pin: PIN })
  first.vault.lock()
  for (let turn = 0; turn < 5; turn += 1) await first.vault.unlock({ pin: '0000' })
  first.close()
  const later = clocks()
  later.moved.wall = 86400
  const ahead = await restarted(later.install)
  const floor = (await ahead.vault.unlock({ pin: PIN })).waitSeconds
  ok(floor > 10 && floor <= 20, `set on: waits ${floor}`)
  later.moved.tick = 21
  equal((await ahead.vault.waiting()).waitSeconds, 0, 'after the floor')
  ahead.close()
  const earlier = clocks()
  earlier.moved.wall = -86400 * 365
  const behind = await restarted(earlier.install)
  const pause = (await behind.vault.unlock({ pin: PIN })).waitSeconds
  ok(pause > 20 && pause <= 30, `set back: waits ${pause}`)
})

test('closing the app in the middle of a try gives no try for free', async () => {
  const first = await paired('pin', { pin: PIN })
  first.vault.lock()
  first.vault.unlock({ pin: '0000' })
  await until(async () => (await first.vault.waiting()).left === 4, 'the try is counted')
  first.close()
  const { vault } = await restarted()
  equal((await vault.waiting()).left, 4)
})

test('changing the lock keeps the key, and the old lock is no longer asked', async () => {
  const first = await paired('open')
  const record = await first.vault.seal('main', 'p', SECRET)
  await first.vault.changeLock('pin', { pin: PIN })
  equal(first.vault.mode(), 'pin')
  equal(await first.vault.unseal('main', 'p', record), SECRET)
  first.close()
  const second = await restarted()
  equal([second.begun.mode, second.begun.locked], ['pin', true])
  await second.vault.unlock({ pin: PIN })
  await second.vault.changeLock('pin', { pin: '99887766' })
  second.vault.lock()
  equal((await second.vault.unlock({ pin: PIN })).ok, false)
  equal((await second.vault.unlock({ pin: '99887766' })).ok, true)
  await second.vault.changeLock('open')
  second.close()
  const third = await restarted()
  equal(third.begun.locked, false)
  equal(await third.vault.unseal('main', 'p', record), SECRET)
})

test('a lock that cannot be made leaves the old one, as does a crash on the way', async () => {
  const first = await paired('pin', { pin: PIN })
  const record = await first.vault.seal('main', 'p', SECRET)
  await refused(() => first.vault.changeLock('passkey'))
  equal(first.vault.mode(), 'pin')
  first.vault.changeLock('pin', { pin: '55555' })
  first.close()
  const second = await restarted()
  const opened = (await second.vault.unlock({ pin: PIN })).ok || (await second.vault.unlock({ pin: '55555' })).ok
  equal(opened, true)
  equal(await second.vault.unseal('main', 'p', record), SECRET)
})

test('the lock cannot be changed while it is shut', async () => {
  const { vault } = await paired('pin', { pin: PIN })
  vault.lock()
  equal((await refused(() => vault.changeLock('open'))).code, 'locked')
  equal((await refused(() => vault.setUp('open'))).code, 'locked')
})

test('a wrapped key from another lock is not taken for an open one', async () => {
  const first = await paired('pin', { pin: PIN })
  first.close()
  await tamper('keys', 'main', (held) => ({ ...held, mode: 'open' }))
  const { begun } = await restarted()
  equal([begun.broken, begun.locked], [false, true])
})

test('a passkey with prf locks and opens', async () => {
  await authenticator(true)
  const { vault, close } = await paired('passkey')
  equal(await vault.passkeyPossible(), true)
  const record = await vault.seal('main', 'p', SECRET)
  vault.lock()
  equal((await vault.unlock()).ok, true)
  equal(await vault.unseal('main', 'p', record), SECRET)
  close()
  const second = await restarted()
  equal([second.begun.mode, second.begun.locked], ['passkey', true])
  equal((await second.vault.unlock()).ok, true)
  equal(await second.vault.unseal('main', 'p', record), SECRET)
})

test('a passkey without prf is no lock', async () => {
  await authenticator(false)
  const app = await tab()
  await app.store.load()
  equal((await refused(() => app.vault.setUp('passkey'))).code, 'passkey')
  equal(app.vault.paired(), false)
})

test('locking one tab locks the other', async () => {
  const one = await paired('pin', { pin: PIN })
  const two = await restarted()
  await two.vault.unlock({ pin: PIN })
  one.vault.lock()
  await until(() => two.vault.isLocked(), 'the other tab is locked')
})

test('a full phone opens for the right PIN, after a pause', async () => {
  const { moved, install } = clocks()
  const app = await paired('pin', { pin: '4071' }, install)
  app.vault.lock()
  full(app)
  ok((await app.vault.unlock({ pin: '4071' })).waitSeconds > 0, 'none of these tries is free')
  moved.tick += 21
  equal((await app.vault.unlock({ pin: '0000' })).ok, false)
  ok((await app.vault.unlock({ pin: '4071' })).waitSeconds > 0, 'nor is the next')
  moved.tick += 900
  moved.wall += 900
  equal((await app.vault.unlock({ pin: '4071' })).ok, true)
})
