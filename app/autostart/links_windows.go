package autostart

import (
	"errors"
	"fmt"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// Register makes the program open a scheme's links.
func (p Program) Register(scheme string, _ []byte) error {
	const classes = `Software\Classes\`
	set := func(key, name, value string) error {
		k, _, err := registry.CreateKey(registry.CURRENT_USER, classes+key, registry.SET_VALUE)
		if err != nil {
			return err
		}
		defer k.Close()
		return k.SetStringValue(name, value)
	}
	err := errors.Join(
		set(scheme, "", "URL:"+p.Name),
		set(scheme, "URL Protocol", ""),
		set(scheme+`\shell\open\command`, "", windows.ComposeCommandLine(p.Command)+` "%1"`),
	)
	if err != nil {
		return fmt.Errorf("register links: %w", err)
	}
	return nil
}
