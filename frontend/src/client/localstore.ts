// Unsent messages and drafts, in the browser's storage. They survive a reload and a lost connection, and all tabs
// share them. Each message and each draft has a key of its own: tabs write at the same time, and a tab must not undo
// what another one has just written.
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

type Kind = 'unsent' | 'draft'

export class LocalStore {
  #prefix: string
  #storage: Storage
  #cleared = false

  constructor(account: string, storage: Storage = localStorage) {
    this.#prefix = storageKey(account)
    this.#storage = storage
    this.#split()
  }

  /** In the order of writing. */
  unsent(): Unsent[] {
    return Object.values(this.#items('unsent'))
      .flatMap((text) => parsed<Unsent>(text) ?? [])
      .sort((a, b) => a.written_at - b.written_at || (a.id < b.id ? -1 : 1))
  }

  add(message: Unsent) {
    this.#set('unsent', message.id, JSON.stringify(message))
  }

  reject(id: string, reason: string) {
    const message = this.#message(id)
    if (message) this.add({ ...message, reason })
  }

  remove(id: string): Unsent | undefined {
    const message = this.#message(id)
    this.#storage.removeItem(this.#key('unsent', id))
    return message
  }

  draft(participant: string): string {
    return this.#storage.getItem(this.#key('draft', participant)) ?? ''
  }

  saveDraft(participant: string, { text }: Draft) {
    if (text) this.#set('draft', participant, text)
    else this.#storage.removeItem(this.#key('draft', participant))
  }

  /** All drafts by participant. */
  drafts(): Record<string, string> {
    return this.#items('draft')
  }

  /** The numbers of unsent messages and drafts. */
  count(): { unsent: number; drafts: number } {
    return { unsent: this.unsent().length, drafts: Object.keys(this.drafts()).length }
  }

  /** Deletes everything, and stores nothing from now on. */
  clear() {
    this.#cleared = true
    for (const kind of ['unsent', 'draft'] as const)
      for (const id of Object.keys(this.#items(kind))) this.#storage.removeItem(this.#key(kind, id))
  }

  /** Calls back when another tab has changed a message or a participant's draft. Returns a function that stops this. */
  onChanged(listener: (kind: Kind, id: string) => void): () => void {
    const onStorage = ({ key }: StorageEvent) => {
      for (const kind of ['unsent', 'draft'] as const) {
        const start = this.#key(kind, '')
        if (key?.startsWith(start)) listener(kind, key.slice(start.length))
      }
    }
    addEventListener('storage', onStorage)
    return () => removeEventListener('storage', onStorage)
  }

  #key(kind: Kind, id: string) {
    return `${this.#prefix} ${kind} ${id}`
  }

  /** The stored texts of a kind, by id. */
  #items(kind: Kind): Record<string, string> {
    const start = this.#key(kind, '')
    const keys = Array.from({ length: this.#storage.length }, (_, i) => this.#storage.key(i) ?? '')
    const items = keys.filter((key) => key.startsWith(start))
    return Object.fromEntries(items.map((key) => [key.slice(start.length), this.#storage.getItem(key) ?? '']))
  }

  #message(id: string): Unsent | undefined {
    return parsed<Unsent>(this.#storage.getItem(this.#key('unsent', id)))
  }

  #set(kind: Kind, id: string, text: string) {
    if (this.#cleared) return
    try {
      this.#storage.setItem(this.#key(kind, id), text)
    } catch {
      throw cannotKeep
    }
  }

  /** Splits what earlier versions stored under one key. */
  #split() {
    const all = parsed<{ unsent: Unsent[]; drafts: Record<string, string> }>(
      this.#storage.getItem(this.#prefix),
    )
    if (!all) return
    try {
      for (const message of all.unsent) this.add(message)
      for (const [participant, text] of Object.entries(all.drafts)) this.#set('draft', participant, text)
      this.#storage.removeItem(this.#prefix)
    } catch {
      // Storage is full. The next visit tries again.
    }
  }
}

/** Undefined for text that is no JSON. */
function parsed<T>(text: string | null): T | undefined {
  try {
    return (JSON.parse(text ?? 'null') as T | null) ?? undefined
  } catch {
    return undefined
  }
}

const cannotKeep: Failure = {
  code: 'internal',
  field: '',
  message:
    "Couldn't save your text because this browser is out of storage. Free up some space, then try again.",
}
