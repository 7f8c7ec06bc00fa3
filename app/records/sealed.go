package records

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
)

// Notices hold messages, and every role that may connect to a PostgreSQL database can listen to its channels and send to
// them. So notices are encrypted and authenticated with a key that only those who may read the store's tables have.

// newNoticeCipher returns the cipher of a store with a secret.
func newNoticeCipher(secret []byte) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "matterline notices", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// seal encrypts a notice.
func (s *Store) seal(text string) string {
	return base64.RawStdEncoding.EncodeToString(s.noticeCipher.Seal(nil, nil, []byte(text), nil))
}

// unseal returns what seal was given.
func (s *Store) unseal(sealed string) (string, error) {
	data, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil {
		return "", err
	}
	text, err := s.noticeCipher.Open(nil, nil, data, nil)
	return string(text), err
}
