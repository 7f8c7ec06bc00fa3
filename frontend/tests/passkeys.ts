import type { Page } from '@playwright/test'
import type { Portal } from './processes'

/** A portal's address where browsers offer passkeys: at localhost, but not at 127.0.0.1. */
export const at = (portal: Portal) => portal.address.replace('127.0.0.1', 'localhost')

/** Gives the page's browser a phone that verifies its owner, until it says no. */
export async function phone(page: Page) {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  })
  return {
    says: (yes: boolean) => cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: yes }),
    keys: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
  }
}
