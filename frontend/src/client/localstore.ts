// What a participant has written and the portal does not have yet. It lies in the browser's own storage, so
// that neither a reload nor a lost connection loses it; several tabs share it.
import type { Draft, Failure } from '../model/backend'

export interface Unsent {
  id: string
  participant: string
  text: string
  written_at: number
  /** Why the portal does not take it; empty while it waits. */
  reason: string
}

interface Contents {
  unsent: Unsent[]
  drafts: Record<string, string>
}

export class Kept {
  #key: string
  #storage: Storage

  constructor(account: string, storage: Storage = localStorage) {
    this.#key = `matterline ${account}`
    this.#storage = storage
  }

  unsent(): Unsent[] {
    return this.#read().unsent
  }

  add(message: Unsent) {
    this.#change((kept) => kept.unsent.push(message))
  }

  reject(id: string, reason: string) {
    this.#change((kept) => {
      for (const message of kept.unsent) if (message.id === id) message.reason = reason
    })
  }

  remove(id: string): Unsent | undefined {
    const message = this.unsent().find((m) => m.id === id)
    if (message) this.#change((kept) => (kept.unsent = kept.unsent.filter((m) => m.id !== id)))
    return message
  }

  draft(participant: string): string {
    return this.#read().drafts[participant] ?? ''
  }

  saveDraft(participant: string, { text }: Draft) {
    this.#change((kept) => {
      if (text) kept.drafts[participant] = text
      else delete kept.drafts[participant]
    })
  }

  /** All drafts, by their chats. */
  drafts(): Record<string, string> {
    return this.#read().drafts
  }

  /** What would be lost if all this were cleared. */
  count(): { unsent: number; drafts: number } {
    const { unsent, drafts } = this.#read()
    return { unsent: unsent.length, drafts: Object.keys(drafts).length }
  }

  clear() {
    this.#storage.removeItem(this.#key)
  }

  /** Tells when another tab has changed it; returns how to stop. */
  onChanged(heard: () => void): () => void {
    const told = (event: StorageEvent) => event.key === this.#key && heard()
    addEventListener('storage', told)
    return () => removeEventListener('storage', told)
  }

  #read(): Contents {
    const nothing: Contents = { unsent: [], drafts: {} }
    try {
      return (JSON.parse(this.#storage.getItem(this.#key) ?? 'null') as Contents | null) ?? nothing
    } catch {
      return nothing // spoilt, by whatever it was
    }
  }

  #change(change: (kept: Contents) => void) {
    const kept = this.#read()
    change(kept)
    try {
      this.#storage.setItem(this.#key, JSON.stringify(kept))
    } catch {
      throw cannotKeep
    }
  }
}

const cannotKeep: Failure = {
  code: 'internal',
  field: '',
  message:
    "Couldn't save your text because this browser is out of storage. Free up some space, then try again.",
}
