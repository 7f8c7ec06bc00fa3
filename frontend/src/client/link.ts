// The secret in an invitation or sign-in link. It's after the #, so that no server sees it, and it's removed
// from the address bar and the browser's history at once.

export interface EntryLink {
  /** The secret of a sign-in link. */
  link: string
  /** The secret of an invitation. This tab stores it until it's accepted, so that a reload doesn't lose it. */
  invitation: string
  /** The link was an invitation without its secret. */
  broken: boolean
}

const key = 'matterline invitation'

export function readEntryLink(): EntryLink {
  const { pathname, hash } = location
  const secret = hash.slice(1)
  if (pathname !== '/' || secret) history.replaceState(null, '', '/')
  if (pathname === '/invited' && secret) sessionStorage.setItem(key, secret)
  else if (pathname !== '/') forgetInvitation()
  return {
    link: pathname === '/join' ? secret : '',
    invitation: sessionStorage.getItem(key) ?? '',
    broken: pathname === '/invited' && !secret,
  }
}

export const forgetInvitation = () => sessionStorage.removeItem(key)
