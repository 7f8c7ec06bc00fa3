package notification

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"io"
	"log"
	"slices"
	"sync"

	"github.com/esiqveland/notify"
	"github.com/godbus/dbus/v5"

	"matterline/app/alert"
)

// service is the desktop's notification service (org.freedesktop.Notifications).
type service struct {
	onClick func(alert.Notification)

	mu       sync.Mutex
	bus      *dbus.Conn // nil until the first notification
	notifier notify.Notifier
	shown    map[uint32]alert.Notification
}

// show returns an error where no service reports clicks.
func (s *service) show(n alert.Notification, icon []byte) error {
	s.mu.Lock() // a click waits until its notification is in shown
	defer s.mu.Unlock()
	if err := s.connect(); err != nil {
		return fmt.Errorf("show notification: %w", err)
	}
	capabilities, err := s.notifier.GetCapabilities()
	if err != nil {
		return fmt.Errorf("show notification: %w", err)
	}
	if !slices.Contains(capabilities, "actions") {
		return errors.New("show notification: the service reports no clicks")
	}
	body := n.Body
	if slices.Contains(capabilities, "body-markup") {
		body = escape(body)
	}
	image, err := imageHint(icon)
	if err != nil {
		return fmt.Errorf("show notification: %w", err)
	}
	note := notify.Notification{
		AppName: "Matterline", ReplacesID: s.shownFor(n), Summary: n.Title, Body: body,
		Actions: []notify.Action{notify.NewDefaultAction("Open")}, ExpireTimeout: notify.ExpireTimeoutSetByNotificationServer,
	}
	note.AddHint(image)
	id, err := s.notifier.SendNotification(note)
	if err != nil {
		return fmt.Errorf("show notification: %w", err)
	}
	delete(s.shown, note.ReplacesID)
	s.shown[id] = n
	return nil
}

// connect connects to the session bus, again if the bus has been restarted.
func (s *service) connect() error {
	if s.bus != nil && s.bus.Connected() {
		return nil
	}
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		return err
	}
	notifier, err := notify.New(bus, notify.WithOnAction(s.click), notify.WithOnClosed(s.closed), notify.WithLogger(log.New(io.Discard, "", 0)))
	if err != nil {
		return errors.Join(err, bus.Close())
	}
	s.bus, s.notifier, s.shown = bus, notifier, map[uint32]alert.Notification{}
	return nil
}

// shownFor returns the id of the notification that is shown for the same chat, or 0.
func (s *service) shownFor(n alert.Notification) uint32 {
	for id, other := range s.shown {
		if n.Participant != "" && other.Participant == n.Participant && other.Account == n.Account {
			return id
		}
	}
	return 0
}

// click is called for clicks on the notifications of all programs.
func (s *service) click(on *notify.ActionInvokedSignal) {
	s.mu.Lock()
	n, ours := s.shown[on.ID]
	s.mu.Unlock()
	if ours {
		s.onClick(n)
	}
}

// closed forgets a notification. An expired one may still be in the desktop's list, where it can be clicked.
func (s *service) closed(on *notify.NotificationClosedSignal) {
	if on.Reason == notify.ReasonExpired {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.shown, on.ID)
}

// withdraw closes the notifications that match accepts.
func (s *service) withdraw(match func(alert.Notification) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, n := range s.shown {
		if match(n) {
			delete(s.shown, id)
			_, _ = s.notifier.CloseNotification(id) // returns an error if it is closed already
		}
	}
}

func imageHint(icon []byte) (notify.Hint, error) {
	picture, err := png.Decode(bytes.NewReader(icon))
	if err != nil {
		return notify.Hint{}, err
	}
	pixels := image.NewRGBA(picture.Bounds())
	draw.Draw(pixels, pixels.Bounds(), picture, picture.Bounds().Min, draw.Src)
	return notify.HintImageDataRGBA(pixels), nil
}
