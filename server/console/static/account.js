// Passkeys, and the one-time code that a link carries. Without script: password and code, which always work.

const JSON_TYPE = { 'Content-Type': 'application/json' }

export function account() {
  codeFromAddress()
  if (!globalThis.PublicKeyCredential) return
  for (const part of document.querySelectorAll('[data-needs-passkey]')) part.hidden = false
  for (const button of document.querySelectorAll('[data-passkey]')) {
    button.addEventListener('click', () => use(button))
  }
}

// The code stands behind the # of the link, so it never reaches a log; it leaves the address at once.
function codeFromAddress() {
  const form = document.querySelector('[data-code-from-address]')
  if (!form || location.hash.length < 2) return
  form.elements.code.value = decodeURIComponent(location.hash.slice(1))
  history.replaceState(null, '', location.pathname)
  form.elements.password.focus()
}

async function use(button) {
  const say = (words) => {
    button.parentElement.querySelector('[role="status"]').textContent = words
  }
  button.disabled = true
  say('Follow your device.')
  try {
    await WAYS[button.dataset.passkey](button)
  } catch (error) {
    say(error instanceof Refused ? error.message : 'The passkey was not used. Try again, or go on without it.')
  } finally {
    button.disabled = false
  }
}

const WAYS = {
  'sign-in': async (button) => {
    const credential = await answered('/sign-in/passkey/options')
    const next = button.form.elements.next.value
    location.assign((await sent('/sign-in/passkey', { credential, next })).to)
  },
  prove: async (button) => {
    const credential = await answered('/account/proof/options')
    await sent('/account/proof/passkey', { credential })
    const form = button.form
    for (const part of form.querySelectorAll('.proof')) part.remove()
    form.requestSubmit()
  },
  register: async (button) => {
    const options = await sent('/account/passkeys/options', {})
    const publicKey = {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: options.excludeCredentials.map(withBytes),
    }
    const made = await navigator.credentials.create({ publicKey })
    const credential = {
      ...named(made),
      response: {
        clientDataJSON: text(made.response.clientDataJSON),
        attestationObject: text(made.response.attestationObject),
        transports: made.response.getTransports ? made.response.getTransports() : [],
      },
    }
    const name = button.form.querySelector('input').value
    location.assign((await sent('/account/passkeys', { credential, name })).to)
  },
}

async function answered(address) {
  const options = await sent(address, {})
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: (options.allowCredentials || []).map(withBytes),
  }
  const used = await navigator.credentials.get({ publicKey })
  return {
    ...named(used),
    response: {
      clientDataJSON: text(used.response.clientDataJSON),
      authenticatorData: text(used.response.authenticatorData),
      signature: text(used.response.signature),
      userHandle: used.response.userHandle ? text(used.response.userHandle) : null,
    },
  }
}

class Refused extends Error {}

async function sent(address, body) {
  const response = await fetch(address, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) })
  const answer = await response.json()
  if (!response.ok) throw new Refused(answer.problem)
  return answer
}

const named = (credential) => ({
  id: credential.id,
  rawId: text(credential.rawId),
  type: credential.type,
  clientExtensionResults: {},
})
const withBytes = (each) => ({ ...each, id: bytes(each.id) })
const bytes = (words) => Uint8Array.from(atob(words.replace(/-/g, '+').replace(/_/g, '/')), (mark) => mark.codePointAt(0))
const text = (buffer) =>
  btoa(String.fromCodePoint(...new Uint8Array(buffer)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '')
