import { equal, ok, test } from './harness.js'

/** 9:02 by the phone's own clock, so many days from today. */
function day(away, hour = 9) {
  const date = new Date()
  date.setDate(date.getDate() + away)
  date.setHours(hour, 2, 0, 0)
  return date
}

async function modules(language) {
  const [times, { setLanguage }] = await Promise.all([import('/core/times.js'), import('/core/say.js')])
  setLanguage(language)
  return times
}

test('a time of another day is never told without its day', async () => {
  const { when } = await modules('en')
  equal(when(day(0)), 'at 9:02 am')
  equal(when(day(-1)), 'yesterday at 9:02 am')
  equal(when(day(1)), 'tomorrow at 9:02 am')
  ok(when(day(-9)) !== when(day(-8)), 'two days read alike')
  equal(when(null), '')
})

test('a day in Spanish is told as one says it', async () => {
  const { when } = await modules('es')
  equal(when(day(0)), 'a las 9:02 am')
  equal(when(day(0, 13)), 'a la 1:02 pm')
  equal(when(day(-1)), 'ayer a las 9:02 am')
  for (const away of [3, 40, -9]) ok(/^el \S+.* a las 9:02 am$/.test(when(day(away))), when(day(away)))
})
