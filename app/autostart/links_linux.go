package autostart

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// registering limits how long the desktop may take to note who opens a scheme's links.
const registering = 3 * time.Second

// Register makes the program open a scheme's links, and puts it into the desktop's menu with an icon, a PNG of 256
// pixels. It does nothing if the program's package has done so.
func (p Program) Register(scheme string, icon []byte) error {
	for dir := range strings.SplitSeq(systemData(), ":") {
		if _, err := os.Stat(filepath.Join(dir, "applications", p.ID+".desktop")); err == nil {
			return nil
		}
	}
	data, err := userData()
	if err != nil {
		return err
	}
	file := filepath.Join(data, "applications", p.ID+".desktop")
	entry := p.menuEntry(scheme)
	if text, err := os.ReadFile(file); err == nil && string(text) == entry {
		return nil
	}
	picture := filepath.Join(data, "icons", "hicolor", "256x256", "apps", p.ID+".png")
	err = errors.Join(write(picture, icon), write(file, []byte(entry)))
	if err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), registering)
		defer cancel()
		err = exec.CommandContext(ctx, "xdg-mime", "default", p.ID+".desktop", "x-scheme-handler/"+scheme).Run()
	}
	if err != nil {
		_ = os.Remove(file) // the next start tries again
		return fmt.Errorf("register links: %w", err)
	}
	return nil
}

// write writes a file, which others can read as in all of these folders.
func write(file string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644)
}

// menuEntry is the entry in the menu. The link replaces %u.
func (p Program) menuEntry(scheme string) string {
	return strings.Join([]string{
		"[Desktop Entry]", "Type=Application", "Name=" + p.Name, "Comment=Portal Chat with your clients",
		"Exec=" + p.exec() + " %u", "Icon=" + p.ID, "Terminal=false", "Categories=Office;", "StartupNotify=true",
		"StartupWMClass=matterline", "X-GNOME-UsesNotifications=true", "MimeType=x-scheme-handler/" + scheme + ";", "",
	}, "\n")
}

// See https://specifications.freedesktop.org/basedir-spec/latest/.
func userData() (string, error) {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".local", "share"), err
}

func systemData() string {
	if dirs := os.Getenv("XDG_DATA_DIRS"); dirs != "" {
		return dirs
	}
	return "/usr/local/share:/usr/share"
}
