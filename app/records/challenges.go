package records

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"matterline/app/chat"
	"matterline/app/passkey"
)

// A challenge is what a passkey answers. Everyone may ask for one, so the portal keeps nothing of it until it is answered:
// the challenge holds when it was made, and a signature over what it is for that any node can check. The signature is
// worth nothing in another epoch, so a restore withdraws what wasn't answered. An answered challenge is stored until long
// after it has expired, so that it works once on all nodes.

// purpose is what an answer to a challenge is for. An answer for one purpose is worth nothing for another.
type purpose byte

const (
	toSignIn  purpose = iota
	toAdd             // a passkey to the account
	toProve           // that the caller, a participant, is still the person who signed in
	toConfirm         // the same of a user
	toOpen            // the page on which a user makes a passkey
)

const (
	// challengeTTL is how long a challenge can be answered. People may have to look for their phone.
	challengeTTL = passkey.Timeout + time.Minute
	// pageTTL is how long a page can be opened, as long as the app waits for it.
	pageTTL = 10 * time.Minute
	// challengeAhead is how far another node's clock may be ahead.
	challengeAhead = time.Minute
	// A challenge is the time in milliseconds, random bytes and the signature.
	challengeRandom = 16
	challengeLength = 8 + challengeRandom + sha256.Size
)

var errLateAnswer = chat.Errorf(chat.WrongPasskey, "", "This took too long. Try again.")

// newChallenge makes a challenge for someone, such as an account, or for anyone if whom is empty.
func (s *Store) newChallenge(p purpose, whom string) []byte {
	c := binary.BigEndian.AppendUint64(nil, uint64(s.millis()))
	c = append(c, make([]byte, challengeRandom)...)
	_, _ = rand.Read(c[8:]) // never fails
	return append(c, s.signChallenge(c, p, whom)...)
}

func (s *Store) signChallenge(begin []byte, p purpose, whom string) []byte {
	mac := hmac.New(sha256.New, s.challengeKey)
	mac.Write(begin)
	mac.Write([]byte{byte(p)})
	mac.Write([]byte(s.Epoch() + " " + whom))
	return mac.Sum(nil)
}

// checkChallenge checks that a challenge was made for a purpose and for someone, not long ago. It returns wrong_passkey.
func (s *Store) checkChallenge(challenge []byte, p purpose, whom string) error {
	if len(challenge) != challengeLength {
		return errWrongPasskey
	}
	begin, signature := challenge[:challengeLength-sha256.Size], challenge[challengeLength-sha256.Size:]
	if !hmac.Equal(signature, s.signChallenge(begin, p, whom)) {
		return errWrongPasskey
	}
	ttl := challengeTTL
	if p == toOpen {
		ttl = pageTTL
	}
	made := time.UnixMilli(int64(binary.BigEndian.Uint64(begin)))
	if age := s.now().Sub(made); age > ttl || age < -challengeAhead {
		return errLateAnswer
	}
	return nil
}

// useChallenge uses up a challenge. It returns wrong_passkey if it has been used.
func (s *Store) useChallenge(tx *change, challenge []byte) error {
	n, err := tx.ExecCount(`INSERT INTO used_challenges (challenge, used_at) VALUES ($1, $2) ON CONFLICT (challenge) DO NOTHING`, hashSecret(string(challenge)), s.millis())
	if err == nil && n == 0 {
		err = errWrongPasskey
	}
	return err
}
