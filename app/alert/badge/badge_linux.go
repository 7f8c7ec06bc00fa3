package badge

import (
	"github.com/godbus/dbus/v5"

	"matterline/app/bus"
)

// Unity's launcher API, which most docks and KDE's task bar know: the program sends a signal and gets no answer.
// See https://wiki.ubuntu.com/Unity/LauncherAPI.
const (
	launcherPath = "/com/canonical/unity/launcherentry/1"
	update       = "com.canonical.Unity.LauncherEntry.Update"
)

func (b *Badge) run(desktopFile string) {
	var conn *dbus.Conn
	for c := range b.wanted {
		if conn == nil || !conn.Connected() { // the bus may have started again
			var err error
			if conn, err = connect(); err != nil {
				b.log.Info("show badge", "error", err)
				continue
			}
		}
		err := conn.Emit(launcherPath, update, "application://"+desktopFile, map[string]dbus.Variant{
			"count":         dbus.MakeVariant(int64(c.count)),
			"count-visible": dbus.MakeVariant(c.count > 0),
			"urgent":        dbus.MakeVariant(c.urgent),
		})
		if err != nil {
			b.log.Info("show badge", "error", err)
		}
	}
}

func connect() (*dbus.Conn, error) {
	conn, signals, err := bus.Session()
	if err != nil {
		return nil, err
	}
	go func() {
		for range signals { // the bus's own, which say nothing here
		}
	}()
	return conn, nil
}
