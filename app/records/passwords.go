package records

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"matterline/app/chat"
)

// Passwords are hashed with argon2id. One thread and 24 MiB bound what one request costs, and three passes over that
// memory are more than OWASP's least (19 MiB, two passes). Only tests change these.
var (
	hashMemory uint32 = 24 << 10 // KiB
	hashPasses uint32 = 3
)

const (
	hashThreads = 1
	saltBytes   = 16
	hashBytes   = 32
)

// passwordHash is a hash with the parameters that made it.
type passwordHash struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
	salt    []byte
	hash    []byte
}

// newPasswordHash hashes a password in NFC: keyboards and systems write the same accented letter in different forms.
func newPasswordHash(password string) passwordHash {
	h := passwordHash{memory: hashMemory, passes: hashPasses, threads: hashThreads, salt: make([]byte, saltBytes)}
	_, _ = rand.Read(h.salt) // never fails
	h.hash = h.of(norm.NFC.String(password))
	return h
}

func (h passwordHash) of(password string) []byte {
	return argon2.IDKey([]byte(password), h.salt, h.passes, h.memory, h.threads, hashBytes)
}

func (h passwordHash) current() bool {
	return h.memory == hashMemory && h.passes == hashPasses && h.threads == hashThreads
}

const phcFormat = "$argon2id$v=19$m=%d,t=%d,p=%d$%s"

// String returns the hash in the PHC string format, which includes the parameters.
func (h passwordHash) String() string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf(phcFormat, h.memory, h.passes, h.threads, encode(h.salt)+"$"+encode(h.hash))
}

// parsePasswordHash reads a stored hash. The first versions stored only the salt and the hash, in hexadecimal.
func parsePasswordHash(stored string) (h passwordHash, ok bool) {
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
	salt, hash, found := strings.Cut(saltAndHash, separator)
	var saltErr, hashErr error
	h.salt, saltErr = decode(salt)
	h.hash, hashErr = decode(hash)
	return h, found && saltErr == nil && hashErr == nil
}

// hashPassword returns busy.
func hashPassword(ctx context.Context, password string) (stored string, err error) {
	err = hashing.run(ctx, func() { stored = newPasswordHash(password).String() })
	return stored, err
}

// checkPassword reports whether a password matches a stored hash. If it does and a new hash would have other parameters
// or be of another form of the password, renewed is what to store instead. It takes the same time for an account that
// doesn't exist or has no password as for one with a current hash. It returns busy.
func checkPassword(ctx context.Context, stored, password string) (matches bool, renewed string, err error) {
	h, ok := parsePasswordHash(stored)
	err = hashing.run(ctx, func() {
		forms := []string{norm.NFC.String(password)}
		if password != forms[0] { // the first versions hashed what people typed
			forms = append(forms, password)
		}
		for i, form := range forms {
			if !ok {
				newPasswordHash(form)
				continue
			}
			if subtle.ConstantTimeCompare(h.of(form), h.hash) == 0 {
				continue
			}
			if matches = true; i > 0 || !h.current() {
				renewed = newPasswordHash(password).String()
			}
			return
		}
	})
	return matches, renewed, err
}

// hashing bounds how many passwords this process hashes at once: one for each core, except one core, which stays
// free for everything else.
var hashing = &queue{slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1))}

const (
	// maxWaiting is how many callers may wait for each slot of a queue.
	maxWaiting = 16
	// busyWait is how long a caller who found the queue full should wait.
	busyWait = 2 * time.Second
)

var errBusy = chat.Errorf(chat.Busy, "", "The portal is busy. Try again in a few seconds.").After(busyWait)

// queue runs at most as many jobs at once as it has slots. A few more wait.
type queue struct {
	slots chan struct{}
	jobs  atomic.Int64 // that run or wait
}

// run returns busy if too many wait already.
func (q *queue) run(ctx context.Context, job func()) error {
	defer q.jobs.Add(-1)
	if q.jobs.Add(1) > int64(cap(q.slots)*(1+maxWaiting)) {
		return errBusy
	}
	select {
	case q.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-q.slots }()
	job()
	return nil
}
