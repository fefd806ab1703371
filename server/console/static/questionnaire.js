// The questionnaire's form saves itself as a draft of whoever writes it. Without script its buttons do.
import { autosave } from './autosave.js'

const form = document.getElementById('sheet')
if (form) autosave(form, document.getElementById('save-state'))
