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
	"matterline/app/session"
)

// About is the app's version and its data folder.
type About struct {
	Version string `json:"version"`
	Data    string `json:"data"`
}

// About returns the app's version and its data folder.
func (a *App) About() About { return About{Version: a.options.Version, Data: a.options.Data} }

// OpenDataFolder shows the data folder in the system's file manager.
func (a *App) OpenDataFolder() error {
	opener := map[string]string{"darwin": "open", "windows": "explorer"}[runtime.GOOS]
	if opener == "" {
		opener = "xdg-open"
	}
	cmd := exec.Command(opener, a.options.Data)
	if err := cmd.Start(); err != nil {
		return chat.Errorf(chat.NotFound, "", "Couldn't open the data folder. It's at %s.", a.options.Data)
	}
	go cmd.Wait() // explorer always ends with 1
	return nil
}

// SaveDiagnostics writes a file for support to the data folder, and returns its path. It contains no names and no
// messages.
func (a *App) SaveDiagnostics() (string, error) {
	file := filepath.Join(a.options.Data, "diagnostics-"+a.now().Format("2006-01-02-150405")+".txt")
	if err := os.MkdirAll(a.options.Data, 0o700); err != nil {
		return "", fmt.Errorf("save diagnostics: %w", err)
	}
	text := a.diagnostics(context.Background())
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("save diagnostics: %w", err)
	}
	return file, nil
}

func (a *App) diagnostics(ctx context.Context) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("Matterline diagnostics, %s", a.now().UTC().Format("2006-01-02 15:04:05 MST"))
	line("version: %s, %s, %s/%s", a.options.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	current := a.Settings()
	line("settings: %+v, broken: %v", current.Settings, current.Problem != "")
	accounts, err := a.accounts.List()
	line("accounts: %d, %s", len(accounts), codeOf(err))
	line("portal on this computer: %v", a.localAddress() != "")
	shown, err := a.current()
	if err != nil {
		line("start screen")
	}
	for _, s := range a.sessions() {
		line("account %s, in the window: %v", s.Key(), s == shown)
		describeSession(ctx, s, line)
	}
	line("\nfiles:")
	_ = filepath.WalkDir(a.options.Data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil
		}
		if info, err := entry.Info(); err == nil {
			inside, _ := filepath.Rel(a.options.Data, path) // never fails: it is inside
			line("  %10d  %s", info.Size(), inside)
		}
		return nil
	})
	line("\nlog:")
	for _, entry := range a.recent.Lines() {
		line("  %s", entry)
	}
	return b.String()
}

func describeSession(ctx context.Context, s *session.Session, line func(string, ...any)) {
	f, err := s.Freshness(ctx)
	line("copy: %s, code %q, as of %d, %d of %d pulled, %d waiting, mended: %v, %s", f.State, f.Code, f.AsOf, f.Done, f.Total, f.Waiting, f.Mended != "", codeOf(err))
	rows, err := s.Replica().Matters(ctx)
	line("matters: %d, %s", len(rows), codeOf(err))
	unsent, err := s.Replica().Outbox(ctx)
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
