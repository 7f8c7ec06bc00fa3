export interface Part {
  text: string
  /** The target, if this part is a link. */
  href?: string
}

// Only plain web addresses. Punctuation that ends a sentence isn't part of the address, nor is a closing
// bracket that was opened before it.
const address = /\bhttps?:\/\/[^\s<>"]+/gi
const trailing = /[.,;:!?'’”»]+$/

/** Splits people's text into plain text and links. */
export function parts(text: string): Part[] {
  const found: Part[] = []
  let end = 0
  for (const match of text.matchAll(address)) {
    let link = match[0].replace(trailing, '')
    while (link.endsWith(')') && !link.includes('(')) link = link.slice(0, -1).replace(trailing, '')
    if (!URL.canParse(link)) continue
    if (match.index > end) found.push({ text: text.slice(end, match.index) })
    // The browser's own form (punycode) reveals letters that only look like Latin ones.
    found.push({ text: link, href: new URL(link).href })
    end = match.index + link.length
  }
  if (end < text.length) found.push({ text: text.slice(end) })
  return found
}
