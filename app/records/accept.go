package records

import (
	"context"
	"errors"
	"strings"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Accept accepts an invitation, which works once. It makes an account with the given email and password, or uses
// the account they belong to. It starts a session and returns its token and the invitation's matter. It returns
// link_expired, required, wrong_pin, malformed, weak_password, too_long, wrong_password, taken, not_allowed and busy.
func (s *Store) Accept(ctx context.Context, secret, pin, email, password string, from chat.Origin) (token, matter string, err error) {
	if email, err = chat.ValidEmail(email); err != nil {
		return "", "", err
	}
	pin = foldCode(pin)
	// Check the link first: a caller without a valid link must not find out which emails have accounts.
	name, err := s.checkInvitation(ctx, secret, pin, from)
	if err != nil {
		return "", "", err
	}
	if err := checkKind(false, from.Kind); err != nil {
		return "", "", err
	}
	owner, hash, err := s.checkAccount(ctx, email, password)
	existing := err == nil
	if errors.Is(err, errWrongPassword) {
		// The answer is the same whether or not the email has an account.
		err = s.goodPassword(ctx, password, chooser{name: name, email: email})
		switch chat.CodeOf(err) {
		case chat.WeakPassword, chat.TooLong:
			err = s.refuse(ctx, owner, from, err)
		}
		if err == nil {
			hash, err = hashPassword(ctx, password)
		}
	}
	if err != nil {
		return "", "", err
	}
	account := ""
	err = s.change(ctx, func(tx *change) error {
		account = ""
		if existing {
			account = owner
		}
		account, matter, err = s.accept(tx, secret, account, email, hash, from)
		return err
	})
	switch chat.CodeOf(err) {
	case chat.WrongPassword, chat.Taken:
		err = s.refuseEmail(ctx, secret, email, owner, from, err)
	}
	if err != nil {
		return "", "", err
	}
	token, err = s.startSession(ctx, account, checked{hash: hash}, from, nil)
	return token, matter, err
}

// accept uses up an invitation for an account, or for a new one if account is empty. It returns link_expired, and
// wrong_password or taken for an email of someone else.
func (s *Store) accept(tx *change, secret, account, email, hash string, from chat.Origin) (_, matter string, err error) {
	var participant, name string
	err = tx.Row(`
		DELETE FROM invitations WHERE token = $1 AND expires_at > $2 AND blocked_at = 0
		RETURNING participant, (SELECT matter FROM participants p WHERE p.id = participant), (SELECT name FROM participants p WHERE p.id = participant)`,
		hashSecret(secret), s.millis()).Scan(&participant, &matter, &name)
	if errors.Is(err, sqldb.ErrNoRows) {
		return "", "", errLinkExpired
	}
	if err != nil {
		return "", "", err
	}
	if account == "" {
		account, err = addAccount(tx, Account{Email: email, Name: name}, hash)
		if errors.Is(err, errEmailTaken) {
			return "", "", errWrongPassword // the email belongs to an account with another password
		}
		if err != nil {
			return "", "", err
		}
	}
	at, err := tx.touch(matter)
	if err != nil {
		return "", "", err
	}
	if err := tx.changeAccess(matter, at); err != nil {
		return "", "", err
	}
	n, err := tx.ExecCount(`UPDATE participants SET account = $2, version = $3 WHERE id = $1 AND EXISTS (SELECT 1 FROM accounts WHERE id = $2 AND NOT is_user)`, participant, account, at.Version)
	if errors.Is(err, sqldb.ErrDuplicate) || err == nil && n == 0 {
		return "", "", chat.Errorf(chat.Taken, "email", "You can't use this email here. Try another one.")
	}
	if err != nil {
		return "", "", err
	}
	tx.differs("account", "", account)
	return account, matter, s.audit(tx, chat.Caller{Account: account, Origin: from}, "participant.accept", matter, participant)
}

// maxRefusedEmails is how many emails of other people end an invitation link. The same one again, such as with another
// wrong password, doesn't count.
const maxRefusedEmails = 5

var errLastEmail = chat.Errorf(chat.LinkExpired, "link", "After %d emails that can't be used here, this link no longer works. Ask the firm for a new one.", maxRefusedEmails)

// refuseEmail records that an invitation was tried with the email of an account that isn't the caller's, and counts it.
// It returns the reason, or link_expired once the link has told that of too many emails. Of several tries at the same
// time, only those that still count learn the reason.
func (s *Store) refuseEmail(ctx context.Context, secret, email, owner string, from chat.Origin, reason error) error {
	token, tried := hashSecret(secret), hashSecret(secret+" "+email)+" "
	answer := reason
	err := s.change(ctx, func(tx *change) error {
		answer = reason
		var refused, participant, matter string
		err := tx.Row(`
			SELECT i.refused_emails, i.participant, p.matter FROM invitations i JOIN participants p ON p.id = i.participant
			WHERE i.token = $1 AND i.expires_at > $2 AND i.blocked_at = 0 FOR UPDATE OF i`, token, s.millis()).Scan(&refused, &participant, &matter)
		if errors.Is(err, sqldb.ErrNoRows) {
			answer = errLinkExpired
			return nil
		}
		if err != nil || strings.Contains(refused, tried) {
			return err
		}
		refused += tried
		if err := tx.Exec(`UPDATE invitations SET refused_emails = $2 WHERE token = $1`, token, refused); err != nil {
			return err
		}
		if strings.Count(refused, " ") >= maxRefusedEmails {
			answer = errLastEmail
			if err := s.blockInvitation(tx, token, participant, matter); err != nil {
				return err
			}
		}
		tx.differs("email", "", email)
		return s.audit(tx, chat.Caller{Origin: from}, "participant.wrong_email", matter, participant)
	})
	if err != nil {
		return err
	}
	return s.refuse(ctx, owner, from, answer)
}
