// Unsent messages and drafts, in the browser's storage. They survive a reload and a lost connection, and all
// tabs share them.
import type { Draft, Failure } from '../model/backend'
import { storageKey } from './base'

export interface Unsent {
  id: string
  participant: string
  text: string
  written_at: number
  /** Why the portal rejected the message; empty while it waits. */
  reason: string
}

interface Contents {
  unsent: Unsent[]
  drafts: Record<string, string>
}

export class LocalStore {
  #key: string
  #storage: Storage

  constructor(account: string, storage: Storage = localStorage) {
    this.#key = storageKey(account)
    this.#storage = storage
  }

  unsent(): Unsent[] {
    return this.#read().unsent
  }

  add(message: Unsent) {
    this.#change((contents) => contents.unsent.push(message))
  }

  reject(id: string, reason: string) {
    this.#change((contents) => {
      for (const message of contents.unsent) if (message.id === id) message.reason = reason
    })
  }

  remove(id: string): Unsent | undefined {
    const message = this.unsent().find((m) => m.id === id)
    if (message) this.#change((contents) => (contents.unsent = contents.unsent.filter((m) => m.id !== id)))
    return message
  }

  draft(participant: string): string {
    return this.#read().drafts[participant] ?? ''
  }

  saveDraft(participant: string, { text }: Draft) {
    this.#change((contents) => {
      if (text) contents.drafts[participant] = text
      else delete contents.drafts[participant]
    })
  }

  /** All drafts by participant. */
  drafts(): Record<string, string> {
    return this.#read().drafts
  }

  /** The numbers of unsent messages and drafts. */
  count(): { unsent: number; drafts: number } {
    const { unsent, drafts } = this.#read()
    return { unsent: unsent.length, drafts: Object.keys(drafts).length }
  }

  clear() {
    this.#storage.removeItem(this.#key)
  }

  /** Calls back when another tab has changed the store. Returns a function that stops this. */
  onChanged(listener: () => void): () => void {
    const onStorage = (event: StorageEvent) => event.key === this.#key && listener()
    addEventListener('storage', onStorage)
    return () => removeEventListener('storage', onStorage)
  }

  #read(): Contents {
    const nothing: Contents = { unsent: [], drafts: {} }
    try {
      return (JSON.parse(this.#storage.getItem(this.#key) ?? 'null') as Contents | null) ?? nothing
    } catch {
      return nothing // unreadable contents
    }
  }

  #change(change: (contents: Contents) => void) {
    const contents = this.#read()
    change(contents)
    try {
      this.#storage.setItem(this.#key, JSON.stringify(contents))
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
