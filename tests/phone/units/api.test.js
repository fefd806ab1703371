import { equal, ok, paired, sent, service, test } from './harness.js'

const part = ({ ok: fine, status, offline }) => [fine, status, offline]

test('a reply comes with its data, status and tag', async () => {
  const { api } = await paired()
  await service({ on: 'GET', body: { a: 1 }, headers: { ETag: '"7"' } })
  const answer = await api.call('GET', '/api/me')
  equal([...part(answer), answer.data, answer.etag], [true, 200, false, { a: 1 }, '"7"'])
})

test('a tag is asked with, and unchanged is fine and empty', async () => {
  const { api } = await paired()
  await service({ on: 'GET', status: 304 })
  const answer = await api.call('GET', '/api/me/plan', undefined, { etag: '"7"' })
  equal([...part(answer), answer.data], [true, 304, false, null])
  equal((await sent('plan'))[0].headers['if-none-match'], '"7"')
})

test('a refusal carries the problem, without throwing', async () => {
  const { api } = await paired()
  const problem = { title: 'no', status: 422, errors: [] }
  await service({ on: 'PUT', status: 422, body: problem, type: 'application/problem+json' })
  const answer = await api.call('PUT', '/api/me/preferences', { a: 1 })
  equal([...part(answer), answer.problem, answer.data], [false, 422, false, problem, null])
})

test('no network, no service, and pages of others are all offline', async () => {
  const { api } = await paired()
  await service()
  equal(part(await api.call('GET', '/api/me')), [false, 0, true])
  await service({ on: 'GET', body: '<p>hello</p>', type: 'text/html' })
  equal(part(await api.call('GET', '/api/me')), [false, 0, true])
  await service({ on: 'GET', body: '{"half": ' })
  equal(part(await api.call('GET', '/api/me')), [false, 0, true])
  await service({ on: 'GET', status: 302, headers: { Location: '/login' } })
  equal(part(await api.call('GET', '/api/me')), [false, 0, true])
})

test('a proxy that is out of order is a service out of order', async () => {
  const { api } = await paired()
  await service({ on: 'GET', status: 502, body: '<p>bad gateway</p>', type: 'text/html' })
  equal(part(await api.call('GET', '/api/me')), [false, 502, false])
})

test('text goes out byte for byte, other bodies as JSON, and none as none', async () => {
  const { api } = await paired()
  await service({ on: 'PUT', status: 204 })
  await api.call('PUT', '/api/me/x', '{ "a":  1 }')
  await api.call('PUT', '/api/me/x', { a: 1 })
  await api.call('PUT', '/api/me/x')
  const log = await sent('PUT')
  equal(log.map(({ body }) => body), ['{ "a":  1 }', '{"a":1}', null])
  equal(log.map(({ headers }) => headers['content-type'] || null), ['application/json', 'application/json', null])
})

test('Retry-After is read as seconds and as a date', async () => {
  const { api } = await paired()
  const ask = async (value) => {
    await service({ on: 'GET', status: 503, body: {}, headers: value ? { 'Retry-After': value } : {} })
    return (await api.call('GET', '/api/me')).retryAfter
  }
  equal([await ask('7'), await ask(''), await ask('soon')], [7, null, null])
  const dated = await ask(new Date(Date.now() + 60000).toUTCString())
  ok(dated > 50 && dated <= 60, `got ${dated}`)
})

test('a service that does not answer is given up after ten seconds', async () => {
  const { api } = await paired('open', {}, (window) => {
    const { setTimeout } = window
    window.setTimeout = (work, wait) => setTimeout.call(window, work, wait / 50)
  })
  await service({ on: 'GET', hang: true })
  const begun = performance.now()
  equal(part(await api.call('GET', '/api/me')), [false, 0, true])
  const took = performance.now() - begun
  ok(took >= 190 && took < 9000, `took ${took} ms at fifty times the speed`)
})
