//go:build smoke

package smoke

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// out is the folder for logs and screenshots.
var out, _ = filepath.Abs("../out")

// screen is a virtual display with a desktop and its session bus.
type screen struct {
	t   *testing.T
	env []string
	bus *dbus.Conn
}

// newScreen starts a display, a session bus, a window manager, a notification service and a panel. They have their own
// home folder, and end with the test.
func newScreen(t *testing.T) *screen {
	home := t.TempDir()
	s := &screen{t: t, env: []string{
		"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "HOME=" + home, "XDG_RUNTIME_DIR=" + home, "NO_AT_BRIDGE=1",
	}}
	config := filepath.Join(home, ".config/xfce4/xfconf/xfce-perchannel-xml")
	if err := os.MkdirAll(config, 0o700); err != nil {
		t.Fatal(err)
	}
	panel, err := os.ReadFile("testdata/xfce4-panel.xml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(config, "xfce4-panel.xml"), panel, 0o600); err != nil {
		t.Fatal(err)
	}

	s.env = append(s.env, "DISPLAY=:"+s.startForAddress("Xvfb", "-displayfd", "3", "-screen", "0", "1360x1000x24", "-nolisten", "tcp"))
	address := s.startForAddress("dbus-daemon", "--session", "--nofork", "--nosyslog", "--print-address=3")
	s.env = append(s.env, "DBUS_SESSION_BUS_ADDRESS="+address)
	if s.bus, err = dbus.Connect(address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.bus.Close() })

	s.start("openbox")
	s.start("dunst")
	s.start("xfce4-panel", "--disable-wm-check")
	s.waitForName("org.freedesktop.Notifications")
	s.waitForName("org.kde.StatusNotifierWatcher")
	return s
}

// start starts a program that ends with the test, together with the programs it has started.
func (s *screen) start(name string, args ...string) (log string) {
	return s.run(exec.Command(name, args...))
}

func (s *screen) run(cmd *exec.Cmd) (log string) {
	s.t.Helper()
	log = filepath.Join(out, filepath.Base(cmd.Path)+".log")
	file, err := os.Create(log)
	if err != nil {
		s.t.Fatal(err)
	}
	defer file.Close()
	cmd.Env = append(cmd.Env, s.env...)
	cmd.Stdout, cmd.Stderr = file, file
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	return log
}

// startForAddress starts a program that writes its address to file 3 when it is ready.
func (s *screen) startForAddress(name string, args ...string) string {
	s.t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command(name, args...)
	cmd.ExtraFiles = []*os.File{w}
	s.run(cmd)
	w.Close()
	address, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		s.t.Fatalf("start %s: %v", name, err)
	}
	return strings.TrimSpace(address)
}

func (s *screen) waitForName(name string) {
	s.t.Helper()
	signals := make(chan *dbus.Signal, 100)
	s.bus.Signal(signals)
	defer s.bus.RemoveSignal(signals)
	err := s.bus.AddMatchSignal(dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, name))
	var owned bool
	if err == nil { // it may be there already
		err = s.bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, name).Store(&owned)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	late := time.After(time.Minute)
	for !owned {
		select {
		case signal := <-signals:
			owned = signal.Name == "org.freedesktop.DBus.NameOwnerChanged" && signal.Body[0] == name && signal.Body[2] != ""
		case <-late:
			s.t.Fatalf("no program owns %s on the bus", name)
		}
	}
}

// shot takes a screenshot of the whole display.
func (s *screen) shot(name string) {
	path := filepath.Join(out, name+".png")
	cmd := exec.Command("import", "-window", "root", path)
	cmd.Env = s.env
	if output, err := cmd.CombinedOutput(); err != nil {
		s.t.Errorf("screenshot: %v %s", err, output)
		return
	}
	s.t.Log("screenshot:", path)
}

// notifications returns the texts of all notifications so far, and closes those on screen.
func (s *screen) notifications() ([]string, error) {
	dunst := s.bus.Object("org.freedesktop.Notifications", "/org/freedesktop/Notifications")
	if err := dunst.Call("org.dunstproject.cmd0.NotificationCloseAll", 0).Err; err != nil {
		return nil, err
	}
	var history []map[string]dbus.Variant
	err := dunst.Call("org.dunstproject.cmd0.NotificationListHistory", 0).Store(&history)
	var texts []string
	for _, n := range history {
		texts = append(texts, n["summary"].Value().(string)+"\n"+n["body"].Value().(string))
	}
	return texts, err
}

// onScreen returns the number of notifications on screen.
func (s *screen) onScreen() (int, error) {
	dunst := s.bus.Object("org.freedesktop.Notifications", "/org/freedesktop/Notifications")
	n, err := dunst.GetProperty("org.dunstproject.cmd0.displayedLength")
	if err != nil {
		return 0, err
	}
	return int(n.Value().(uint32)), nil
}

// seeNotification waits for a notification on screen.
func (s *screen) seeNotification() {
	s.t.Helper()
	eventually(s.t, "a notification on screen", func() (n int, err error) {
		if n, err = s.onScreen(); err == nil && n == 0 {
			err = errors.New("there is none")
		}
		return n, err
	})
}

// clickNotification clicks the first notification on screen.
func (s *screen) clickNotification() {
	s.t.Helper()
	dunst := s.bus.Object("org.freedesktop.Notifications", "/org/freedesktop/Notifications")
	if err := dunst.Call("org.dunstproject.cmd0.NotificationAction", 0, uint32(0)).Err; err != nil {
		s.t.Fatal(err)
	}
}

// tray returns the only icon in the tray.
func (s *screen) tray() (dbus.BusObject, error) {
	watcher := s.bus.Object("org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher")
	items, err := watcher.GetProperty("org.kde.StatusNotifierWatcher.RegisteredStatusNotifierItems")
	if err != nil {
		return nil, err
	}
	if items := items.Value().([]string); len(items) == 1 {
		name, path, _ := strings.Cut(items[0], "/")
		return s.bus.Object(name, dbus.ObjectPath("/"+path)), nil
	}
	return nil, errors.New("the tray doesn't have one icon: " + items.String())
}

func (s *screen) trayTip() (string, error) {
	icon, err := s.tray()
	if err != nil {
		return "", err
	}
	tip, err := icon.GetProperty("org.kde.StatusNotifierItem.ToolTip")
	if err != nil {
		return "", err
	}
	return tip.Value().([]any)[2].(string), nil
}

// trayItem is an entry of the tray's menu in com.canonical.dbusmenu.
type trayItem struct {
	ID         int32
	Properties map[string]dbus.Variant
	Children   []dbus.Variant
}

// clickTray clicks an entry of the tray's menu.
func (s *screen) clickTray(label string) {
	s.t.Helper()
	eventually(s.t, label+" in the tray", func() (any, error) {
		icon, err := s.tray()
		if err != nil {
			return nil, err
		}
		path, err := icon.GetProperty("org.kde.StatusNotifierItem.Menu")
		if err != nil {
			return nil, err
		}
		menu := s.bus.Object(icon.Destination(), path.Value().(dbus.ObjectPath))
		var revision uint32
		var root trayItem
		err = menu.Call("com.canonical.dbusmenu.GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &root)
		if err != nil {
			return nil, err
		}
		item, found := root.find(label)
		if !found {
			return nil, errors.New("it isn't in the menu")
		}
		return nil, menu.Call("com.canonical.dbusmenu.Event", 0, item, "clicked", dbus.MakeVariant(""), uint32(0)).Err
	})
}

// find returns the visible entry with a label.
func (i trayItem) find(label string) (id int32, found bool) {
	if visible, set := i.Properties["visible"].Value().(bool); set && !visible {
		return 0, false
	}
	if i.Properties["label"].Value() == label {
		return i.ID, true
	}
	for _, child := range i.Children {
		var item trayItem
		if dbus.Store([]any{child.Value()}, &item) == nil {
			if id, found = item.find(label); found {
				return id, true
			}
		}
	}
	return 0, false
}

// seeTrayTip waits until the icon in the tray has a tooltip.
func (s *screen) seeTrayTip(want string) {
	s.t.Helper()
	eventually(s.t, "the tray's tooltip", func() (string, error) {
		tip, err := s.trayTip()
		if err == nil && tip != want {
			err = fmt.Errorf("it is %q", tip)
		}
		return tip, err
	})
}

// eventually asks until there is an answer, for at most a minute: other programs give no event to wait for.
func eventually[T any](t *testing.T, what string, ask func() (T, error)) T {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		answer, err := ask()
		if err == nil {
			return answer
		}
		if time.Now().After(deadline) {
			t.Fatalf("no %s: %v", what, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
