package session

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/uuid"

	"matterline/app/alert/bustest"
	"matterline/app/alert/notification"
	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// The name and the path of the desktop's notification service.
const (
	serviceName = "org.freedesktop.Notifications"
	servicePath = "/org/freedesktop/Notifications"
)

// desktop is a notification service on a session bus.
type desktop struct {
	bodies chan string // of the notifications it was asked to show
	next   uint32
}

func newDesktop(b *testing.B) (d *desktop, caller *dbus.Conn) {
	b.Helper()
	address, _ := bustest.Start(b)
	connect := func() *dbus.Conn {
		conn, err := dbus.Connect(address)
		check(b, err)
		b.Cleanup(func() { conn.Close() })
		return conn
	}
	d = &desktop{bodies: make(chan string, 100)}
	bus := connect()
	check(b, bus.Export(d, servicePath, serviceName))
	_, err := bus.RequestName(serviceName, 0)
	check(b, err)
	return d, connect()
}

func (d *desktop) GetCapabilities() ([]string, *dbus.Error) { return []string{"actions", "body"}, nil }

func (d *desktop) GetServerInformation() (product, vendor, version, spec string, failed *dbus.Error) {
	return "bench", "", "", "1.2", nil
}

func (d *desktop) Notify(_ string, replaces uint32, _, _, body string, _ []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	d.bodies <- body
	if replaces != 0 {
		return replaces, nil
	}
	d.next++
	return d.next, nil
}

func (d *desktop) CloseNotification(uint32) *dbus.Error { return nil }

// await returns when a notification with this text is to be shown.
func (d *desktop) await(b *testing.B, text string) {
	b.Helper()
	late := time.After(30 * time.Second)
	for {
		select {
		case body := <-d.bodies:
			if strings.Contains(body, text) {
				return
			}
		case <-late:
			b.Fatalf("no notification with %q", text)
		}
	}
}

// BenchmarkAlerts measures the time from the participant's Send to the notification on the assigned user's desktop, alone
// and while 2,000 live streams are open and 100 messages a second arrive. "bare" is what no program can avoid: the portal
// confirms the message, and then one call to the notification service.
func BenchmarkAlerts(b *testing.B) {
	for name, streams := range map[string]int{"idle": 0, "busy": 2000} {
		b.Run(name, func(b *testing.B) {
			const samples = 200
			d, caller := newDesktop(b)
			f := newFirm(b)
			shown := notification.New(icon(b), slog.New(slog.DiscardHandler))
			defer shown.Close(time.Second)
			var ahead atomic.Int64 // so that the limit of notifications in a time holds none back
			maya := f.openWith("maya", func(o *Options) {
				o.Notifications = shown
				o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
			})
			token, err := f.store.StartSession(b.Context(), maya.client.Account, chat.Origin{})
			check(b, err)
			ana := portalapi.NewClient(f.server.URL, token)
			stop := f.keepBusy(b, streams)
			defer stop()

			var took, bare []time.Duration
			for i := range samples {
				text := fmt.Sprintf("message %d.", i)
				ahead.Add(int64(time.Minute))
				begun := time.Now()
				send(b, ana, maya.participant, text)
				confirmed := time.Since(begun)
				d.await(b, text)
				took = append(took, time.Since(begun))

				begun = time.Now()
				check(b, caller.Object(serviceName, servicePath).Call(serviceName+".Notify", 0, "", uint32(0), "", "", "bare", []string{}, map[string]dbus.Variant{}, int32(0)).Err)
				bare = append(bare, confirmed+time.Since(begun))
			}
			report := func(times []time.Duration, prefix string) {
				slices.Sort(times)
				b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, prefix+"p50-ms")
				b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, prefix+"p99-ms")
			}
			report(took, "")
			report(bare, "bare-")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func send(tb testing.TB, c *portalapi.Client, participant, text string) {
	in := &portalapi.SendMessagesInput{}
	in.Body.Messages = []portalapi.Outgoing{{ID: uuid.NewString(), Participant: participant, Text: text, WrittenAt: time.Now().UnixMilli()}}
	out, err := portalapi.Call(context.Background(), c, portalapi.SendMessages, in)
	if err == nil && out.Body.Results[0].Error != nil {
		err = out.Body.Results[0].Error
	}
	if err != nil {
		tb.Error(err)
	}
}

// keepBusy opens live streams of other users and participants, who send 100 messages a second until stop.
func (f *firm) keepBusy(b *testing.B, streams int) (stop func()) {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var busy sync.WaitGroup
	type sender struct {
		client      *portalapi.Client
		participant string
	}
	var senders []sender
	connections := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, MaxConnsPerHost: 0}}
	follow := func(token string) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.server.URL+portalapi.Prefix+"/live", nil)
		check(b, err)
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := connections.Do(req)
		check(b, err)
		busy.Go(func() {
			defer res.Body.Close()
			_, _ = io.Copy(io.Discard, res.Body)
		})
	}
	for i := range streams / 2 {
		account := func(email string, user bool) (id, token string) {
			id, err := f.store.AddAccount(b.Context(), records.Account{Email: email, Name: email, User: user})
			check(b, err)
			token, err = f.store.StartSession(b.Context(), id, chat.Origin{})
			check(b, err)
			return id, token
		}
		user, userToken := account(fmt.Sprintf("user%d@firm.example", i), true)
		client, clientToken := account(fmt.Sprintf("client%d@client.example", i), false)
		matter, err := f.store.AddMatter(b.Context(), chat.Matter{Reference: fmt.Sprint("busy ", i), Title: fmt.Sprint("Matter ", i), Assigned: user})
		check(b, err)
		participant, err := f.store.AddParticipant(b.Context(), chat.Participant{Matter: matter, Name: "Client", Role: "Client"}, client)
		check(b, err)
		follow(userToken)
		follow(clientToken)
		senders = append(senders, sender{portalapi.NewClient(f.server.URL, clientToken), participant})
	}
	if streams > 0 {
		busy.Go(func() {
			ticker := time.NewTicker(10 * time.Millisecond)
			defer ticker.Stop()
			for i := 0; ctx.Err() == nil; i++ {
				<-ticker.C
				s := senders[i%len(senders)]
				busy.Go(func() { send(b, s.client, s.participant, "The funds will be released on Thursday morning.") })
			}
		})
	}
	return func() {
		cancel()
		busy.Wait()
		connections.CloseIdleConnections()
	}
}

func icon(b *testing.B) []byte {
	b.Helper()
	png, err := os.ReadFile("../../build/icon/icon-64.png")
	check(b, err)
	return png
}
