package chat

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Look returns a name in a form in which names that look the same are equal, so that two people can't be mistaken for
// each other unnoticed. Case, accents, spaces and punctuation make no difference, nor do letters of other alphabets and
// digits that look like Latin letters. Names that look different may be equal, too. That only means more care than
// necessary.
func Look(name string) string {
	look := lookOf(name, func(r rune) string {
		switch as, known := sameInNames[r]; {
		case known:
			return as
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.Is(unicode.M, r): // vowel signs are letters, too
			return string(r)
		}
		return ""
	})
	if look == "" { // only symbols
		return FoldName(name)
	}
	return look
}

// EmailLook is Look for emails. Two emails with one look can't belong to two accounts, so only what people can't tell
// apart is equal: i.adams@ and l.adams@ are different people, and so are emails with other punctuation.
func EmailLook(email string) string {
	return lookOf(FoldName(email), func(r rune) string {
		if as, known := sameInEmails[r]; known {
			return as
		}
		return string(r)
	})
}

// lookOf writes what a text looks like in ASCII as far as possible, in small letters and without accents. fold replaces
// each character of that.
func lookOf(text string, fold func(rune) string) string {
	var look strings.Builder
	for _, r := range norm.NFKD.String(strings.Map(shown, text)) {
		if isAccent(r) {
			continue
		}
		for _, small := range norm.NFKD.String(strings.ToLower(asciiLook(r))) {
			if !isAccent(small) {
				look.WriteString(fold(small))
			}
		}
	}
	return twoAsOne.Replace(look.String())
}

// isAccent reports whether a character is a combining accent. Those of single alphabets, which follow them in Unicode, are
// vowel signs and the like.
func isAccent(r rune) bool { return '\u0300' <= r && r <= '\u036f' }

// asciiLook returns the ASCII text that a character looks like, or the character. The small letters of other alphabets may
// look like other Latin letters than their capitals. Where they look like none, they may look like small capitals.
func asciiLook(r rune) string {
	if r > unicode.MaxASCII {
		for _, r := range []rune{r, unicode.ToUpper(r), unicode.ToLower(r)} {
			if as, known := looksLike[r]; known {
				return as
			}
		}
	}
	return string(r)
}

// looksLike holds the ASCII text that a character looks like: those of Unicode's table, and some that are as close.
var looksLike = func() map[rune]string {
	all := map[rune]string{}
	for _, table := range []map[string]string{confusable, alsoConfusable} {
		for as, characters := range table {
			for _, r := range characters {
				all[r] = as
			}
		}
	}
	return all
}()

// alsoConfusable is like confusable, for common letters and small capitals that Unicode's table lacks, or has with letters
// beyond ASCII.
var alsoConfusable = map[string]string{
	"ss": "ß", "a": "ᴀ", "b": "ʙ", "c": "ςᴄ", "d": "ᴅ", "e": "ᴇ", "f": "ꜰ", "g": "ɢ", "h": "ʜ", "i": "ɪ", "j": "յᴊ", "k": "ᴋ", "l": "ʟ",
	"m": "ᴍ", "n": "пɴ", "o": "ᴏ", "p": "ᴘ", "q": "ꞯ", "r": "ʀ", "s": "ꜱ", "t": "ᴛ", "u": "иᴜ", "v": "ᴠ", "w": "ωᴡ", "y": "ʏ", "z": "ᴢ",
}

// sameInNames holds small letters and digits, and what they are taken for in names. I, i, l and 1 are one letter, and so
// are O and 0.
var sameInNames = map[rune]string{'i': "l", '1': "l", '|': "l", '0': "o", '5': "s"}

// sameInEmails is the same for emails. They are shown in small letters.
var sameInEmails = map[rune]string{'1': "l", '|': "l", '0': "o"}

// twoAsOne holds two letters that look like one.
var twoAsOne = strings.NewReplacer("rn", "m", "vv", "w")
