import { disk, equal, full, ok, paired, readable, restarted, tab, test, until } from './harness.js'

const M = (what) => `marker-${what}-ñ`
const PLAN = {
  number: 3,
  published_at: '2026-01-13T15:00:00Z',
  dial: { h1: 'tel:+13125550107', d1: 'tel:+13125550101' },
  crisis_lines: [
    { key: 'own', kind: 'call', name: M('line'), number: '312-555-0100', href: 'tel:+13125550100' },
    { key: 'food', kind: 'social', name: 'Food', number: '312-555-0111', href: 'tel:+13125550111' },
  ],
  document: {
    alias: M('alias'),
    warning_signs: [{ id: 'w1', text: M('sign'), stage: 'early' }],
    coping: [{ id: 'c1', text: M('coping'), likelihood: 4, obstacle: M('obstacle') }],
    distractions: [
      { id: 'd1', text: M('friend'), kind: 'person', phone: '312-555-0101', where: null },
      { id: 'd2', text: M('place'), kind: 'place', phone: null, where: 'Elm Street' },
    ],
    helpers: [
      { id: 'h1', name: M('helper'), phone: '312-555-0107', relation: 'sister', best_times: 'evenings' },
      { id: 'h2', name: M('neighbour'), phone: null, relation: null, best_times: null },
    ],
    professionals: [{ id: 'p1', name: M('clinic'), phone: '312-555-0100', role: null, hours: 'weekdays' }],
    reasons: [{ id: 'r1', text: M('reason') }],
  },
}
const OPEN = [
  { id: 'a1', items: [] },
  { id: 'a2', items: [] },
]
const CHECKINS = { open: OPEN, next: null, recent: [], anytime: { items: [] }, coverage: M('cover') }

async function filled(mode = 'open', more = {}) {
  const app = await paired(mode, more)
  const { store, queue } = app
  await store.put('me', { id: 'x', name: M('name') })
  await store.put('plan', PLAN, { etag: '"3"' })
  await store.put('checkins', CHECKINS)
  await store.put('kase', { id: 'k', sentence: M('case'), closed_at: null })
  await store.put('history', { entries: [M('history')] })
  await store.put('preferences', { language: 'en', note: M('preferences') })
  await store.put('consents', { items: [{ text: M('consent') }] })
  await store.put('settings', { text_size: 'large', note: M('settings') })
  await store.saveDraft('a1', { free: M('draft') }, 2)
  const path = `/api/me/checkins/a1/answer?${M('path')}`
  await queue.add({ id: 'a1', kind: 'answer', method: 'PUT', path, body: { t: M('answer') }, label: M('label') })
  return app
}

test('nothing a person wrote or is called can be read on the disk, whatever the lock', async () => {
  for (const [mode, more] of [['open', {}], ['pin', { pin: '4071' }]]) {
    const app = await filled(mode, more)
    const rows = await disk()
    ok(rows.length > 10, `only ${rows.length} records`)
    const found = readable(rows)
    const plain = ['marker-', 'Leila', '312-555', 'sister', '4071', '/api/', 'coping', 'large', 'answers']
    const wide = [...'marker-'].join('\0')
    equal([...plain, wide].filter((text) => found.includes(text)), [], mode)
    ok(!JSON.stringify({ ...localStorage, ...sessionStorage }).includes('marker'), 'beside the database')
    await app.vault.wipe('wiped')
    app.close()
  }
})

test('everything is there again after a restart', async () => {
  const first = await filled()
  first.close()
  const { store, queue } = await restarted()
  equal(store.plan(), PLAN)
  equal(store.planTag(), '"3"')
  equal([store.me().name, store.kase().sentence], [M('name'), M('case')])
  equal([store.checkins(), store.history().entries], [CHECKINS, [M('history')]])
  equal([store.preferences().note, store.consents().items[0].text], [M('preferences'), M('consent')])
  equal([store.settings().text_size, store.settings().minutes], ['large', 5])
  equal([store.draft('a1').answers, store.draft('a1').step], [{ free: M('draft') }, 2])
  equal(queue.list()[0].body, { t: M('answer') })
})

test('the first screen needs one look at the database', async () => {
  const first = await filled()
  first.close()
  let looks = 0
  const { store } = await restarted((window) => {
    const { transaction } = window.IDBDatabase.prototype
    window.IDBDatabase.prototype.transaction = function counted(...how) {
      looks += 1
      return transaction.apply(this, how)
    }
  })
  equal([store.plan().number, looks], [3, 1])
})

test('while locked: numbers, people, things to do; nothing else', async () => {
  const first = await filled('pin', { pin: '4071' })
  first.close()
  const { store, begun, vault } = await restarted()
  equal(begun.locked, true)
  const { lines, people, coping } = store.help()
  equal(lines.map((line) => line.key), ['own'])
  equal(people.map((each) => [each.id, each.href, each.number]), [
    ['d1', 'tel:+13125550101', '312-555-0101'],
    ['h1', 'tel:+13125550107', '312-555-0107'],
    ['h2', null, null],
    ['p1', null, '312-555-0100'],
  ])
  equal(people[1].detail, 'sister, evenings')
  equal(coping, [{ id: 'c1', text: M('coping') }])
  const closed = [store.me(), store.plan(), store.checkins(), store.history(), store.preferences(), store.draft('a1')]
  equal(closed, [null, null, null, null, null, null])
  equal([store.kase().sentence, store.settings().text_size], [M('case'), 'large'])
  await vault.unlock({ pin: '4071' })
  equal([store.plan().number, store.me().name, store.draft('a1').step], [3, M('name'), 2])
  vault.lock()
  equal([store.plan(), store.me(), store.help().people.length], [null, null, 4])
})

test('without a plan the national lines stand in, in the language of the page', async () => {
  const app = await tab()
  await app.store.load()
  const lines = app.store.help().lines
  ok(lines.length > 0 && lines.every((line) => typeof line.name === 'string' && line.kind !== 'social'), 'lines')
  app.window.document.documentElement.lang = 'es'
  ok(app.store.help().lines.some((line, at) => line.name !== lines[at].name), 'Spanish names')
})

test('a record put in the place of another does not open there', async () => {
  const first = await filled()
  const rows = new Map(await first.db.all('sealed'))
  await first.db.put('sealed', 'me', rows.get('preferences'))
  first.close()
  const { store } = await restarted()
  equal([store.me(), store.preferences().note], [null, M('preferences')])
})

test('a change is told once, and the same again is not a change', async () => {
  const { store } = await paired()
  const heard = []
  for (const name of ['plan', 'checkins', 'kase', 'me', 'settings']) store.on(name, () => heard.push(name))
  const off = store.on('me', () => heard.push('off'))
  off()
  await store.put('me', { name: 'a' })
  await store.put('me', { name: 'a' })
  await store.put('plan', PLAN)
  await store.put('plan', PLAN)
  await store.put('kase', null)
  equal(heard, ['me', 'plan', 'kase'])
})

test('a listener that fails keeps no other from hearing', async () => {
  const { store, window } = await paired()
  window.console.error = () => null
  let heard = 0
  store.on('me', () => {
    throw new Error('mine')
  })
  store.on('me', () => {
    heard += 1
  })
  equal(await store.put('me', { name: 'a' }), true)
  equal(heard, 1)
})

test('what comes before there is a lock is kept once there is one', async () => {
  const app = await tab()
  await app.store.load()
  equal(await app.store.put('me', { name: 'early' }), false)
  equal(await app.store.put('settings', { text_size: 'largest' }), true)
  await app.vault.setUp('open')
  app.close()
  const { store } = await restarted()
  equal([store.me().name, store.settings().text_size], ['early', 'largest'])
})

test('a full phone says so and shows what it has', async () => {
  const app = await paired()
  const { store } = app
  const heard = []
  store.on('storage', (what) => heard.push(what))
  full(app)
  equal(await store.put('history', { entries: 'x'.repeat(100000) }), false)
  equal([heard, store.history().entries.length], [['full'], 100000])
})

test('another tab sees what this one stored', async () => {
  const one = await paired()
  const two = await restarted()
  await one.store.put('me', { name: 'from one' })
  await until(() => two.store.me() && two.store.me().name === 'from one', 'the other tab has it')
})

test('ten drafts are kept, and a finished one goes', async () => {
  const { store } = await paired()
  for (let turn = 1; turn <= 12; turn += 1) await store.saveDraft(`d${turn}`, { t: turn }, turn)
  equal([store.draft('d2'), store.draft('d3').step, store.draft('d12').step], [null, 3, 12])
  await store.dropDraft('d12')
  equal(store.draft('d12'), null)
})

test('what was answered on this phone is no longer due', async () => {
  const { store } = await filled()
  equal(store.due().map((open) => open.id), ['a2'])
})

test('a lock in the middle of a check-in keeps the drafts of the others', async () => {
  const app = await paired('pin', { pin: '4071' })
  await app.store.saveDraft('a1', { sleep: 2 }, 1)
  await app.store.saveDraft('a2', { mood: 1 }, 0)
  app.vault.lock()
  await app.store.saveDraft('a2', { mood: 4 }, 3)
  await app.vault.unlock({ pin: '4071' })
  equal([app.store.draft('a1').answers, app.store.draft('a2').answers], [{ sleep: 2 }, { mood: 4 }])
  app.close()
  const again = await restarted()
  await again.vault.unlock({ pin: '4071' })
  equal([again.store.draft('a1').answers, again.store.draft('a2').answers], [{ sleep: 2 }, { mood: 4 }])
  equal(again.store.drafts().map(({ id }) => id), ['a2', 'a1'])
})

test('what arrives after a wipe is not kept for whoever comes next', async () => {
  const app = await paired()
  await app.vault.wipe('wiped')
  equal(await app.store.put('history', { entries: [{ id: 'hers' }] }), false)
  app.vault.welcome()
  await app.vault.setUp('open')
  equal(app.store.history(), null)
  app.close()
  equal((await restarted()).store.history(), null)
})
