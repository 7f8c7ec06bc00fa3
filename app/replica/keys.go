package replica

import (
	"fmt"

	"github.com/google/uuid"
)

// key is an id as the files have it: 16 bytes for a UUID as it is usually written, else the text.
func key(id string) any {
	if parsed, err := uuid.Parse(id); err == nil && parsed.String() == id {
		return parsed[:]
	}
	return id
}

// stored is an id that is read from the files.
type stored string

func (s *stored) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*s = ""
	case string:
		*s = stored(v)
	case []byte:
		*s = stored(v)
		if id, err := uuid.FromBytes(v); err == nil {
			*s = stored(id.String())
		}
	default:
		return fmt.Errorf("a %T is no id", value)
	}
	return nil
}

// id is a text into which an id is read.
func id(s *string) *stored { return (*stored)(s) }

func newID() string { return uuid.Must(uuid.NewV7()).String() }
