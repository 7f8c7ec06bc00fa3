import { foldWords } from '../shared/fold'

/** A saved reply: a text to insert into messages. */
export interface Reply {
  id: string
  title: string
  text: string
  /** Shared by the firm and edited by admins; otherwise the user's own. */
  firm: boolean
}

export interface RepliesBackend {
  /** Returns the replies stored on this computer and asks the portal for changes. A hint follows if there are some. */
  replies(): Promise<Reply[]>
  saveReply(reply: Reply): Promise<void>
  removeReply(id: string, firm: boolean): Promise<void>
  onReplies(hint: () => void): () => void
}

/** The placeholders that a reply may contain, in braces. */
export const blanks = ['first name', 'matter', 'reference'] as const

export type BlankValues = Record<(typeof blanks)[number], string>

/** Fills in a reply's placeholders. Other text in braces stays. */
export function fillBlanks(text: string, blankValues: BlankValues): string {
  return text.replace(/\{(first name|matter|reference)\}/gi, (blank, word: string) => {
    return blankValues[word.toLowerCase() as keyof BlankValues] || blank
  })
}

/** Text in braces that isn't a placeholder. */
export function unknownBlanks(text: string): string[] {
  const inBraces = text.match(/\{[^{}\n]+\}/g) ?? []
  return inBraces.filter((it) => !blanks.some((blank) => `{${blank}}` === it.toLowerCase()))
}

/** Finds the slash that begins the word at the caret, and the text typed after it. */
export function slashAt(text: string, caret: number): { from: number; typed: string } | undefined {
  const before = text.slice(0, Math.max(0, caret))
  const from = before.lastIndexOf('/')
  const typed = before.slice(from + 1)
  const begins = from >= 0 && !/\S/.test(before.charAt(from - 1))
  return begins && /^([\p{L}\p{N}].{0,40})?$/u.test(typed) ? { from, typed } : undefined
}

/** The replies with a word that begins with each typed word. Matches in the title come first. */
export function matchingReplies(replies: Reply[], typed: string): Reply[] {
  const asked = foldWords(typed)
  const has = (text: string) => {
    const words = foldWords(text)
    return asked.every((part) => words.some((word) => word.startsWith(part)))
  }
  const titled = replies.filter((reply) => has(reply.title))
  return [...titled, ...replies.filter((reply) => !titled.includes(reply) && has(reply.text))]
}
