/** "Ana Okafor" is AO, "Tom" is T. */
export function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => /^\p{L}/u.test(word))
  const ends = words.length > 1 ? [words[0], words[words.length - 1]] : words
  return ends.map((word) => [...word][0].toUpperCase()).join('')
}

/** One of the four avatar tints. A person has the same one on every screen. */
export function tint(id: string): number {
  let hash = 0
  for (const char of id) hash = (Math.imul(hash, 31) + char.codePointAt(0)!) >>> 0
  // The low bits of this hash depend on the last characters alone, so mix in the high bits.
  return ((hash ^ (hash >>> 15)) >>> 0) % 4
}

export function firstName(name: string): string {
  return name.split(/\s+/)[0]
}

/** A name with what belongs beside it, if anything: "Maya Hart (maya@firm.example)". */
export function nameAndDetail(name: string, detail = ''): string {
  return detail ? `${name} (${detail})` : name
}
