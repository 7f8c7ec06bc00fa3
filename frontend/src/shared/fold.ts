const cjk = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}'
const word = new RegExp(`[${cjk}]|(?:(?![${cjk}])[\\p{L}\\p{N}\\p{M}])+`, 'gu')

/** Letters that Unicode doesn't decompose into a base letter and an accent. */
const baseLetters = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', ł: 'l', ı: 'i', þ: 'th' }

/** The words of a text without case and accents. app/search/words.go has the same rules. */
export const foldWords = (text: string) => (text.match(word) ?? []).map(foldWord).filter(Boolean)

/** The words of a text without case and accents, with a space between two. */
export const fold = (text: string) => foldWords(text).join(' ')

function foldWord(text: string): string {
  if (/^\w+$/.test(text)) return text.toLowerCase() // a shortcut for ASCII
  // \u3099 and \u309a are Japanese voicing marks: か and が are two letters.
  const bare = lower(text)
    .normalize('NFKD')
    .replace(/(?![\u3099\u309a])\p{Mn}/gu, '')
  const based = lower(bare).replace(
    /[ßæœøđðłıþ]/g,
    (letter) => baseLetters[letter as keyof typeof baseLetters],
  )
  return based.normalize('NFKC').replace(/[^\p{L}\p{N}\p{M}]/gu, '')
}

/** Each character in lower case by itself, so that Σ becomes σ at the end of a word, too. */
const lower = (text: string) => [...text].map((character) => character.toLowerCase()).join('')
