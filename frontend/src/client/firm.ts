// The firm whose portal this is. The browser remembers it, so that the sign-in page can name it offline.
import type { Self } from './api'
import { storageKey } from './base'

export interface Firm {
  name: string
  /** #rrggbb; without one, Matterline's own colour is used. */
  colour?: string
}

const key = storageKey('firm')

export const firmOf = (me: Self): Firm => ({ name: me.firm, colour: me.colour || undefined })

export function rememberFirm(firm: Firm) {
  try {
    localStorage.setItem(key, JSON.stringify(firm))
  } catch {
    // Storage is full or blocked, so the firm isn't remembered.
  }
}

export function rememberedFirm(): Firm | undefined {
  try {
    return (JSON.parse(localStorage.getItem(key) ?? 'null') as Firm | null) ?? undefined
  } catch {
    return undefined
  }
}
