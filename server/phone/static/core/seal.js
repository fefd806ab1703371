// The cryptography of the vault, WebCrypto only. No state: keys come in, sealed records go out.
const AES = 'AES-GCM'
const NONCE_BYTES = 12
const PIN_ROUNDS = 600000 // PBKDF2-HMAC-SHA-256, OWASP Password Storage Cheat Sheet 2023

const bytes = (text) => new TextEncoder().encode(text)
/** Fresh random bytes. */
export const random = (size) => crypto.getRandomValues(new Uint8Array(size))

/** A key that seals, opens and wraps, and that no script can read out. */
export const deviceKey = () =>
  crypto.subtle.generateKey({ name: AES, length: 256 }, false, ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'])

/** The secret half of a PIN: without this phone's own key a PIN cannot be tried elsewhere. */
export const pepperKey = () =>
  crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['sign'])

/** The key of plan and answers. It can be wrapped, so that a change of lock keeps it; it is stored only so. */
export const mainKey = () => crypto.subtle.generateKey({ name: AES, length: 256 }, true, ['encrypt', 'decrypt'])

/** {n, c}: the value as JSON, sealed for this place alone. */
export async function seal(key, place, value) {
  const nonce = random(NONCE_BYTES)
  const sealed = await crypto.subtle.encrypt(bound(nonce, place), key, bytes(JSON.stringify(value)))
  return { n: nonce, c: new Uint8Array(sealed) }
}

/** The value; throws when the record was changed, comes from another place or another key. */
export async function unseal(key, place, record) {
  const opened = await crypto.subtle.decrypt(bound(record.n, place), key, record.c)
  return JSON.parse(new TextDecoder().decode(opened))
}

// A record moved to another place does not open there.
const bound = (nonce, place) => ({ name: AES, iv: nonce, additionalData: bytes(`handrail 1 ${place}`) })

/** {n, c}: the main key under another key, for one lock alone. */
export async function wrap(main, under, lock) {
  const nonce = random(NONCE_BYTES)
  const wrapped = await crypto.subtle.wrapKey('raw', main, under, bound(nonce, `main key ${lock}`))
  return { n: nonce, c: new Uint8Array(wrapped) }
}

/** The main key again; throws when `under` is another key. */
export const unwrap = (record, under, lock) =>
  crypto.subtle.unwrapKey('raw', record.c, under, bound(record.n, `main key ${lock}`), { name: AES }, true, [
    'encrypt',
    'decrypt',
  ])

/** What a fresh PIN lock needs to be asked again. */
export const pinSettings = () => ({ salt: random(16), rounds: PIN_ROUNDS })

/** The wrapping key of a PIN on this phone. */
export async function pinKey(pin, { salt, rounds }, pepper) {
  const base = await crypto.subtle.importKey('raw', bytes(pin.normalize('NFKC')), 'PBKDF2', false, ['deriveBits'])
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: rounds }
  const stretched = await crypto.subtle.deriveBits(how, base, 256)
  const mixed = await crypto.subtle.sign('HMAC', pepper, stretched)
  return wrappingKey(mixed)
}

/** The wrapping key of what a passkey answered (WebAuthn prf extension, HKDF over it). */
export async function passkeyKey(secret, salt) {
  const base = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits'])
  const how = { name: 'HKDF', hash: 'SHA-256', salt, info: bytes('handrail 1 main key') }
  return wrappingKey(await crypto.subtle.deriveBits(how, base, 256))
}

const wrappingKey = (raw) => crypto.subtle.importKey('raw', raw, AES, false, ['wrapKey', 'unwrapKey'])
