import { administrationChecks } from './contract/administration'
import { alertChecks } from './contract/alerts'
import { chatChecks } from './contract/chats'
import { outboxChecks } from './contract/outbox'
import { sessionChecks } from './contract/session'
import type { Check } from './contract/world'

export { accountsContract } from './contract/accounts'
export { closingContract } from './contract/closing'
export { undoContract } from './contract/undo'

/**
 * What the window's models rely on. The same behaviours run on the fake backend (src/fake/contract.test.ts) and on
 * the real one (window-contract.spec.ts), so that the fake can't drift. There they all run at once, each in a matter
 * of its own.
 */
export const contract: Check[] = [
  ...sessionChecks,
  ...administrationChecks,
  ...chatChecks,
  ...outboxChecks,
  ...alertChecks,
]
