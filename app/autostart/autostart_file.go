//go:build linux || darwin

package autostart

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// On reports whether the system starts the program.
func (p Program) On() (bool, error) {
	file, err := p.file()
	if err != nil {
		return false, err
	}
	_, err = os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Set turns autostart on or off.
func (p Program) Set(on bool) error {
	file, err := p.file()
	switch {
	case err != nil:
	case on:
		if err = os.MkdirAll(filepath.Dir(file), 0o700); err == nil {
			err = os.WriteFile(file, []byte(p.entry()), 0o600)
		}
	default:
		if err = os.Remove(file); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err != nil {
		return fmt.Errorf("set autostart: %w", err)
	}
	return nil
}
