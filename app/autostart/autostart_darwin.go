package autostart

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func (p Program) file() (string, error) {
	home, err := os.UserHomeDir()
	return filepath.Join(home, "Library", "LaunchAgents", p.ID+".plist"), err
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
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("set autostart: %w", err)
	}
	if err := os.WriteFile(file, []byte(p.launchAgent()), 0o600); err != nil {
		return fmt.Errorf("set autostart: %w", err)
	}
	return nil
}

func (p Program) launchAgent() string {
	var b strings.Builder
	text := func(tag, s string) {
		b.WriteString("<" + tag + ">")
		_ = xml.EscapeText(&b, []byte(s)) // writing to memory doesn't fail
		b.WriteString("</" + tag + ">\n")
	}
	b.WriteString(xml.Header + "<plist version=\"1.0\">\n<dict>\n")
	text("key", "Label")
	text("string", p.ID)
	text("key", "ProgramArguments")
	b.WriteString("<array>\n")
	for _, arg := range p.Command {
		text("string", arg)
	}
	b.WriteString("</array>\n<key>RunAtLoad</key>\n<true/>\n</dict>\n</plist>\n")
	return b.String()
}
