package autostart

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func (p Program) file() (string, error) {
	config, err := os.UserConfigDir()
	return filepath.Join(config, "autostart", p.ID+".desktop"), err
}

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

// Set has the system start the program, or no longer.
func (p Program) Set(on bool) error {
	file, err := p.file()
	if err != nil {
		return fmt.Errorf("autostart: %w", err)
	}
	if !on {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("autostart: %w", err)
		}
		return nil
	}
	var words []string
	for _, word := range p.Command {
		words = append(words, quoted(word))
	}
	entry := "[Desktop Entry]\nType=Application\nName=" + p.Name + "\nExec=" + strings.Join(words, " ") + "\n"
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("autostart: %w", err)
	}
	if err := os.WriteFile(file, []byte(entry), 0o600); err != nil {
		return fmt.Errorf("autostart: %w", err)
	}
	return nil
}

// quoted is a word of an Exec line: quoted first, then escaped as every string of the file is.
func quoted(word string) string {
	word = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`).Replace(word)
	return `"` + strings.NewReplacer(`\`, `\\`, `%`, `%%`).Replace(word) + `"`
}
