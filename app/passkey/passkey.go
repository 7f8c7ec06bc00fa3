// Package passkey speaks WebAuthn with browsers: it asks them for a new passkey, or for the answer of one to a challenge,
// and checks what they send back. It does no I/O and remembers nothing. Its callers make the challenges, keep the public
// keys, and see to it that each challenge is answered once.
//
// A passkey must find its account by itself, so that people don't type an email. It must also verify the person, by a PIN
// or their body. The portal doesn't ask who made the authenticator.
package passkey

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Timeout is how long a browser waits for the person.
const Timeout = 2 * time.Minute

// Site is the website that passkeys belong to. Browsers offer them nowhere else.
type Site struct {
	// Origin is the website's address without a path, such as https://firm.example.
	Origin string
	host   string
}

// At returns the site at an origin. It reports false if browsers offer no passkeys there: without TLS except on the
// same computer, and at an IP address.
func At(origin string) (s Site, works bool) {
	u, err := url.Parse(origin)
	if err != nil || protocol.ValidateRPID(u.Hostname()) != nil {
		return Site{}, false
	}
	if u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost") {
		return Site{}, false
	}
	return Site{Origin: u.Scheme + "://" + u.Host, host: u.Hostname()}, true
}

// Person is whose passkey it is. Browsers show the email and the name.
type Person struct{ Account, Email, Name string }

// Key is what the portal keeps of a passkey. It isn't secret.
type Key struct {
	ID        string // chosen by the authenticator, in base64url
	PublicKey string // in COSE and base64url
	// Counter grows with each answer of a passkey that never leaves its device. It stays 0 for one that people's devices
	// share.
	Counter int64
	Synced  bool // whether several devices may share it
}

// NewOptions are the options, in JSON, with which a browser makes a passkey, unless the person has one of the existing keys
// there.
func (s Site) NewOptions(firm string, p Person, existing []Key, challenge []byte) (string, error) {
	w, err := s.webAuthn(firm)
	if err != nil {
		return "", err
	}
	exclude := make([]protocol.CredentialDescriptor, len(existing))
	for i, key := range existing {
		if exclude[i], err = descriptor(key); err != nil {
			return "", err
		}
	}
	options, _, err := w.BeginRegistration(user{Person: p}, webauthn.WithExclusions(exclude))
	if err != nil {
		return "", fmt.Errorf("ask for a passkey: %w", err)
	}
	options.Response.Challenge = challenge
	return encode(options.Response)
}

// New is a new passkey as a browser sent it, unchecked.
type New struct {
	Challenge []byte // that it answers
	parsed    *protocol.ParsedCredentialCreationData
}

// ReadNew reads the JSON of a browser's PublicKeyCredential.
func ReadNew(text string) (New, error) {
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(text))
	if err != nil {
		return New{}, described("read a new passkey", err)
	}
	challenge, err := decode(parsed.Response.CollectedClientData.Challenge)
	return New{challenge, parsed}, err
}

// CheckNew checks that a new passkey was made for an account on this site.
func (s Site) CheckNew(n New, account string) (Key, error) {
	w, err := s.webAuthn("portal")
	if err != nil {
		return Key{}, err
	}
	session := s.session(account, n.Challenge)
	session.CredParams = webauthn.CredentialParametersDefault()
	made, err := w.CreateCredential(user{Person: Person{Account: account}}, session, n.parsed)
	if err != nil {
		return Key{}, described("check a new passkey", err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return Key{ID: encode(made.ID), PublicKey: encode(made.PublicKey), Counter: int64(made.Authenticator.SignCount), Synced: made.Flags.BackupEligible}, nil
}

// AnswerOptions are the options, in JSON, with which a browser asks one of the person's passkeys to answer. Without
// keys, the browser offers all that it has for this site.
func (s Site) AnswerOptions(keys []Key, challenge []byte) (string, error) {
	w, err := s.webAuthn("portal")
	if err != nil {
		return "", err
	}
	allowed := make([]protocol.CredentialDescriptor, len(keys))
	for i, key := range keys {
		if allowed[i], err = descriptor(key); err != nil {
			return "", err
		}
	}
	options, _, err := w.BeginDiscoverableLogin(webauthn.WithChallenge(challenge), webauthn.WithAllowedCredentials(allowed))
	if err != nil {
		return "", fmt.Errorf("ask for the answer of a passkey: %w", err)
	}
	return encode(options.Response)
}

// Answer is a passkey's answer as a browser sent it, unchecked.
type Answer struct {
	ID        string // the key's
	Challenge []byte // that it answers
	parsed    *protocol.ParsedCredentialAssertionData
}

// ReadAnswer reads the JSON of a browser's PublicKeyCredential.
func ReadAnswer(text string) (Answer, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(text))
	if err != nil {
		return Answer{}, described("read the answer of a passkey", err)
	}
	challenge, err := decode(parsed.Response.CollectedClientData.Challenge)
	return Answer{base64.RawURLEncoding.EncodeToString(parsed.RawID), challenge, parsed}, err
}

// ErrCopied is returned by Check for an answer whose counter didn't grow: two devices may have the same passkey, one of
// them a copy. The counter is returned, too.
var ErrCopied = errors.New("the passkey's counter didn't grow")

// Check checks that an answer was given on this site by an account's key, and returns the key's new counter.
func (s Site) Check(a Answer, account string, k Key) (counter int64, err error) {
	w, err := s.webAuthn("portal")
	if err != nil {
		return 0, err
	}
	known := webauthn.Credential{
		Authenticator: webauthn.Authenticator{SignCount: uint32(k.Counter)},
		Flags:         webauthn.CredentialFlags{BackupEligible: k.Synced, UserVerified: true},
	}
	if known.ID, err = decode(k.ID); err != nil {
		return 0, err
	}
	if known.PublicKey, err = decode(k.PublicKey); err != nil {
		return 0, err
	}
	checked, err := w.ValidateLogin(user{Person: Person{Account: account}, key: known}, s.session(account, a.Challenge), a.parsed)
	if err != nil {
		return 0, described("check the answer of a passkey", err)
	}
	counter = int64(a.parsed.Response.AuthenticatorData.Counter)
	if checked.Authenticator.CloneWarning {
		return counter, ErrCopied
	}
	return counter, nil
}

func (s Site) webAuthn(firm string) (*webauthn.WebAuthn, error) {
	timeout := webauthn.TimeoutConfig{Timeout: Timeout, TimeoutUVD: Timeout}
	w, err := webauthn.New(&webauthn.Config{
		RPID: s.host, RPDisplayName: firm, RPOrigins: []string{s.Origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{Login: timeout, Registration: timeout},
		// Password managers send some unasked.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys at %q: %w", s.Origin, err)
	}
	return w, nil
}

// session is what the library would have kept between asking and checking.
func (s Site) session(account string, challenge []byte) webauthn.SessionData {
	return webauthn.SessionData{
		Challenge: base64.RawURLEncoding.EncodeToString(challenge), RelyingPartyID: s.host, UserID: []byte(account),
		UserVerification: protocol.VerificationRequired,
	}
}

// user is a person as the library needs them.
type user struct {
	Person
	key webauthn.Credential
}

func (u user) WebAuthnID() []byte                         { return []byte(u.Account) }
func (u user) WebAuthnName() string                       { return u.Email }
func (u user) WebAuthnDisplayName() string                { return u.Name }
func (u user) WebAuthnCredentials() []webauthn.Credential { return []webauthn.Credential{u.key} }

func descriptor(k Key) (protocol.CredentialDescriptor, error) {
	id, err := decode(k.ID)
	return protocol.CredentialDescriptor{Type: protocol.PublicKeyCredentialType, CredentialID: id}, err
}

func decode(text string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(text) }

func encode(options any) (string, error) {
	text, err := json.Marshal(options)
	return string(text), err
}

// described adds the library's explanation, which its errors keep apart.
func described(doing string, err error) error {
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		return fmt.Errorf("%s: %w: %s", doing, err, e.DevInfo)
	}
	return fmt.Errorf("%s: %w", doing, err)
}
