package autostart

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

func (p Program) file() (string, error) {
	config, err := os.UserConfigDir()
	return filepath.Join(config, "autostart", p.ID+".desktop"), err
}

func (p Program) entry() string {
	return "[Desktop Entry]\nType=Application\nName=" + p.Name + "\nExec=" + p.exec() + "\n"
}

// exec returns the command for an Exec line.
func (p Program) exec() string {
	var args []string
	for _, arg := range p.Command {
		args = append(args, quoted(arg))
	}
	return strings.Join(args, " ")
}

// plain matches arguments that need no quotes. xdg-open can't read quotes where the desktop has no program of its own.
var plain = regexp.MustCompile(`^[\w./=:@+,-]+$`)

// quoted returns an argument for an Exec line: quoted first, then escaped like all strings in the file.
func quoted(arg string) string {
	if plain.MatchString(arg) {
		return arg
	}
	arg = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`).Replace(arg)
	return `"` + strings.NewReplacer(`\`, `\\`, `%`, `%%`).Replace(arg) + `"`
}
