package records

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// The audit trail is a chain: each entry carries a hash of itself and of the previous entry's hash. An entry that was
// changed, removed or put in later doesn't match. Someone who can write the database could still compute a whole new
// chain, so keep the newest hash somewhere else.

// differs notes a changed value for the next entry of the audit trail. It ignores a value that stayed the same.
func (tx *change) differs(field, from, to string) {
	if from != to {
		tx.differences = append(tx.differences, chat.AuditChange{Field: field, From: from, To: to})
	}
}

// audit adds an entry with the noted differences to the audit trail, in the transaction of the change itself.
func (s *Store) audit(tx *change, c chat.Caller, action, matter, subject string) error {
	e := chat.AuditEntry{
		ID: newID(), At: s.millis(), Account: c.Account, Action: action, Matter: matter, Subject: subject,
		Changes: append([]chat.AuditChange{}, tx.differences...), Address: c.Address, Device: c.Device,
	}
	tx.differences = nil
	tx.entries = append(tx.entries, e)
	return tx.Queue(`INSERT INTO audit (id, at, account, action, matter, subject, changes, address, device) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		e.ID, e.At, e.Account, e.Action, e.Matter, e.Subject, encodeChanges(e.Changes), e.Address, e.Device)
}

// chain adds entries, which are in the table already, to the end of the chain. Call it at the end of a transaction: it
// holds a lock that all entries need until then.
func chain(tx *sqldb.Tx, entries []chat.AuditEntry) error {
	added := int64(len(entries))
	if added == 0 {
		return nil
	}
	var number int64
	var hash string
	if err := tx.Row(`UPDATE audit_head SET number = number + $1 RETURNING number - $1, hash`, added).Scan(&number, &hash); err != nil {
		return err
	}
	for _, e := range entries {
		number++
		e.Number, e.Previous = number, hash
		e.Hash = auditHash(e)
		hash = e.Hash
		if err := tx.Queue(`UPDATE audit SET number = $2, previous = $3, hash = $4 WHERE id = $1`, e.ID, e.Number, e.Previous, e.Hash); err != nil {
			return err
		}
	}
	return tx.Queue(`UPDATE audit_head SET hash = $1`, hash)
}

// chainOldEntries chains the entries that an older version of the portal added.
func chainOldEntries(tx *sqldb.Tx) error {
	old, err := sqldb.All(tx, scanAudit, `SELECT `+auditColumns+` FROM audit e LEFT JOIN accounts a ON a.id = e.account WHERE number IS NULL ORDER BY e.id`)
	if err != nil {
		return err
	}
	return chain(tx, old)
}

// auditHash is the hash of an entry's JSON up to and including the property previous.
func auditHash(e chat.AuditEntry) string {
	text, _, _ := strings.Cut(EncodeAudit(e), `,"hash":`) // in values, quotes are escaped
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// EncodeAudit writes an entry as one line of JSON.
func EncodeAudit(e chat.AuditEntry) string {
	text, _ := json.Marshal(e) // strings and numbers: never fails
	return string(text)
}

func encodeChanges(changes []chat.AuditChange) string {
	text, _ := json.Marshal(changes) // strings: never fails
	return string(text)
}

// AuditFilter selects entries. Empty fields match everything.
type AuditFilter struct {
	Before          string // an entry's id: only older entries
	Matter, Account string
}

const auditColumns = `coalesce(e.number, 0), e.id, e.at, e.account, e.action, e.matter, e.subject, e.changes, e.address, e.device, e.previous, e.hash, coalesce(a.name, '')`

func scanAudit(scan sqldb.Scan) (e chat.AuditEntry, err error) {
	var changes string
	err = scan(&e.Number, &e.ID, &e.At, &e.Account, &e.Action, &e.Matter, &e.Subject, &changes, &e.Address, &e.Device, &e.Previous, &e.Hash, &e.Name)
	if err == nil {
		if err = json.Unmarshal([]byte(changes), &e.Changes); err != nil {
			err = fmt.Errorf("audit entry %s: %w", e.ID, err)
		}
	}
	return e, err
}

// Audit reads the audit trail, newest entry first. It returns not_found to everyone but admins.
func (s *Store) Audit(ctx context.Context, c chat.Caller, f AuditFilter, limit int) ([]chat.AuditEntry, error) {
	if !c.User || !c.Admin {
		return nil, chat.ErrNotFound
	}
	// Each filter has an index that ends with the id. Conditions that always hold would keep the engines from using it. The
	// plus keeps SQLite from finding the entries by their number and sorting all of them.
	where, args := "+e.number > (SELECT removed FROM audit_head)", []any{limit}
	for _, filter := range []struct{ condition, value string }{{"e.id <", f.Before}, {"e.matter =", f.Matter}, {"e.account =", f.Account}} {
		if filter.value != "" {
			args = append(args, filter.value)
			where += fmt.Sprintf(" AND %s $%d", filter.condition, len(args))
		}
	}
	return sqldb.List(ctx, s.db, scanAudit, `
		SELECT `+auditColumns+` FROM audit e LEFT JOIN accounts a ON a.id = e.account
		WHERE `+where+` ORDER BY e.id DESC LIMIT $1`, args...)
}

// AuditExport records that the audit trail was exported.
func (s *Store) AuditExport(ctx context.Context) error {
	return s.change(ctx, func(tx *change) error { return s.audit(tx, Program, "audit.export", "", "") })
}

// AuditTrail calls read with each entry, oldest first.
func (s *Store) AuditTrail(ctx context.Context, read func(chat.AuditEntry) error) error {
	return s.db.View(ctx, func(tx *sqldb.Tx) error { return auditTrail(tx, read) })
}

func auditTrail(tx *sqldb.Tx, read func(chat.AuditEntry) error) error {
	return sqldb.Each(tx, func(scan sqldb.Scan) error {
		e, err := scanAudit(scan)
		if err != nil {
			return err
		}
		return read(e)
	}, `SELECT `+auditColumns+` FROM audit e LEFT JOIN accounts a ON a.id = e.account
		WHERE e.number > (SELECT removed FROM audit_head) OR e.number IS NULL ORDER BY e.number`)
}

// ErrAuditChanged is returned by VerifyAudit for a trail that was changed afterwards.
var ErrAuditChanged = errors.New("the audit trail was changed afterwards")

// ErrAuditUnknown is returned by VerifyAudit if the trail is unchanged and doesn't contain the known hash, which may be that
// of an entry that was removed because of its age.
var ErrAuditUnknown = errors.New("the audit trail doesn't contain this hash")

// AuditChain is what VerifyAudit checked.
type AuditChain struct {
	Removed int64  // the number of the newest entry that was removed because of its age, or 0
	Last    int64  // the number of the newest entry
	Newest  string // its hash
}

// Entries is how many entries there are.
func (c AuditChain) Entries() int64 { return c.Last - c.Removed }

// VerifyAudit checks the chain of the audit trail, and that it contains the hash in known, unless that is empty. It
// returns ErrAuditUnknown, or an error that wraps ErrAuditChanged and says where.
func (s *Store) VerifyAudit(ctx context.Context, known string) (c AuditChain, err error) {
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		c, err = VerifyAuditIn(tx, known)
		return err
	})
	return c, err
}

// VerifyAuditIn is VerifyAudit in a transaction.
func VerifyAuditIn(tx *sqldb.Tx, known string) (c AuditChain, err error) {
	var last int64
	var hash string
	if err := tx.Row(`SELECT number, hash FROM audit_head`).Scan(&last, &hash); err != nil {
		return c, err
	}
	beginning, err := beginningOf(tx)
	if err != nil {
		return c, err
	}
	c = AuditChain{Removed: beginning.number, Last: beginning.number, Newest: beginning.hash}
	found, recorded := known == "" || known == beginning.hash, auditBeginning{}.String()
	err = auditTrail(tx, func(e chat.AuditEntry) error {
		switch {
		case e.Number == 0:
			return fmt.Errorf("%w: entry %s isn't in the chain", ErrAuditChanged, e.ID)
		case e.Number != c.Last+1:
			return fmt.Errorf("%w: entry %d is missing", ErrAuditChanged, c.Last+1)
		case e.Previous != c.Newest || e.Hash != auditHash(e):
			return fmt.Errorf("%w: entry %d doesn't match its hash", ErrAuditChanged, e.Number)
		}
		c.Last, c.Newest = e.Number, e.Hash
		found = found || e.Hash == known
		if e.Action == auditRemoval && len(e.Changes) == 1 {
			recorded = e.Changes[0].To
		}
		return nil
	})
	switch {
	case err != nil:
	case c.Last != last || c.Newest != hash:
		err = fmt.Errorf("%w: the entries after number %d are missing", ErrAuditChanged, c.Last)
	case recorded != beginning.String():
		err = fmt.Errorf("%w: no entry says that those up to number %d were removed", ErrAuditChanged, c.Removed)
	case !found && c.Removed == 0:
		err = fmt.Errorf("%w: no entry has the hash %s", ErrAuditChanged, known)
	case !found:
		err = ErrAuditUnknown
	}
	return c, err
}
