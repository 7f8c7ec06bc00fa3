package autostart

import (
	"os"
	"path/filepath"
	"strings"
)

func (p Program) file() (string, error) {
	config, err := os.UserConfigDir()
	return filepath.Join(config, "autostart", p.ID+".desktop"), err
}

func (p Program) entry() string {
	var args []string
	for _, arg := range p.Command {
		args = append(args, quoted(arg))
	}
	return "[Desktop Entry]\nType=Application\nName=" + p.Name + "\nExec=" + strings.Join(args, " ") + "\n"
}

// quoted returns an argument for an Exec line: quoted first, then escaped like all strings in the file.
func quoted(arg string) string {
	arg = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`).Replace(arg)
	return `"` + strings.NewReplacer(`\`, `\\`, `%`, `%%`).Replace(arg) + `"`
}
