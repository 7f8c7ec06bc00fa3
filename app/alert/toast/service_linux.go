package toast

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
	clicked func(alert.Toast)

	mu       sync.Mutex
	bus      *dbus.Conn // nil until the first toast
	notifier notify.Notifier
	shown    map[uint32]alert.Toast
}

// show returns an error where no service tells of clicks.
func (s *service) show(toast alert.Toast, icon []byte) error {
	s.mu.Lock() // a click waits until its toast is known
	defer s.mu.Unlock()
	if err := s.connect(); err != nil {
		return fmt.Errorf("toast: %w", err)
	}
	can, err := s.notifier.GetCapabilities()
	if err != nil {
		return fmt.Errorf("toast: %w", err)
	}
	if !slices.Contains(can, "actions") {
		return errors.New("toast: the service tells of no clicks")
	}
	body := toast.Body
	if slices.Contains(can, "body-markup") {
		body = escape(body)
	}
	picture, err := hint(icon)
	if err != nil {
		return fmt.Errorf("toast: %w", err)
	}
	note := notify.Notification{
		AppName: "Matterline", ReplacesID: s.last(toast.Participant), Summary: toast.Title, Body: body,
		Actions: []notify.Action{notify.NewDefaultAction("Open")}, ExpireTimeout: notify.ExpireTimeoutSetByNotificationServer,
	}
	note.AddHint(picture)
	id, err := s.notifier.SendNotification(note)
	if err != nil {
		return fmt.Errorf("toast: %w", err)
	}
	delete(s.shown, note.ReplacesID)
	s.shown[id] = toast
	return nil
}

// connect connects to the session bus, again if that was started anew.
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
	s.bus, s.notifier, s.shown = bus, notifier, map[uint32]alert.Toast{}
	return nil
}

// last is the toast of a chat that is shown already, or 0.
func (s *service) last(participant string) uint32 {
	for id, toast := range s.shown {
		if participant != "" && toast.Participant == participant {
			return id
		}
	}
	return 0
}

// click hears of the clicks on everybody's notifications.
func (s *service) click(on *notify.ActionInvokedSignal) {
	s.mu.Lock()
	toast, ours := s.shown[on.ID]
	s.mu.Unlock()
	if ours {
		s.clicked(toast)
	}
}

// closed forgets what is gone. What has expired may still stand in the desktop's list, to be clicked there.
func (s *service) closed(gone *notify.NotificationClosedSignal) {
	if gone.Reason == notify.ReasonExpired {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.shown, gone.ID)
}

func (s *service) keep(participants []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, toast := range s.shown {
		if toast.Participant == "" || slices.Contains(participants, toast.Participant) {
			continue
		}
		delete(s.shown, id)
		_, _ = s.notifier.CloseNotification(id) // it complains of one that is gone
	}
}

func hint(icon []byte) (notify.Hint, error) {
	picture, err := png.Decode(bytes.NewReader(icon))
	if err != nil {
		return notify.Hint{}, err
	}
	pixels := image.NewRGBA(picture.Bounds())
	draw.Draw(pixels, pixels.Bounds(), picture, picture.Bounds().Min, draw.Src)
	return notify.HintImageDataRGBA(pixels), nil
}
