// The secret in an invitation or sign-in link. It's after the #, so that no server sees it, and it's removed
// from the address bar and the browser's history at once.

import { base, storageKey } from './base'

export interface EntryLink {
  /** The secret of a sign-in link. */
  link: string
  /** The secret of an invitation. This tab stores it until it's accepted, so that a reload doesn't lose it. */
  invitation: string
  /** The link was an invitation without its secret. */
  broken: boolean
}

const key = storageKey('invitation')

export function readEntryLink(): EntryLink {
  const { pathname, hash } = location
  const page = pathname.slice(base.length)
  const secret = hash.slice(1)
  if (page || secret) history.replaceState(null, '', base)
  if (page === 'invited' && secret) sessionStorage.setItem(key, secret)
  else if (page) forgetInvitation()
  return {
    link: page === 'join' ? secret : '',
    invitation: sessionStorage.getItem(key) ?? '',
    broken: page === 'invited' && !secret,
  }
}

export const forgetInvitation = () => sessionStorage.removeItem(key)
