export interface Part {
  text: string
  /** Where it leads, for a link. */
  href?: string
}

// Only what is plainly a web address. The mark that ends a sentence is not part of it, nor is a bracket
// that was opened before it.
const address = /\bhttps?:\/\/[^\s<>"]+/gi
const trailing = /[.,;:!?'’”»]+$/

/** Cuts people's text into words and links. */
export function parts(text: string): Part[] {
  const found: Part[] = []
  let end = 0
  for (const match of text.matchAll(address)) {
    let link = match[0].replace(trailing, '')
    while (link.endsWith(')') && !link.includes('(')) link = link.slice(0, -1).replace(trailing, '')
    if (!URL.canParse(link)) continue
    if (match.index > end) found.push({ text: text.slice(end, match.index) })
    // As the browser understands it: letters that only look like others show themselves.
    found.push({ text: link, href: new URL(link).href })
    end = match.index + link.length
  }
  if (end < text.length) found.push({ text: text.slice(end) })
  return found
}
