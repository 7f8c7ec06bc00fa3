import { foldWords } from '../shared/fold'

/** A text that is often sent, to be inserted where one writes. */
export interface Reply {
  id: string
  title: string
  text: string
  /** Everybody's at the firm, changed by admins alone; else the user's own. */
  firm: boolean
}

export interface RepliesBackend {
  /** Those that are on this computer. It also asks the portal; if that has others, a hint follows. */
  replies(): Promise<Reply[]>
  saveReply(reply: Reply): Promise<void>
  removeReply(id: string, firm: boolean): Promise<void>
  onReplies(hint: () => void): () => void
}

/** The words that stand in braces for what they say. */
export const blanks = ['first name', 'matter', 'reference'] as const

export type BlankValues = Record<(typeof blanks)[number], string>

/** A reply's text with its blanks filled in. Other braces stay as they are. */
export function fillBlanks(text: string, blankValues: BlankValues): string {
  return text.replace(/\{(first name|matter|reference)\}/gi, (blank, word: string) => {
    return blankValues[word.toLowerCase() as keyof BlankValues] || blank
  })
}

/** What stands in braces and is no blank. */
export function unknownBlanks(text: string): string[] {
  const inBraces = text.match(/\{[^{}\n]+\}/g) ?? []
  return inBraces.filter((it) => !blanks.some((blank) => `{${blank}}` === it.toLowerCase()))
}

/** The slash before the caret that begins a word, and what is typed after it. */
export function slashAt(text: string, caret: number): { from: number; typed: string } | undefined {
  const before = text.slice(0, Math.max(0, caret))
  const from = before.lastIndexOf('/')
  const typed = before.slice(from + 1)
  const begins = from >= 0 && !/\S/.test(before.charAt(from - 1))
  return begins && /^([\p{L}\p{N}].{0,40})?$/u.test(typed) ? { from, typed } : undefined
}

/** The replies that have all words of what is typed, or their beginnings: in the title first. */
export function matchingReplies(replies: Reply[], typed: string): Reply[] {
  const asked = foldWords(typed)
  const has = (text: string) => {
    const words = foldWords(text)
    return asked.every((part) => words.some((word) => word.startsWith(part)))
  }
  const titled = replies.filter((reply) => has(reply.title))
  return [...titled, ...replies.filter((reply) => !titled.includes(reply) && has(reply.text))]
}
