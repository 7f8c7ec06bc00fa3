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

// Set turns the start on or off.
func (p Program) Set(on bool) error {
	file, err := p.file()
	if err != nil {
		return fmt.Errorf("set autostart: %w", err)
	}
	if !on {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("set autostart: %w", err)
		}
		return nil
	}
	var args []string
	for _, arg := range p.Command {
		args = append(args, quoted(arg))
	}
	entry := "[Desktop Entry]\nType=Application\nName=" + p.Name + "\nExec=" + strings.Join(args, " ") + "\n"
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("set autostart: %w", err)
	}
	if err := os.WriteFile(file, []byte(entry), 0o600); err != nil {
		return fmt.Errorf("set autostart: %w", err)
	}
	return nil
}

// quoted returns an argument for an Exec line: quoted first, then escaped like all strings in the file.
func quoted(arg string) string {
	arg = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`).Replace(arg)
	return `"` + strings.NewReplacer(`\`, `\\`, `%`, `%%`).Replace(arg) + `"`
}
