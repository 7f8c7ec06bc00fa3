package records_test

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"

	"matterline/app/chat"
	"matterline/app/password/passwordtest"
	"matterline/app/records"
	"matterline/app/sqldb"
)

// A hash keeps its parameters, so it can be checked after new passwords got others. The first sign-in replaces it.
func TestPasswordHashesWithOtherParametersWorkAndAreRenewed(t *testing.T) {
	passwordtest.HashAtFullCost(t)
	const password = "a good long password"
	salt := []byte("0123456789abcdef")
	stored := map[string]string{
		"first format": hex.EncodeToString(salt) + ":" + hex.EncodeToString(argon2.IDKey([]byte(password), salt, 3, 64<<10, 4, 32)),
		"weaker": "$argon2id$v=19$m=8192,t=1,p=2$" + base64.RawStdEncoding.EncodeToString(salt) + "$" +
			base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte(password), salt, 1, 8192, 2, 32)),
	}
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			db := engine.migrated(t)
			f := newFirm(t, db)
			now := func() string {
				return must(sqldb.Get(t.Context(), db, sqldb.Column[string], `SELECT password FROM accounts WHERE id = $1`, f.maya.Account))(t)
			}
			signIn := func(password string) error {
				_, err := f.SignInByPassword(t.Context(), "maya", password, chat.Origin{Device: "laptop"})
				return err
			}
			for name, hash := range stored {
				if err := db.Tx(t.Context(), func(tx *sqldb.Tx) error {
					return tx.Exec(`UPDATE accounts SET password = $2 WHERE id = $1`, f.maya.Account, hash)
				}); err != nil {
					t.Fatal(err)
				}
				if err := signIn("another password"); chat.CodeOf(err) != chat.WrongPassword || now() != hash {
					t.Errorf("%s: a wrong password gives %v and %s", name, err, now())
				}
				if err := signIn(password); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				renewed := now()
				if !strings.HasPrefix(renewed, "$argon2id$v=19$m=24576,t=3,p=1$") {
					t.Errorf("%s: stored %s after the sign-in", name, renewed)
				}
				if err := signIn(password); err != nil || now() != renewed {
					t.Errorf("%s: the renewed hash gives %v and %s", name, err, now())
				}
			}
		})
	}
}

// A keyboard that composes an accented letter and one that doesn't write different characters.
func TestPasswordsMatchInEveryNormalForm(t *testing.T) {
	passwordtest.HashAtFullCost(t)
	const composed, decomposed = "caf\u00e9 cr\u00e8me br\u00fbl\u00e9e", "cafe\u0301 cre\u0300me bru\u0302le\u0301e"
	typed := map[string]string{"composed": composed, "decomposed": decomposed}
	salt := []byte("0123456789abcdef")
	asTyped := func(password string) string { // as the first versions stored it
		return "$argon2id$v=19$m=24576,t=3,p=1$" + base64.RawStdEncoding.EncodeToString(salt) + "$" +
			base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte(password), salt, 3, 24576, 1, 32))
	}
	db := engines[0].migrated(t)
	f := newFirm(t, db)
	signIn := func(password string) error {
		_, err := f.SignInByPassword(t.Context(), "maya", password, chat.Origin{Device: "laptop"})
		return err
	}
	for name, password := range typed {
		id := must(f.AddUser(t.Context(), f.admin, records.Account{Email: name + "@hartwell.example", Name: name, Password: password}))(t)
		hash := must(sqldb.Get(t.Context(), db, sqldb.Column[string], `SELECT password FROM accounts WHERE id = $1`, id))(t)
		for step, stored := range map[string]string{"chosen now": hash, "stored as typed": asTyped(password)} {
			if err := db.Tx(t.Context(), func(tx *sqldb.Tx) error {
				return tx.Exec(`UPDATE accounts SET password = $2 WHERE id = $1`, f.maya.Account, stored)
			}); err != nil {
				t.Fatal(err)
			}
			for _, try := range []string{password, composed, decomposed} { // first as it was chosen
				if err := signIn(try); err != nil {
					t.Errorf("%s, %s: %+q gives %v", name, step, try, err)
				}
			}
			if err := signIn("cafe creme brulee"); chat.CodeOf(err) != chat.WrongPassword {
				t.Errorf("%s, %s: a password without accents gives %v", name, step, err)
			}
		}
	}
}

func TestDamagedPasswordHashesMatchNothing(t *testing.T) {
	db := engines[0].migrated(t)
	f := newFirm(t, db)
	for _, hash := range []string{"", "x", ":", "$", "$argon2id$v=19$m=8,t=0,p=1$AAAA$AAAA", "$argon2id$v=19$m=8,t=1,p=0$AAAA$AAAA", "$argon2id$v=19$m=8,t=1,p=1$AAAA", "$2a$10$abc"} {
		if err := db.Tx(t.Context(), func(tx *sqldb.Tx) error {
			return tx.Exec(`UPDATE accounts SET password = $2 WHERE id = $1`, f.maya.Account, hash)
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.SignInByPassword(t.Context(), "maya", "", chat.Origin{Device: "laptop"}); chat.CodeOf(err) != chat.WrongPassword {
			t.Errorf("%q: %v", hash, err)
		}
	}
}
