// The portal's rule for passwords (chat.ValidPassword), shown before people choose one.

const minLength = 10

export const passwordRule = `Use at least ${minLength} characters. A few random words are easy to remember.`

/** What is wrong with a new password, as a sentence; empty if nothing is. */
export function passwordProblem(password: string): string {
  const length = [...password.normalize('NFC')].length
  if (length === 0) return 'Choose a password.'
  if (length >= minLength) return ''
  return `This password is too short. It needs at least ${minLength} characters.`
}
