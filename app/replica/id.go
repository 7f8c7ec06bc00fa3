package replica

import (
	"fmt"

	"github.com/google/uuid"

	"matterline/app/sqldb"
)

// id is an id as the files store it: 16 bytes for a UUID in its usual form, otherwise the text.
type id string

// ID lets package replicatest read ids.
type ID = id

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// Value implements driver.Valuer.
func (i id) Value() (sqldb.Value, error) {
	if parsed, err := uuid.Parse(string(i)); err == nil && parsed.String() == string(i) {
		return parsed[:], nil
	}
	return string(i), nil
}

// Scan implements sql.Scanner. NULL becomes the empty id.
func (i *id) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*i = ""
	case string:
		*i = id(v)
	case []byte:
		*i = id(v)
		if parsed, err := uuid.FromBytes(v); err == nil {
			*i = id(parsed.String())
		}
	default:
		return fmt.Errorf("scan id: %T", value)
	}
	return nil
}

// scanID lets a row's id be scanned into a string.
func scanID(s *string) *id { return (*id)(s) }
