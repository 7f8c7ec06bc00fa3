package desktop

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// kept reads a JSON file of the app's into v, which is left as it is where there is no such file. A file that
// cannot be understood is set aside, and broken.
func kept(file string, v any, valid func() error) (broken bool, err error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read %s: %w", filepath.Base(file), err)
	}
	if err = json.Unmarshal(text, v); err == nil {
		err = valid()
	}
	if err == nil {
		return false, nil
	}
	return true, errors.Join(fmt.Errorf("%s is broken and set aside: %w", filepath.Base(file), err), os.Rename(file, file+".broken"))
}

// keep writes v into a JSON file, whole or not at all.
func keep(file string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("keep %s: %w", filepath.Base(file), err)
	}
	if err := os.WriteFile(file+".new", text, 0o600); err != nil {
		return fmt.Errorf("keep %s: %w", filepath.Base(file), err)
	}
	return os.Rename(file+".new", file)
}
