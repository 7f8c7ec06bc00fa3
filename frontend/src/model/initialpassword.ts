// Letters and digits that nobody takes for another.
const signs = 'abcdefghjkmnpqrstuvwxyz23456789'

/** A password to begin with, to be read out or typed once: "k7mq-3vtx-9pzr-d2hw". */
export function initialPassword(): string {
  const numbers = crypto.getRandomValues(new Uint32Array(16))
  const picked = [...numbers].map((n) => signs[n % signs.length]).join('')
  return picked.match(/.{4}/g)!.join('-')
}
