package records

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/trustelem/zxcvbn"
	"golang.org/x/text/unicode/norm"

	"matterline/app/chat"
)

const (
	// leastScore is the score of zxcvbn, from 0 to 4, that a password needs: it takes more than a million guesses.
	leastScore = 2
	// maxScored is how many characters of a password are scored. The time to score it grows faster than its length.
	maxScored = 72
	// maxDisguised is the same for a password with more than manyDisguises different characters that people write for
	// letters. zxcvbn tries all their combinations, and they would keep a core busy for seconds.
	maxDisguised  = 24
	manyDisguises = 6
	// maxWords is how many words about a person count as easy to guess.
	maxWords = 20
)

// checkStrength returns weak_password for a password that is easy to guess: a common one, a pattern, or the words in
// about, such as the person's name.
func checkStrength(password string, about ...string) error {
	scored := []rune(norm.NFC.String(password))
	most := maxScored
	if disguises(scored) > manyDisguises {
		most = maxDisguised
	}
	scored = scored[:min(len(scored), most)]
	if zxcvbn.PasswordStrength(string(scored), wordsOf(about)).Score < leastScore {
		return chat.Errorf(chat.WeakPassword, "password", "This password is too easy to guess. Try several words.")
	}
	return nil
}

// disguises counts the different characters that people write for letters, such as 4 for a.
func disguises(password []rune) int {
	found := map[rune]bool{}
	for _, r := range password {
		if strings.ContainsRune("0123456789@$!|+%([{<", r) {
			found[r] = true
		}
	}
	return len(found)
}

// wordsOf returns the words of texts, and each text as a whole, with and without what separates its words.
func wordsOf(texts []string) (words []string) {
	for _, text := range texts {
		parts := strings.FieldsFunc(strings.ToLower(norm.NFC.String(text)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if len(parts) > 1 {
			words = append(words, strings.ToLower(norm.NFC.String(text)), strings.Join(parts, ""))
		}
		for _, part := range parts {
			if utf8.RuneCountInString(part) > 2 {
				words = append(words, part)
			}
		}
	}
	return words[:min(len(words), maxWords)]
}

// goodPassword checks a password that a person chose. The firm's name and the words in about are easy to guess. It
// returns weak_password, too_long and busy.
func (s *Store) goodPassword(ctx context.Context, password string, about ...string) error {
	if err := chat.ValidPassword(password); err != nil {
		return err
	}
	firm, err := s.Firm(ctx)
	if err != nil {
		return err
	}
	var weak error
	if err := hashing.run(ctx, func() { weak = checkStrength(password, append(about, firm.Name)...) }); err != nil {
		return err
	}
	return weak
}
