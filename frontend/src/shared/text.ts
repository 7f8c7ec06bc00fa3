// The rules for a message's text. app/chat/text.go has the same rules and sentences.

/** The most characters a message may have. */
export const maxText = 10_000

/** Characters as people and the portal count them, which .length doesn't: an emoji is one. */
export const lengthOf = (text: string) => [...text].length

/** Whether nothing of a text would show on screen. */
export const isBlank = (text: string) => !visible.test(text)

/** A message's text as the portal stores it, and what is wrong with it as a sentence, or empty. */
export function validText(typed: string): { text: string; problem: string } {
  const text = normalized(typed)
  const at = text.search(refused)
  const length = lengthOf(text)
  if (loneSurrogate.test(text))
    return problem("This message contains characters that can't be sent. Delete them and type them again.")
  if (at >= 0)
    return problem(
      `This message contains a hidden character that can't be sent, ${place(text.slice(0, at))}. Delete it and what follows, and type that again.`,
    )
  if (isBlank(text)) return problem('Write a message first.')
  if (length > maxText)
    return problem(
      `Messages can have up to ${count(maxText)} characters. This one has ${count(length)}. Shorten it or send it in parts.`,
    )
  return { text, problem: '' }
}

/** What people paste contains other programs' line ends and hidden characters that change the order of text. */
export const normalized = (text: string) =>
  text
    .replace(lineEnd, '\n')
    .replace(/[\u202a-\u202e\ufeff]/g, '')
    .normalize('NFC')
    .replace(blankEnds, '')

const lineEnd = /\r\n|[\r\v\f\u0085\u2028\u2029]/g
const blankEnds = /^\p{White_Space}+|\p{White_Space}+$/gu
const loneSurrogate = /\p{Cs}/u
/** A control character, or the first of more than 20 combining marks. */
const refused = /(?![\n\t])\p{Cc}|\p{M}{21}/u
/** Symbols and letters that look blank are listed one by one. */
const visible =
  /[^\p{White_Space}\p{Cc}\p{Cf}\p{M}\p{Default_Ignorable_Code_Point}\u2800\ufffc\u{1d159}\u{13441}\u{13442}]/u

/** Says where in a message something is, by the text before it. */
function place(before: string): string {
  const lines = before.split('\n')
  const line = [...lines[lines.length - 1].replace(blankEnds, '')]
  if (line.length > 0) return `after “${line.slice(-20).join('')}”`
  return lines.length > 1 ? `in line ${lines.length}` : 'at the beginning'
}

const problem = (sentence: string) => ({ text: '', problem: sentence })

const count = (n: number) => n.toLocaleString('en-GB')
