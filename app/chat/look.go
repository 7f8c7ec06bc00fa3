package chat

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Look returns a name in a form in which names that look the same are equal, so that two people can't be mistaken for
// each other unnoticed. Case, accents, spaces and punctuation make no difference, nor do letters of other alphabets and
// digits that look like Latin letters. It is no full table of confusable characters: it knows the letters that whole
// names can be written with. Names that look different may be equal, too. That only means more care than necessary.
func Look(name string) string {
	var look strings.Builder
	for _, r := range norm.NFKD.String(FoldName(strings.Map(latinCapital, name))) {
		switch as, known := sameLook[r]; {
		case known:
			look.WriteString(as)
		case unicode.IsLetter(r), unicode.IsNumber(r), r > lastAccent && unicode.Is(unicode.M, r): // vowel signs are letters, too
			look.WriteRune(r)
		}
	}
	if look.Len() == 0 { // only symbols
		return FoldName(name)
	}
	return twoAsOne.Replace(look.String())
}

// lastAccent is the last of the combining accents. Those of single alphabets follow.
const lastAccent = '\u036f'

// latinCapital returns the Latin capital that a capital of another alphabet looks like. In lower case, it may look like
// another one.
func latinCapital(r rune) rune {
	if latin, known := capitals[r]; known {
		return latin
	}
	return r
}

var capitals = pairs("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕЗЅІЇЈКМНОРСТУҮХԚԜՕՍ", "ABEZHIKMNOPTYXABE3SIIJKMHOPCTYYXQWOU")

func pairs(from, to string) map[rune]rune {
	latin, all := []rune(to), map[rune]rune{}
	for i, r := range []rune(from) {
		all[r] = latin[i]
	}
	return all
}

// sameLook holds small letters and digits, and what they look like. I, i, l and 1 are one letter, and so are O and 0.
var sameLook = map[rune]string{
	'i': "l", '1': "l", '|': "l", 'ı': "l", '0': "o", '3': "з", '5': "s",
	// Latin letters that Unicode doesn't decompose.
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'ł': "l", 'ħ': "h", 'ŧ': "t", 'ŋ': "n", 'ɑ': "a", 'ɡ': "g", 'ɩ': "l", 'ƒ': "f",
	// Greek.
	'α': "a", 'γ': "y", 'ε': "e", 'η': "n", 'ι': "l", 'κ': "k", 'ν': "v", 'ο': "o", 'ρ': "p", 'σ': "o", 'ς': "c", 'τ': "t", 'υ': "u", 'χ': "x", 'ω': "w", 'ϲ': "c", 'ϳ': "j",
	// Cyrillic.
	'а': "a", 'в': "b", 'г': "r", 'е': "e", 'и': "u", 'к': "k", 'м': "m", 'н': "h", 'о': "o", 'п': "n", 'р': "p", 'с': "c", 'т': "t", 'у': "y", 'х': "x", 'ь': "b",
	'ѕ': "s", 'і': "l", 'ј': "j", 'һ': "h", 'ҽ': "e", 'ү': "y", 'ԁ': "d", 'ԛ': "q", 'ԝ': "w", 'ӏ': "l", 'ѵ': "v", 'ѡ': "w",
	// Armenian.
	'օ': "o", 'ո': "n", 'ս': "u", 'հ': "h", 'ց': "g", 'զ': "q", 'յ': "j",
}

// twoAsOne holds two letters that look like one.
var twoAsOne = strings.NewReplacer("rn", "m", "vv", "w")
