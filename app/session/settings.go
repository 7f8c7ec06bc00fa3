package session

import (
	"context"
	"encoding/json"
	"fmt"
)

// Setting reads a JSON value stored beside the copy into v. If there is none, v stays the same.
func (s *Session) Setting(ctx context.Context, name string, v any) error {
	text, err := s.replica.Setting(ctx, name)
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), v)
	}
	if err != nil {
		return fmt.Errorf("read setting %s: %w", name, err)
	}
	return nil
}

// SetSetting stores a value as JSON beside the copy, and reports whether it differs from the one before.
func (s *Session) SetSetting(ctx context.Context, name string, v any) (changed bool, err error) {
	text, err := json.Marshal(v)
	if err != nil {
		return false, fmt.Errorf("store setting %s: %w", name, err)
	}
	before, err := s.replica.Setting(ctx, name)
	if err != nil || before == string(text) {
		return false, err
	}
	return true, s.replica.Set(ctx, name, string(text))
}
