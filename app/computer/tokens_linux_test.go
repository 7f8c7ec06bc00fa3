package computer

import (
	"os"
	"os/exec"
	"testing"

	"github.com/godbus/dbus/v5"

	"matterline/app/alert/bustest"
)

// A keyring that hangs holds nothing up for long, and no token is lost. Other tests replace the keyring for their whole
// process, so this one has its own.
func TestKeyringHangs(t *testing.T) {
	const child = "MATTERLINE_KEYRING_CHILD"
	if os.Getenv(child) == "" {
		test := exec.Command(os.Args[0], "-test.run=^TestKeyringHangs$")
		test.Env = append(os.Environ(), child+"=1")
		if out, err := test.CombinedOutput(); err != nil {
			t.Fatalf("%s\n%s", err, out)
		}
		return
	}
	address, _ := bustest.Start(t)
	service, err := dbus.Connect(address)
	check(t, err)
	t.Cleanup(func() { service.Close() })
	_, err = service.RequestName("org.freedesktop.secrets", 0)
	check(t, err)
	hangs := make(chan struct{})
	t.Cleanup(func() { close(hangs) })
	check(t, service.ExportMethodTable(map[string]any{
		"OpenSession": func(string, dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
			<-hangs
			return dbus.MakeVariant(""), "/", nil
		},
	}, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service"))

	// The service never answers, so each of these only returns because it stops waiting.
	kept := tokens{t.TempDir()}
	check(t, kept.set("maya", "token"))
	if got, err := kept.get("maya", keyringWait); got != "token" || err != nil {
		t.Error(got, err)
	}
	kept.remove("maya")
	if got, err := kept.get("maya", keyringWait); err == nil {
		t.Error(got)
	}
}
