// Passkeys in the browser (WebAuthn). The portal writes the options and reads the answers; both are JSON.
import type { Failure } from '../model/backend'

/** Whether this page can use passkeys. place is where they work, as the portal says; it may be another address of it. */
export const passkeysWork = (place: string | undefined) =>
  place === location.origin &&
  'credentials' in navigator &&
  typeof globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON === 'function'

/** Makes a passkey. Throws a Failure. */
export function makePasskey(options: string): Promise<string> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    JSON.parse(options) as PublicKeyCredentialCreationOptionsJSON,
  )
  return answered(() => navigator.credentials.create({ publicKey }))
}

/** Asks for the answer of a passkey. Throws a Failure. */
export function askPasskey(options: string): Promise<string> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    JSON.parse(options) as PublicKeyCredentialRequestOptionsJSON,
  )
  return answered(() => navigator.credentials.get({ publicKey }))
}

async function answered(ask: () => Promise<Credential | null>): Promise<string> {
  try {
    return JSON.stringify(((await ask()) as PublicKeyCredential).toJSON())
  } catch (thrown) {
    const { name } = thrown as Error
    throw { code: 'no_passkey', field: '', message: reasons[name] ?? reasons.other } satisfies Failure
  }
}

const reasons: Record<string, string> = {
  // Browsers don't say whether the person cancelled or let the time pass.
  NotAllowedError: 'No passkey was used. Try again when you have your device at hand.',
  InvalidStateError: 'This device already has a passkey for your account.',
  other: "This browser can't use a passkey here. Try another browser or another device.",
}
