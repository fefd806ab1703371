import { looksRisky } from '/core/risk.js'
import { equal, test } from './harness.js'

const option = (value, label) => ({ value, label })
const SAFE_NOW = {
  key: 'a',
  kind: 'single',
  text: 'Are you safe right now?',
  risk: true,
  options: [
    option('safe', 'Yes, I am safe'),
    option('not_sure', 'I am not sure'),
    option('not_safe', 'No, I am not safe'),
  ],
}
const THOUGHTS = { key: 'a', kind: 'yes_no', text: 'Have you been thinking about ending your life?', risk: true }
const ENDS = { min: 0, max: 4, low: 'Not at all', high: 'Very much' }
const SIGN = { key: 'a', kind: 'scale', text: 'How much today: I lie awake?', risk: true, ...ENDS }
const NUMBER = { key: 'a', kind: 'number', text: 'How many drinks?', risk: true, min: 0, max: 50 }
const PILLS = [option('pills', 'Pills'), option('none', 'None of these')]
const MANY = { key: 'a', kind: 'multiple', text: 'Which of these?', risk: true, options: PILLS }
const OWN = { key: 'a', kind: 'text', text: 'What else?', risk: true }

const each = (item, calm, risky) => {
  const open = [undefined, null, '', '  ', [], { declined: true }, {}]
  const says = (answer, wanted) =>
    equal(looksRisky([item], { a: answer }), wanted, `${item.kind} ${JSON.stringify(answer)}`)
  for (const answer of calm) says(answer, false)
  for (const answer of [...risky, ...open]) says(answer, true)
}

test('yes or no: only no is calm', () => each(THOUGHTS, [false, 'no'], [true, 'yes', 0, 'No', 'nein']))
test('one of several: only the first is calm', () =>
  each(SAFE_NOW, ['safe'], ['not_sure', 'not_safe', 'unheard_of', ['safe'], true]))
test('a scale: only its lowest step is calm', () => each(SIGN, [0], [1, 2, 3, 4, -1, '0', false, NaN]))
test('a scale that begins at one is calm at one', () => each({ ...SIGN, min: 1 }, [1], [0, 2, 4]))
test('a number: only the lowest is calm', () => each(NUMBER, [0], [0.5, 1, 50, '0', Infinity]))
test('several: only none of these alone is calm', () => each(MANY, [['none']], [['pills'], ['none', 'pills'], 'none']))
test('own words cannot be judged here', () => each(OWN, [], ['fine', 'all good']))
test('a kind this version does not know cannot be judged', () => each({ ...OWN, kind: 'drawing' }, [], ['x', 0, false]))

test('questions that may count the other way have no calm answer', () => {
  each({ ...THOUGHTS, text: 'Are you safe at home?' }, [], [true, false])
  each({ ...THOUGHTS, text: '¿Estás a salvo?' }, [], [true, false])
  each({ ...SIGN, text: 'How safe do you feel?' }, [], [0, 4])
  each({ ...SAFE_NOW, options: [...SAFE_NOW.options].reverse() }, [], ['safe', 'not_safe'])
})

test('in Spanish the first option is calm too', () => {
  const options = [option('safe', 'Sí, estoy a salvo'), option('not_safe', 'No, no estoy a salvo')]
  each({ ...SAFE_NOW, text: '¿Estás a salvo en este momento?', options }, ['safe'], ['not_safe'])
})

test('one risky answer among calm ones is enough, in any order', () => {
  const items = [{ ...SIGN, key: 's' }, { ...THOUGHTS, key: 't' }]
  equal(looksRisky(items, { s: 0, t: false }), false)
  equal(looksRisky(items, { s: 1, t: false }), true)
  equal(looksRisky(items, { s: 0, t: true }), true)
  equal(looksRisky(items, { s: 0 }), true)
})

test('everyday questions decide nothing, blank or not', () => {
  const mood = { key: 'm', kind: 'scale', text: 'Mood', risk: false, min: 0, max: 10 }
  for (const answers of [{}, { m: 0 }, { m: 10 }, { m: { declined: true } }]) equal(looksRisky([mood], answers), false)
  equal(looksRisky([], {}), false)
})

test('without the questions, or without answers, it looks risky', () => {
  equal(looksRisky(undefined, {}), true)
  equal(looksRisky(null, { a: 1 }), true)
  equal(looksRisky([THOUGHTS], undefined), true)
  equal(looksRisky([THOUGHTS], null), true)
})
