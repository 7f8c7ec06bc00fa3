package notification

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"matterline/app/alert"
	"matterline/app/bus"
)

// The desktop's notification service.
// See https://specifications.freedesktop.org/notification-spec/latest/protocol.html.
const (
	serviceName = "org.freedesktop.Notifications"
	servicePath = "/org/freedesktop/Notifications"
)

// maxUnanswered limits the calls that the service hasn't answered by their deadline. More aren't made until it answers or
// starts again.
const maxUnanswered = 5

var errHangs = errors.New("the notification service doesn't answer")

// service is the desktop's notification service. Its methods may take as long as a few deadlines.
type service struct {
	icon     []byte
	respond  func(alert.Response) // nil in some tests
	deadline time.Duration        // limits each wait for the service

	mu         sync.Mutex // held during calls, so that a click waits until its notification is in shown
	bus        *dbus.Conn // nil until the first notification
	owner      string     // the running service's name on the bus, or empty before it was asked. It gives out the ids.
	can        []string   // the service's capabilities
	shown      map[uint32]shown
	unanswered int
}

// shown is a notification on the screen, or in the desktop's list.
type shown struct {
	topic topic
	note  alert.Notification
}

func newService(icon []byte) *service { return &service{icon: icon, deadline: bus.Deadline} }

func (s *service) show(t topic, n alert.Notification) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.notify(t, n)
	if ended := (dbus.Error{}); errors.As(err, &ended) && ended.Name == "org.freedesktop.DBus.Error.ServiceUnknown" {
		s.forget()
		err = s.notify(t, n) // another one may be running
	}
	return err
}

func (s *service) notify(t topic, n alert.Notification) error {
	if err := s.ask(); err != nil {
		return err
	}
	if s.unanswered >= maxUnanswered {
		return errHangs
	}
	body := n.Body
	if slices.Contains(s.can, "body-markup") {
		body = markup.Replace(body)
	}
	picture, err := imageData(s.icon)
	if err != nil {
		return err
	}
	hints := map[string]dbus.Variant{
		"image-data":    dbus.MakeVariant(picture),
		"desktop-entry": dbus.MakeVariant("eu.matterline.desktop"),
		"category":      dbus.MakeVariant("im.received"),
	}
	actions := s.actions(n, hints)
	replaces := s.shownFor(t)
	id, err := s.wait(s.running().Go(serviceName+".Notify", 0, make(chan *dbus.Call, 1),
		"Matterline", replaces, "", n.Title, body, actions, hints, int32(-1)))
	if err != nil {
		return fmt.Errorf("show notification: %w", err)
	}
	delete(s.shown, replaces)
	s.shown[id] = shown{t, n}
	return nil
}

// replyAction lets the user answer, where the service has the capability of that name, as KDE's.
const replyAction = "inline-reply"

// actions returns a notification's actions as the service takes them: names and labels.
func (s *service) actions(n alert.Notification, hints map[string]dbus.Variant) []string {
	if !slices.Contains(s.can, "actions") {
		return []string{}
	}
	actions := []string{"default", "Open"}
	if n.MarksRead() && n.CanReply && slices.Contains(s.can, replyAction) {
		actions = append(actions, replyAction, alert.ReplyLabel)
		hints["x-kde-reply-placeholder-text"] = dbus.MakeVariant(alert.ReplyBox)
		hints["x-kde-reply-submit-button-text"] = dbus.MakeVariant(alert.ReplyLabel)
	}
	if n.MarksRead() {
		actions = append(actions, readAction(n), alert.MarkReadLabel)
	}
	return actions
}

// readAction names the message that a notification shows. By the time of the click, another one may have replaced it.
func readAction(n alert.Notification) string {
	return fmt.Sprintf("%s %d %s", alert.MarkRead, n.Version, n.Message)
}

// responseTo returns what the user did with a notification.
func responseTo(n alert.Notification, action string) alert.Response {
	r := alert.Response{Notification: n, Action: alert.Open}
	if read, found := strings.CutPrefix(action, string(alert.MarkRead)+" "); found {
		r.Action = alert.MarkRead
		if _, err := fmt.Sscanf(read, "%d %s", &r.Version, &r.Message); err != nil {
			r.Version = 0 // moves no mark
		}
	}
	return r
}

// running is the service that ask found. Its successor must not get its ids.
func (s *service) running() dbus.BusObject { return s.bus.Object(s.owner, servicePath) }

// withdraw closes a topic's notification. It doesn't wait for the service.
func (s *service) withdraw(t topic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id := s.shownFor(t); id != 0 {
		delete(s.shown, id)
		s.closeNotification(id)
	}
}

// shownFor returns the id of the notification that is shown for a topic, or 0.
func (s *service) shownFor(t topic) uint32 {
	for id, other := range s.shown {
		if other.topic == t {
			return id
		}
	}
	return 0
}

func (s *service) closeNotification(id uint32) {
	s.running().Go(serviceName+".CloseNotification", dbus.FlagNoReplyExpected, nil, id)
}

// answeredLate closes a notification that the service showed after its deadline: it may no longer be true.
func (s *service) answeredLate(owner string, id uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if owner != s.owner {
		return
	}
	s.unanswered = 0
	if _, known := s.shown[id]; !known && id != 0 {
		s.closeNotification(id)
	}
}

// ask connects to the session bus, again if the bus has been restarted, and asks the service what it can do.
func (s *service) ask() error {
	if s.bus == nil || !s.bus.Connected() {
		if err := s.connect(); err != nil {
			return err
		}
	}
	if s.owner != "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.deadline)
	defer cancel()
	var can []string
	var owner string
	if err := s.bus.Object(serviceName, servicePath).CallWithContext(ctx, serviceName+".GetCapabilities", 0).Store(&can); err != nil {
		return fmt.Errorf("ask the notification service: %w", err)
	}
	if err := s.bus.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetNameOwner", 0, serviceName).Store(&owner); err != nil {
		return fmt.Errorf("find the notification service: %w", err)
	}
	s.owner, s.can = owner, can
	return nil
}

func (s *service) connect() error {
	conn, signals, err := bus.Session(
		[]dbus.MatchOption{dbus.WithMatchInterface(serviceName), dbus.WithMatchObjectPath(servicePath)},
		[]dbus.MatchOption{dbus.WithMatchSender("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, serviceName)},
	)
	if err != nil {
		return err
	}
	s.bus = conn
	s.forget()
	go s.listen(signals)
	return nil
}

// forget forgets what a service said that has ended.
func (s *service) forget() {
	s.owner, s.can, s.shown, s.unanswered = "", nil, map[uint32]shown{}, 0
}

// listen ends with the connection.
func (s *service) listen(signals <-chan *dbus.Signal) {
	for signal := range signals {
		var id, reason uint32
		var action, text, name, before, owner string
		switch signal.Name {
		case serviceName + ".ActionInvoked": // of all programs
			if dbus.Store(signal.Body, &id, &action) != nil {
				continue
			}
			if n, ours := s.shownBy(signal.Sender, id); ours {
				s.respond(responseTo(n, action))
			}
		case serviceName + ".NotificationReplied":
			if dbus.Store(signal.Body, &id, &text) != nil {
				continue
			}
			if n, ours := s.shownBy(signal.Sender, id); ours && n.CanReply {
				s.respond(alert.Response{Notification: n, Action: alert.Reply, Text: text})
			}
		case serviceName + ".NotificationClosed":
			const expired = 1 // it may still be in the desktop's list, where it can be clicked
			if dbus.Store(signal.Body, &id, &reason) == nil && reason != expired {
				s.mu.Lock()
				delete(s.shown, id)
				s.mu.Unlock()
			}
		case "org.freedesktop.DBus.NameOwnerChanged":
			if dbus.Store(signal.Body, &name, &before, &owner) != nil {
				continue
			}
			s.mu.Lock()
			if owner != s.owner { // else it started when it was asked
				s.forget()
			}
			s.mu.Unlock()
		}
	}
}

// shownBy returns the app's notification that the service shows with an id. Other programs can send the same signals, and
// could otherwise write to a participant.
func (s *service) shownBy(sender string, id uint32) (alert.Notification, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	on, ours := s.shown[id]
	return on.note, ours && sender == s.owner && s.respond != nil
}

// wait waits for the id that a call returns.
func (s *service) wait(call *dbus.Call) (id uint32, err error) {
	timer := time.NewTimer(s.deadline)
	defer timer.Stop()
	select {
	case <-call.Done:
		err = call.Store(&id)
		return id, err
	case <-timer.C:
		s.unanswered++
		owner := s.owner
		go func() {
			<-call.Done
			var id uint32
			_ = call.Store(&id) // an error leaves 0
			s.answeredLate(owner, id)
		}()
		return 0, errHangs
	}
}

// imageHint is an image as the service takes it: RGBA, eight bits each.
type imageHint struct {
	Width, Height, RowStride int32
	HasAlpha                 bool
	BitsPerSample, Channels  int32
	Pixels                   []byte
}

func imageData(icon []byte) (imageHint, error) {
	picture, err := png.Decode(bytes.NewReader(icon))
	if err != nil {
		return imageHint{}, err
	}
	pixels := image.NewNRGBA(image.Rectangle{Max: picture.Bounds().Size()})
	draw.Draw(pixels, pixels.Bounds(), picture, picture.Bounds().Min, draw.Src)
	return imageHint{
		Width: int32(pixels.Bounds().Dx()), Height: int32(pixels.Bounds().Dy()), RowStride: int32(pixels.Stride),
		HasAlpha: true, BitsPerSample: 8, Channels: 4, Pixels: pixels.Pix,
	}, nil
}
