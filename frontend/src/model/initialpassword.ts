// Letters and digits that look unlike each other.
const signs = 'abcdefghjkmnpqrstuvwxyz23456789'

/** Makes a password for a new user, easy to read out: "k7mq-3vtx-9pzr-d2hw". */
export function initialPassword(): string {
  const numbers = crypto.getRandomValues(new Uint32Array(16))
  const picked = [...numbers].map((n) => signs[n % signs.length]).join('')
  return picked.match(/.{4}/g)!.join('-')
}
