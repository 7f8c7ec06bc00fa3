//go:build smoke

package smoke

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The desktop opens a matterline:// link in the app that runs. A link that leads nowhere says so.
func TestLinks(t *testing.T) {
	s := newScreen(t)
	w := openApp(s, app(t), "--demo") // with the usual data folder, whose app opens links
	t.Cleanup(func() {
		if t.Failed() {
			s.shot("smoke-link-failed")
			text, _ := os.ReadFile(w.log)
			t.Logf("the app's log:\n%s", text)
		}
	})
	const okafor = `//*[@role="option"][contains(., "Okafor: purchase of 14 Elm Street")]`
	w.click(okafor)
	w.see(`//main`, "Portal participants")
	var links []string
	if err := w.call("POST", "/execute/sync", map[string]any{"args": []any{}, "script": `
		const { Matters, Matter, Chat, Link } = window.go.desktop.App
		return (async () => {
			const { id } = (await Matters([])).find((m) => m.title.startsWith('Okafor'))
			const ana = (await Matter(id)).participants.find((p) => p.name === 'Ana Okafor').id
			const { messages } = await Chat(ana, 0)
			return [await Link(id, ana, messages[0].id), await Link(ana, id, '')]
		})()`}, &links); err != nil {
		t.Fatal(err)
	}
	home := s.env[2][len("HOME="):]
	eventually(t, "entry in the desktop's menu", func() (any, error) {
		_, err := os.Stat(filepath.Join(home, ".config", "mimeapps.list"))
		return nil, err
	})

	w.click(`//*[@role="option"][contains(., "Doyle: will and powers of attorney")]`)
	w.see(`//main//h2`, "Doyle")
	s.openLink(links[0])
	w.see(`//main//h2`, "Okafor: purchase of 14 Elm Street")
	w.see(`//*[@role="log"]`, "Ana Okafor")
	s.shot("smoke-link")

	s.openLink(links[1])
	w.see(`//*[@role="alertdialog"]`, "isn't among yours")
	s.shot("smoke-link-unknown")
	w.click(`//*[@role="alertdialog"]//button`)
	hostile := exec.Command(app(t), "--demo", "matterline://matter/$(reboot)/../..")
	s.run(hostile)
	if err := hostile.Wait(); err != nil {
		t.Fatal(err)
	}
	w.see(`//*[@role="alertdialog"]`, "This isn't a complete link")
	eventually(t, "the matter that was open", func() (any, error) {
		if _, err := w.find(`//h2[contains(., "Okafor")]`); err != nil {
			return nil, errors.New("it is closed")
		}
		return nil, nil
	})
}

// openLink opens a link as other programs do.
func (s *screen) openLink(link string) {
	s.t.Helper()
	open := exec.Command("xdg-open", link)
	log := s.run(open)
	if err := open.Wait(); err != nil {
		text, _ := os.ReadFile(log)
		s.t.Fatalf("xdg-open: %v\n%s", err, text)
	}
}
