// The portal's rule for passwords (chat.ValidPassword), to be told before one is chosen.

const shortest = 10

export const passwordRule = `At least ${shortest} characters. A few words in a row are easy to remember.`

/** What is wrong with a password that is chosen; empty if nothing is. */
export function passwordProblem(password: string): string {
  const length = [...password].length
  if (length === 0) return 'Please choose a password.'
  if (length >= shortest) return ''
  return `This has ${length === 1 ? 'one character' : `${length} characters`}; it needs at least ${shortest}.`
}
