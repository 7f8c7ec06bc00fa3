package records

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"golang.org/x/crypto/argon2"
)

// newSecret makes a token or a link's secret. The store keeps only its hash.
func newSecret() string {
	b := make([]byte, 24)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// argon is argon2id with the second recommended set of parameters from RFC 9106.
func argon(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, 3, 64<<10, 4, 32)
}

func hashPassword(password string) string {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt)
	return hex.EncodeToString(salt) + ":" + hex.EncodeToString(argon(password, salt))
}

// checkPassword takes the same time whether or not the account exists and has a password.
func checkPassword(hash, password string) bool {
	saltHex, want, found := strings.Cut(hash, ":")
	salt, err := hex.DecodeString(saltHex)
	got := hex.EncodeToString(argon(password, salt))
	return found && err == nil && subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}
