// Package bustest runs a D-Bus session bus for tests.
package bustest

import (
	"bufio"
	"os/exec"
	"strings"
	"testing"
)

// Start starts a bus and makes it the session bus of the test's process. kill ends it before the test does.
func Start(t testing.TB) (address string, kill func()) {
	t.Helper()
	daemon := exec.Command("dbus-daemon", "--session", "--nofork", "--nosyslog", "--print-address=1", "--address=unix:dir="+t.TempDir())
	out, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() { _ = daemon.Process.Kill() } // it may have ended
	t.Cleanup(func() {
		kill()
		_ = daemon.Wait()
	})
	address, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address = strings.TrimSpace(address)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	return address, kill
}
