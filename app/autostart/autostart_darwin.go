package autostart

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
)

func (p Program) file() (string, error) {
	home, err := os.UserHomeDir()
	return filepath.Join(home, "Library", "LaunchAgents", p.ID+".plist"), err
}

func (p Program) entry() string {
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
