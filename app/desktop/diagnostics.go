package desktop

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"matterline/app/chat"
)

// About is what this is, and where its data lies.
type About struct {
	Version string `json:"version"`
	Data    string `json:"data"`
}

// About tells.
func (a *App) About() About { return About{Version: a.options.Version, Data: a.options.Data} }

// OpenDataFolder shows where the data lies.
func (a *App) OpenDataFolder() error {
	opener := map[string]string{"darwin": "open", "windows": "explorer"}[runtime.GOOS]
	if opener == "" {
		opener = "xdg-open"
	}
	cmd := exec.Command(opener, a.options.Data)
	if err := cmd.Start(); err != nil {
		return chat.Errorf(chat.NotFound, "", "The folder cannot be opened from here. It is %s", a.options.Data)
	}
	go cmd.Wait() // explorer ends with 1, always
	return nil
}

// SaveDiagnostics writes what helps to find a fault into the data folder, and returns the file. Nobody's words
// or names are in it.
func (a *App) SaveDiagnostics() (string, error) {
	file := filepath.Join(a.options.Data, "diagnostics-"+a.now().Format("2006-01-02-150405")+".txt")
	if err := os.MkdirAll(a.options.Data, 0o700); err != nil {
		return "", fmt.Errorf("save diagnostics: %w", err)
	}
	if err := os.WriteFile(file, []byte(a.diagnostics(context.Background())), 0o600); err != nil {
		return "", fmt.Errorf("save diagnostics: %w", err)
	}
	return file, nil
}

func (a *App) diagnostics(ctx context.Context) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("Matterline diagnostics, %s", a.now().UTC().Format("2006-01-02 15:04:05 MST"))
	line("version: %s, %s, %s/%s", a.options.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	set := a.Settings()
	line("settings: %+v, broken: %v", set.Settings, set.Problem != "")
	remembered, err := a.accounts()
	line("accounts: %d, %s", len(remembered.Accounts), codeOf(err))
	line("portal on this computer: %v", a.here() != "")
	if s, err := a.current(); err == nil {
		a.describe(ctx, s, line)
	} else {
		line("nobody is signed in")
	}
	line("\nfiles:")
	_ = filepath.WalkDir(a.options.Data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil
		}
		if info, err := entry.Info(); err == nil {
			inside, _ := filepath.Rel(a.options.Data, path) // it lies in it
			line("  %10d  %s", info.Size(), inside)
		}
		return nil
	})
	line("\nlog:")
	for _, entry := range a.recent.lines() {
		line("  %s", entry)
	}
	return b.String()
}

func (a *App) describe(ctx context.Context, s *session, line func(string, ...any)) {
	f, err := s.freshness(ctx)
	line("copy: %s, code %q, as of %d, %d of %d pulled, %d waiting, mended: %v, %s", f.State, f.Code, f.AsOf, f.Done, f.Total, f.Waiting, f.Mended != "", codeOf(err))
	rows, err := s.replica.Matters(ctx)
	line("matters: %d, %s", len(rows), codeOf(err))
	unsent, err := s.replica.Outbox(ctx)
	line("outbox: %d, %s", len(unsent), codeOf(err))
	codes := map[string]int{}
	for _, u := range unsent {
		codes[u.Code]++
	}
	line("outbox by code: %v", codes)
}

func codeOf(err error) string {
	if err == nil {
		return "no error"
	}
	return "error " + string(chat.CodeOf(err))
}
