// What a link brings. Its secret stands behind the #, where no server sees it; nor is it to stay in the
// address bar, or with whoever looks through the browser's history.

export interface Way {
  /** A sign-in link's secret. */
  link: string
  /** An invitation's secret. It is kept for this tab until it is taken up, so that a reload loses nothing. */
  invitation: string
  /** It was an invitation's link, but the secret was cut off. */
  broken: boolean
}

const key = 'matterline invitation'

export function wayIn(): Way {
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
