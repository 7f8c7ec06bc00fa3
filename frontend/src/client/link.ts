// The secret in an invitation, a sign-in link or a link for a new password. It's after the #, so that no server sees it, and it's removed
// from the address bar and the browser's history at once.

import { base, storageKey } from './base'

export interface EntryLink {
  /** The secret of a sign-in link. */
  link: string
  /** The secret of an invitation. This tab stores it until it's accepted, so that a reload doesn't lose it. */
  invitation: string
  /** The invitation asks for a PIN. */
  pin: boolean
  /** The secret of a link for a new password. This tab stores it until it's used. */
  reset: string
  /** The link was an invitation, or one for a new password, without its secret. */
  broken: boolean
}

const key = storageKey('invitation')
const resetKey = storageKey('reset')

export const noLink: EntryLink = { link: '', invitation: '', pin: false, reset: '', broken: false }

export function readEntryLink(): EntryLink {
  const { pathname, hash } = location
  const page = pathname.slice(base.length)
  const secret = hash.slice(1)
  if (page || secret) history.replaceState(null, '', base)
  if (page === 'invited' && secret) sessionStorage.setItem(key, secret)
  else if (page) forgetInvitation()
  if (page === 'reset' && secret) sessionStorage.setItem(resetKey, secret)
  else if (page) forgetReset()
  const [invitation, asks] = (sessionStorage.getItem(key) ?? '').split('&')
  return {
    link: page === 'join' ? secret : '',
    invitation,
    pin: asks === 'pin',
    reset: sessionStorage.getItem(resetKey) ?? '',
    broken: (page === 'invited' || page === 'reset') && !secret,
  }
}

export const forgetInvitation = () => sessionStorage.removeItem(key)
export const forgetReset = () => sessionStorage.removeItem(resetKey)
