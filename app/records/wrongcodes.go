package records

import (
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"matterline/app/chat"
)

// Wrong codes are counted in the account's row, by all nodes together. After many in a row, codes from the app aren't
// taken for a while, and the wait doubles with each further one. Recovery codes are too long to be guessed, so they are
// always taken. The account's sessions go on.

const (
	// freeWrongCodes is how many wrong codes in a row make the next one wait.
	freeWrongCodes = 10
	firstCodeLock  = 5 * time.Minute
	longestLock    = 24 * time.Hour
	// appCodeLength is how many digits an authenticator app shows.
	appCodeLength = 6
)

// codeLock returns how long codes from the app aren't taken after a number of wrong codes in a row.
func codeLock(wrong int64) time.Duration {
	if wrong < freeWrongCodes {
		return 0
	}
	lock := firstCodeLock
	for ; wrong > freeWrongCodes && lock < longestLock; wrong-- {
		lock *= 2
	}
	return min(lock, longestLock)
}

// lockLeft returns how much longer codes from the app aren't taken. A lock that would last too long is from a clock
// that was wrong.
func (s *Store) lockLeft(t twoStep) time.Duration {
	left := time.Duration(t.lockedUntil-s.millis()) * time.Millisecond
	if t.lockedUntil == 0 || left > longestLock {
		return 0
	}
	return left
}

// checkLock returns too_many for a code from the app while such codes aren't taken.
func (s *Store) checkLock(t twoStep, code string) error {
	wait := s.lockLeft(t)
	if wait <= 0 || utf8.RuneCountInString(code) > appCodeLength {
		return nil
	}
	return chat.Errorf(chat.TooMany, "code", "Too many wrong codes. Enter a recovery code, or wait %s. An admin can turn two-step verification off.", roundedUp(wait)).After(wait)
}

// roundedUp writes a wait in minutes or hours.
func roundedUp(wait time.Duration) string {
	n, unit := int((wait+time.Minute-1)/time.Minute), "minute"
	if wait > 2*time.Hour {
		n, unit = int((wait+time.Hour-1)/time.Hour), "hour"
	}
	if n == 1 {
		return "a " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

// countWrong counts a wrong code. Its transaction has locked the account, so codes that are tried at once count one after
// the other.
func (s *Store) countWrong(tx *change, c chat.Caller, t twoStep) error {
	wrong := t.wrong + 1
	lock := codeLock(wrong)
	var until int64
	if lock > 0 {
		until = s.now().Add(lock).UnixMilli()
	}
	err := tx.Exec(`UPDATE two_step SET wrong_codes = $2, locked_until = $3, untold = untold + 1 WHERE account = $1`, c.Account, wrong, until)
	if err != nil || lock == 0 {
		return err
	}
	tx.differs("wrong_codes", strconv.FormatInt(t.wrong, 10), strconv.FormatInt(wrong, 10))
	tx.differs("locked_minutes", "", strconv.Itoa(int(lock.Minutes())))
	return s.audit(tx, c, "two-step.lock", "", c.Account)
}

// unlockCodes forgets the wrong codes of an account whose password an admin had replaced: the person who tried them
// doesn't know the new one.
func (tx *change) unlockCodes(account string) error {
	return tx.Exec(`UPDATE two_step SET wrong_codes = 0, locked_until = 0 WHERE account = $1`, account)
}

// tellWrongCodes returns how many wrong codes were tried since the last sign-in, and begins anew.
func tellWrongCodes(tx *change, account string, t twoStep) (wrong int64, err error) {
	if t.untold == 0 {
		return 0, nil
	}
	return t.untold, tx.Exec(`UPDATE two_step SET untold = 0 WHERE account = $1`, account)
}
