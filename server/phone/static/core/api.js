// One call to the service. Never throws: what went wrong is in the answer.
import { language } from './say.js'
import { hear } from './skew.js'
import * as vault from './vault.js'

const LIMIT_MS = 10000
const JSON_TYPES = /^application\/([\w.-]+\+)?json\b/i
const PROBLEM = /^application\/problem\+json\b/i

let leaving = null // the sign-out that an offline wipe could not send
let pairing = false // a new session is on its way or here: that sign-out would end this one instead

/**
 * {ok, status, data, etag, offline, problem, retryAfter, date}. `offline` is true whenever the service itself did
 * not answer. A body that is text already goes out as it is, byte for byte.
 */
export async function call(method, path, body, { etag } = {}) {
  if (path === '/api/pair') {
    if (leaving) await leaving
    pairing = true
  }
  const answer = await within(LIMIT_MS, (signal) => send(method, path, body, etag, signal))
  if (path === '/api/pair') pairing = answer.ok || answer.offline
  if (answer.status === 401 && path.startsWith('/api/me') && vault.paired()) await vault.wipe('signed_out')
  return answer
}

/** Whether the service said that this person's time with the programme is over: what is on the phone stays there. */
export const discharged = (answer) =>
  answer.status === 403 && Boolean(answer.problem) && answer.problem.type === 'about:discharged'

/** Ends the session that a wipe without a network left behind; true once the service knows. */
export async function signOut() {
  if (pairing) return false
  leaving = call('POST', '/api/sign-out')
  const answer = await leaving
  leaving = null
  return answer.ok || answer.status === 401 || discharged(answer)
}

async function within(limit, work) {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), limit)
  try {
    return await work(stop.signal)
  } catch {
    return unheard()
  } finally {
    clearTimeout(timer)
  }
}

async function send(method, path, body, etag, signal) {
  const headers = { Accept: 'application/json', 'Accept-Language': language() }
  if (body !== undefined && body !== null) headers['Content-Type'] = 'application/json'
  if (etag) headers['If-None-Match'] = etag
  const response = await fetch(path, {
    method,
    headers,
    body: asText(body),
    signal,
    credentials: 'same-origin',
    cache: 'no-store',
    redirect: 'error',
  })
  return read(response, await response.text())
}

const asText = (body) =>
  body === undefined || body === null || typeof body === 'string' ? body : JSON.stringify(body)

function read(response, text) {
  const { status, headers } = response
  const empty = status === 204 || status === 304
  // A page of the café's network is no answer of ours, whatever its number says; nor is a gateway's refusal, which
  // would wipe the phone or let an answer go. 5xx of a proxy is a wait.
  const ours = status >= 400 ? PROBLEM : JSON_TYPES
  if (!empty && status < 500 && !ours.test(headers.get('Content-Type') || '')) return unheard()
  const data = parsed(text)
  const ok = response.ok || status === 304
  if (ok && !empty && data === undefined) return unheard()
  if (status < 500) hear(headers.get('Date'))
  return {
    ok,
    status,
    data: ok && !empty ? data : null,
    etag: headers.get('ETag'),
    offline: false,
    problem: ok ? null : problemOf(data, status),
    retryAfter: seconds(headers.get('Retry-After')),
    date: headers.get('Date'),
  }
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const problemOf = (data, status) => (data && typeof data === 'object' ? data : { title: '', status, errors: [] })

const unheard = () => ({
  ok: false,
  status: 0,
  data: null,
  etag: null,
  offline: true,
  problem: null,
  retryAfter: null,
  date: null,
})

// Seconds, or an HTTP date by the phone's own clock (RFC 9110 10.2.3).
function seconds(value) {
  if (!value) return null
  const given = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000
  return Number.isFinite(given) ? Math.max(0, given) : null
}
