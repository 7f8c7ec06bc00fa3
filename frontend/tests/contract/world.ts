import assert from 'node:assert/strict'
import type { Chat, WindowBackend } from '../../src/model/backend'
import { failureOf } from '../../src/model/failure'

/** A backend with its own firm, signed in as Maya, and the actions of other people. */
export interface World {
  backend: WindowBackend
  /** Maya's. */
  password: string
  /** Opens a matter of Maya's with one participant. */
  openMatter(title: string, name: string): Promise<{ matter: string; participant: string }>
  /** The participant joins and sends their first messages. Resolves when the portal has them. */
  participantSends(participant: string, ...texts: string[]): Promise<void>
  /** Leah signs in on this computer, too, and has a chat of her own. The window then shows Maya's account. */
  secondAccount(): Promise<{ key: string; matter: string; participant: string }>
  /** A colleague sends a message as the status. Resolves when the portal has it. */
  colleagueSetsStatus(participant: string, text: string): Promise<void>
}

/**
 * Reads a value at each hint that something changed, until it is as wanted. It relies on the contract: a hint follows
 * every change.
 */
export async function until<T>(
  { backend }: World,
  read: () => Promise<T>,
  wanted: (value: T) => boolean,
): Promise<T> {
  let hinted = () => {}
  const hint = () => hinted()
  const stops = [backend.onChanged(hint), backend.onFreshness(hint), backend.onAlerts(hint)]
  try {
    for (;;) {
      const hint = new Promise<void>((resolve) => (hinted = resolve))
      const value = await read()
      if (wanted(value)) return value
      await hint
    }
  } finally {
    for (const stop of stops) stop()
  }
}

export const texts = (chat: Chat) => chat.messages.map((m) => m.text)

export const failsWith =
  (code: string, field = '') =>
  (thrown: unknown) => {
    const failure = failureOf(thrown)
    assert.deepEqual([failure.code, failure.field], [code, field])
    return true
  }

export type Check = [behaviour: string, (world: World) => Promise<void>]
