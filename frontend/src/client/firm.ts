// Whose portal this is. The browser remembers it, so that the way in says so even without a connection.
import type { Self } from './api'

export interface Firm {
  name: string
  /** #rrggbb; none is Matterline's own. */
  colour?: string
}

const key = 'matterline firm'

export const firmOf = (me: Self): Firm => ({ name: me.firm, colour: me.colour || undefined })

export function rememberFirm(firm: Firm) {
  try {
    localStorage.setItem(key, JSON.stringify(firm))
  } catch {
    // Then it is not remembered.
  }
}

export function rememberedFirm(): Firm | undefined {
  try {
    return (JSON.parse(localStorage.getItem(key) ?? 'null') as Firm | null) ?? undefined
  } catch {
    return undefined
  }
}
