// Which account this browser is signed in to. All tabs share the session, so they tell each other when it changes.
import { storageKey } from './base'

const key = storageKey('account')

/** Stores the account that has signed in; undefined after signing out. */
export function setAccount(account: string | undefined) {
  try {
    if (account) localStorage.setItem(key, account)
    else localStorage.removeItem(key)
  } catch {
    // Storage is full or blocked. Other tabs notice at their next request.
  }
}

/** The account in use, or undefined after signing out. */
export function account(): string | undefined {
  return localStorage.getItem(key) ?? undefined
}

/** Calls back when another tab has signed in or out. Returns a function that stops this. */
export function onAccountChanged(listener: () => void): () => void {
  const onStorage = (event: StorageEvent) => event.key === key && listener()
  addEventListener('storage', onStorage)
  return () => removeEventListener('storage', onStorage)
}
