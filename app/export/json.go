package export

import (
	"encoding/json"
	"io"
)

// Format identifies a JSON file as ours. FormatVersion changes when a field is renamed or changes its meaning, but
// not when a field is added.
const (
	Format        = "matterline-file"
	FormatVersion = 1
)

// WriteJSON writes a file as JSON: format, version, and then the fields of File. Times are RFC 3339 in UTC, and zero
// times are left out.
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
