package paper

import (
	"encoding/json"
	"io"
)

// Format is how a file in JSON says what it is, and FormatVersion which names its fields have. The version
// changes when a name or a meaning does, not when a field is added.
const (
	Format        = "matterline-file"
	FormatVersion = 1
)

// WriteJSON writes a file as JSON: the fields of File and, before them, format and version. Times are RFC 3339
// in UTC; one that is not there has not come.
func WriteJSON(w io.Writer, f File) error {
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	return out.Encode(struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
		File
	}{Format, FormatVersion, f})
}
