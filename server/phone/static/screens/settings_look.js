// Language, text size, light or dark, and the name under which the app is kept on the phone.

import { language, say, setLanguage } from '../core/say.js'
import * as store from '../core/store.js'
import { card, h } from '../ui/dom.js'
import { refresh } from '../ui/router.js'
import { keepPreferences, keepSettings, paragraphs, radios } from './settings_parts.js'

const settingsNow = () => store.settings()

export function languages() {
  const onPick = async (value) => {
    if (!(await keepPreferences({ language: value }))) return
    setLanguage(value)
    await refresh()
  }
  const options = ['en', 'es'].map((one) => [one, say(`settings.language_${one}`)])
  const group = radios({ legend: say('settings.language_legend'), options, chosen: language(), onPick })
  return h('div', { class: 'stack' }, group, h('p', { class: 'soft' }, say('settings.language_note')))
}

export function look() {
  const sizes = ['normal', 'large', 'largest'].map((one) => [one, say(`settings.text_${one}`)])
  const themes = ['auto', 'light', 'dark'].map((one) => [one, say(`settings.theme_${one}`)])
  const now = settingsNow()
  return h(
    'div',
    { class: 'stack' },
    radios({
      legend: say('settings.text_legend'),
      options: sizes,
      chosen: now.text_size,
      onPick: (value) => keepSettings({ text_size: value }),
    }),
    h('p', { class: 'quote' }, say('settings.text_sample')),
    radios({
      legend: say('settings.theme_legend'),
      options: themes,
      chosen: now.theme,
      onPick: (value) => keepSettings({ theme: value }),
    }),
  )
}

export function name() {
  const options = [
    ['own', say('settings.name_own')],
    ['plain', say('settings.name_plain')],
  ]
  const group = radios({
    legend: say('settings.name_legend'),
    hint: say('settings.name_hint'),
    options,
    chosen: settingsNow().discreet ? 'plain' : 'own',
    onPick: (value) => keepSettings({ discreet: value === 'plain' }),
  })
  const steps = ['settings.name_step_1', 'settings.name_step_2', 'settings.name_step_3']
  const how = card(
    say('settings.name_how'),
    h('p', null, say('settings.name_why')),
    h('ol', null, steps.map((key) => h('li', null, say(key)))),
    ...paragraphs('settings.name_messages'),
  )
  return h('div', { class: 'stack' }, group, how)
}
