// Things to send, for the tests of the queue.
import { calls, received } from './harness.js'

export const HELP = { on: 'PUT /api/me/help', body: received() }
export const ANSWER = { on: 'PUT /api/me/checkins', body: received() }
export const USE = { on: 'PUT /api/me/plan', status: 204 }
export const ALL = [HELP, ANSWER, USE, { on: 'PUT /api/me', body: {} }]

export const answer = (id, answers = { mood: 3 }) => ({
  id,
  kind: 'answer',
  method: 'PUT',
  path: `/api/me/checkins/${id}/answer`,
  body: { answered_at: '2026-01-14T15:34:00-06:00', answers },
})
export const help = (id) => ({ id, kind: 'help', method: 'PUT', path: `/api/me/help/${id}`, body: {} })
export const use = (id) => ({ id, kind: 'use', method: 'PUT', path: `/api/me/plan/uses/${id}`, body: { helped: true } })
export const states = (queue) => queue.list().map((entry) => `${entry.id} ${entry.state}`)
export const paths = async () => (await calls('PUT')).map((call) => call.split('/').slice(3).join('/'))
