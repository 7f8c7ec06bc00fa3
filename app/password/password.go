// Package password hashes passwords, slowly on purpose, and checks them against stored hashes.
package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Passwords are hashed with argon2id. One thread and 24 MiB bound what one request costs, and three passes over that
// memory are more than OWASP's least (19 MiB, two passes). Only passwordtest changes these.
var (
	Memory uint32 = 24 << 10 // KiB
	Passes uint32 = 3
)

const (
	threads   = 1
	saltBytes = 16
	hashBytes = 32
)

// hash is a hash with the parameters that made it.
type hash struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
	salt    []byte
	hash    []byte
}

// newHash hashes a password in NFC: keyboards and systems write the same accented letter in different forms.
func newHash(password string) hash {
	h := hash{memory: Memory, passes: Passes, threads: threads, salt: make([]byte, saltBytes)}
	_, _ = rand.Read(h.salt) // never fails
	h.hash = h.of(norm.NFC.String(password))
	return h
}

func (h hash) of(password string) []byte {
	return argon2.IDKey([]byte(password), h.salt, h.passes, h.memory, h.threads, hashBytes)
}

func (h hash) current() bool {
	return h.memory == Memory && h.passes == Passes && h.threads == threads
}

const phcFormat = "$argon2id$v=19$m=%d,t=%d,p=%d$%s"

// String returns the hash in the PHC string format, which includes the parameters.
func (h hash) String() string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf(phcFormat, h.memory, h.passes, h.threads, encode(h.salt)+"$"+encode(h.hash))
}

// parse reads a stored hash. The first versions stored only the salt and the hash, in hexadecimal.
func parse(stored string) (h hash, ok bool) {
	var saltAndHash string
	decode, separator := base64.RawStdEncoding.DecodeString, "$"
	if strings.HasPrefix(stored, "$") {
		if _, err := fmt.Sscanf(stored, phcFormat, &h.memory, &h.passes, &h.threads, &saltAndHash); err != nil || h.passes == 0 || h.threads == 0 {
			return h, false
		}
	} else {
		h.memory, h.passes, h.threads, saltAndHash = 64<<10, 3, 4, stored
		decode, separator = hex.DecodeString, ":"
	}
	salt, sum, found := strings.Cut(saltAndHash, separator)
	var saltErr, hashErr error
	h.salt, saltErr = decode(salt)
	h.hash, hashErr = decode(sum)
	return h, found && saltErr == nil && hashErr == nil
}

// Hash returns what to store for a password.
func Hash(password string) (stored string) { return newHash(password).String() }

// Check reports whether a password matches a stored hash. If it does and a new hash would have other parameters or be of
// another form of the password, renewed is what to store instead. It takes the same time for an account that doesn't
// exist or has no password as for one with a current hash.
func Check(stored, password string) (matches bool, renewed string) {
	h, ok := parse(stored)
	forms := []string{norm.NFC.String(password)}
	if password != forms[0] { // the first versions hashed what people typed
		forms = append(forms, password)
	}
	for i, form := range forms {
		if !ok {
			newHash(form)
			continue
		}
		if subtle.ConstantTimeCompare(h.of(form), h.hash) == 0 {
			continue
		}
		if i > 0 || !h.current() {
			renewed = Hash(password)
		}
		return true, renewed
	}
	return false, ""
}
