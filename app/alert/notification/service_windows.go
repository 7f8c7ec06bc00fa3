package notification

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"git.sr.ht/~jackmordaunt/go-toast/v2/wintoast"

	"matterline/app/alert"
)

// appID and activator identify the app to Windows.
const (
	appID     = "Matterline"
	activator = "{5C0B5E0F-52A1-4C0B-9C8E-1B0D2C7F8A64}"
)

// maxKnown is the number of notifications whose clicks and actions are known.
const maxKnown = 100

// service shows notifications with the Windows Runtime. There is no other way if that fails: the usual one, PowerShell,
// would run what a client wrote. Notifications can't be withdrawn yet.
type service struct {
	icon    []byte
	respond func(alert.Response)

	registered bool

	mu    sync.Mutex
	last  int
	shown map[int]alert.Notification
}

func newService(icon []byte) *service {
	return &service{icon: icon, shown: map[int]alert.Notification{}}
}

func (s *service) show(_ topic, n alert.Notification) error {
	if err := s.register(); err != nil {
		return fmt.Errorf("show notification: %w", err)
	}
	xml, err := toastXML(n, s.remember(n))
	if err != nil {
		return fmt.Errorf("show notification: %w", err)
	}
	if err := wintoast.Push(appID, xml); err != nil {
		return fmt.Errorf("show notification: %w", err)
	}
	return nil
}

func (s *service) remember(n alert.Notification) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	s.shown[s.last] = n
	delete(s.shown, s.last-maxKnown)
	return s.last
}

// register tells Windows the app's name and icon.
func (s *service) register() error {
	if s.registered {
		return nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	icon := filepath.Join(cache, "Matterline", "notification.png")
	if err := errors.Join(os.MkdirAll(filepath.Dir(icon), 0o700), os.WriteFile(icon, s.icon, 0o600)); err != nil {
		return err
	}
	wintoast.SetActivationCallback(func(_, launch string, typed []wintoast.UserData) { s.activated(launch, typed) })
	if err := wintoast.SetAppData(wintoast.AppData{AppID: appID, GUID: activator, IconPath: icon}); err != nil {
		return err
	}
	s.registered = true
	return nil
}

func (s *service) activated(launch string, typed []wintoast.UserData) {
	action, id, err := parseLaunch(launch)
	if err != nil {
		return
	}
	s.mu.Lock()
	n, known := s.shown[id]
	s.mu.Unlock()
	if !known {
		return
	}
	r := alert.Response{Notification: n, Action: action}
	for _, box := range typed {
		if box.Key == replyInput {
			r.Text = box.Value
		}
	}
	s.respond(r)
}

func (*service) withdraw(topic) {}
