// The lock that is the phone's own: a passkey whose prf extension answers the same secret every time.
import { random } from './seal.js'

const SECONDS = 60

/** Whether this phone may be able to; only making the passkey tells for certain. */
export async function possible() {
  if (typeof PublicKeyCredential !== 'function' || !navigator.credentials) return false
  try {
    if (PublicKeyCredential.getClientCapabilities) {
      const can = await PublicKeyCredential.getClientCapabilities()
      if (can['extension:prf'] === false) return false
    }
    return await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable()
  } catch {
    return false
  }
}

/** {id, input, secret} of a new passkey, or null where the phone has no prf or the person said no. */
export async function create() {
  const input = random(32)
  const made = await asked(() => navigator.credentials.create({ publicKey: newKey(input) }))
  const prf = made && made.getClientExtensionResults().prf
  if (!prf || (!prf.enabled && !prf.results)) return null
  const id = new Uint8Array(made.rawId)
  const secret = (prf.results && prf.results.first) || (await answer({ id, input }))
  return secret ? { id, input, secret } : null
}

/** The secret of that passkey, or null where it was not given. */
export async function answer({ id, input }) {
  const publicKey = {
    challenge: random(32),
    rpId: location.hostname,
    allowCredentials: [{ type: 'public-key', id, transports: ['internal'] }],
    userVerification: 'required',
    timeout: SECONDS * 1000,
    extensions: { prf: { eval: { first: input } } },
  }
  const got = await asked(() => navigator.credentials.get({ publicKey }))
  const prf = got && got.getClientExtensionResults().prf
  return (prf && prf.results && prf.results.first) || null
}

function newKey(input) {
  return {
    challenge: random(32),
    // The phone lists passkeys by name where others may look: it says neither who nor what for.
    rp: { id: location.hostname, name: location.hostname },
    user: { id: random(16), name: 'app', displayName: 'app' },
    pubKeyCredParams: [-7, -257].map((alg) => ({ type: 'public-key', alg })),
    authenticatorSelection: {
      authenticatorAttachment: 'platform',
      residentKey: 'preferred',
      userVerification: 'required',
    },
    timeout: SECONDS * 1000,
    extensions: { prf: { eval: { first: input } } },
  }
}

async function asked(question) {
  try {
    return await question()
  } catch {
    return null
  }
}
