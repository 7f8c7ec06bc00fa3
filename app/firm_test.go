package app_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

	"matterline/app/alert"
	"matterline/app/chat"
	_ "matterline/app/password/passwordtest"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/replica"
	"matterline/app/sqldb/sqlite"
	"matterline/app/syncer"
)

// firm is a firm's portal with the desktops of its users and the browsers of its participants.
type firm struct {
	dir, address string
	store        *records.Store
	server       *http.Server
	participants map[string]string // ids by name
	desktops     map[string]*desktop
	browsers     map[string]*portalapi.Client
}

// desktop is a user's desktop app without its window.
type desktop struct {
	name    string
	user    string // their id
	client  *portalapi.Client
	replica *replica.Replica
	syncer  *syncer.Syncer
	changed chan struct{} // signals a change of the replica or the connection
	offline func()        // disconnects; nil while offline
}

// maxWait limits every wait for an event that always happens.
const maxWait = 20 * time.Second

func newFirm(dir string) *firm {
	return &firm{dir: dir, participants: map[string]string{}, desktops: map[string]*desktop{}, browsers: map[string]*portalapi.Client{}}
}

// setUp creates the firm's data and connects everyone.
func (f *firm) setUp() error {
	if err := f.open("127.0.0.1:0"); err != nil {
		return err
	}
	ctx := context.Background()
	users := map[string]string{}
	for _, name := range []string{"maya", "tom"} {
		id, err := f.store.AddAccount(ctx, records.Account{Email: name + "@firm.example", Name: fullName(name), User: true})
		if err != nil {
			return err
		}
		users[name] = id
	}
	for _, m := range []struct {
		title, assigned string
		team            []string
		participants    []string
	}{
		{"Elm Street", "maya", []string{users["tom"]}, []string{"ana", "ben"}},
		{"Quay Road", "tom", nil, []string{"carl"}},
	} {
		matter, err := f.store.AddMatter(ctx, chat.Matter{Reference: m.title, Title: m.title, Type: "Conveyancing", OpenedAt: 1, Assigned: users[m.assigned], Team: m.team})
		if err != nil {
			return err
		}
		for _, name := range m.participants {
			if err := f.addParticipant(ctx, matter, name); err != nil {
				return err
			}
		}
	}
	for name, id := range users {
		if err := f.addDesktop(ctx, name, id); err != nil {
			return err
		}
	}
	_, err := f.sync(nil)
	return err
}

func capital(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

func fullName(user string) string { return capital(user) + " Smith" }

func (f *firm) addParticipant(ctx context.Context, matter, name string) error {
	account, err := f.store.AddAccount(ctx, records.Account{Email: name + "@client.example", Name: name})
	if err != nil {
		return err
	}
	if f.participants[name], err = f.store.AddParticipant(ctx, chat.Participant{Matter: matter, Name: capital(name), Role: "Client"}, account); err != nil {
		return err
	}
	token, err := f.store.StartSession(ctx, account, chat.Origin{Device: "browser"})
	f.browsers[name] = portalapi.NewClient(f.address, token)
	return err
}

func (f *firm) addDesktop(ctx context.Context, name, id string) error {
	token, err := f.store.StartSession(ctx, id, chat.Origin{Device: "desktop"})
	if err != nil {
		return err
	}
	d := &desktop{name: name, user: id, client: portalapi.NewClient(f.address, token), changed: make(chan struct{}, 1)}
	d.replica, err = replica.Open(ctx, filepath.Join(f.dir, name+".db"), chat.User{ID: id, Name: fullName(name)}, time.Now)
	if err != nil {
		return err
	}
	d.replica.OnChanged(func([]string) { d.signal() })
	f.desktops[name] = d
	d.online()
	return nil
}

func (d *desktop) signal() {
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// signallingReplica signals when read marks are confirmed. A replica itself doesn't, because users don't see that.
type signallingReplica struct {
	*replica.Replica
	signal func()
}

func (r signallingReplica) ConfirmReads(ctx context.Context, reads []chat.Read) error {
	defer r.signal()
	return r.Replica.ConfirmReads(ctx, reads)
}

func (d *desktop) online() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	d.syncer = syncer.New(signallingReplica{d.replica, d.signal}, d.client, slog.New(slog.DiscardHandler), func(syncer.Freshness) { d.signal() })
	go func() {
		defer close(done)
		d.syncer.Run(ctx)
	}()
	d.offline = func() {
		cancel()
		<-done
		d.offline = nil
	}
}

// open starts the portal at an address.
func (f *firm) open(address string) error {
	db, err := sqlite.Open(filepath.Join(f.dir, "portal.db"))
	if err != nil {
		return err
	}
	if f.store, err = records.Open(context.Background(), db, time.Now); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	pages := fstest.MapFS{"index.html": {Data: []byte("the client pages")}}
	f.server = &http.Server{Handler: portal.New(f.store, pages, slog.New(slog.DiscardHandler)), ReadHeaderTimeout: maxWait}
	go f.server.Serve(listener)
	f.address = "http://" + listener.Addr().String()
	return nil
}

func (f *firm) portal(args []string) (string, error) {
	switch strings.Join(args, " ") {
	case "stop":
		return "", errors.Join(f.server.Close(), f.store.Close())
	case "start":
		if err := f.open(strings.TrimPrefix(f.address, "http://")); err != nil {
			return "", err
		}
		for _, d := range f.desktops {
			d.syncer.Retry()
		}
		return "", nil
	}
	return "", errors.New("portal stop or start")
}

func (f *firm) close() {
	for _, d := range f.desktops {
		if d.offline != nil {
			d.offline()
		}
		d.replica.Close()
	}
	f.server.Close()
	f.store.Close()
}

// sync waits until every online desktop has sent and received everything.
func (f *firm) sync([]string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), maxWait)
	defer cancel()
	for {
		allSynced := true
		for _, d := range f.desktops {
			if d.offline == nil {
				continue
			}
			synced, err := d.synced(ctx)
			if err != nil {
				return "", err
			}
			for !synced {
				allSynced = false // the others must receive what this one sends
				select {
				case <-ctx.Done():
					return "", fmt.Errorf("%s isn't in sync after %s: %+v", d.name, maxWait, d.syncer.Freshness())
				case <-d.changed:
				}
				if synced, err = d.synced(ctx); err != nil {
					return "", err
				}
			}
		}
		if allSynced {
			return "", nil
		}
	}
}

func (d *desktop) synced(ctx context.Context) (bool, error) {
	backlog, err := d.replica.Backlog(ctx)
	if err != nil {
		return false, err
	}
	reads, err := d.replica.UnsentReads(ctx)
	if err != nil {
		return false, err
	}
	heads, err := portalapi.Call(ctx, d.client, portalapi.Matters, &portalapi.MattersInput{})
	if err != nil {
		return false, err
	}
	_, have, err := d.replica.Known(ctx)
	if err != nil || backlog.Waiting+len(reads) > 0 || len(have) != len(heads.Body.Matters) || d.syncer.Freshness().State != syncer.Current {
		return false, err
	}
	for _, head := range heads.Body.Matters {
		if have[head.Matter].Version != head.Version {
			return false, nil
		}
	}
	return true, nil
}

// user returns the commands of a user at their desktop.
func user(name string) func(*firm, []string) (string, error) {
	return func(f *firm, args []string) (string, error) {
		ctx, d := context.Background(), f.desktops[name]
		var out strings.Builder
		arg := func(i int) string {
			if i < len(args) {
				return args[i]
			}
			return ""
		}
		to := f.participants[arg(1)]
		switch arg(0) {
		case "offline":
			d.offline()
		case "online":
			d.online()
		case "send":
			_, err := d.replica.Send(ctx, replica.Outgoing{Draft: to, To: []string{to}, Text: arg(2), SetStatus: arg(3) == "status"})
			d.syncer.Push()
			return "", err
		case "edit":
			id, err := unsent(ctx, d, to, arg(2))
			if err != nil {
				return "", err
			}
			draft, err := d.replica.Edit(ctx, id)
			return draft.Text + "\n", err
		case "remove":
			id, err := unsent(ctx, d, to, arg(2))
			if err != nil {
				return "", err
			}
			return "", d.replica.Remove(ctx, id)
		case "read":
			c, err := d.replica.Chat(ctx, to, 0)
			if err != nil {
				return "", err
			}
			err = d.replica.MarkRead(ctx, to, c.Messages[len(c.Messages)-1].Version)
			d.syncer.Push()
			return "", err
		case "chat":
			c, err := d.replica.Chat(ctx, to, 0)
			if err != nil {
				return "", err
			}
			for _, m := range c.Messages {
				fmt.Fprintln(&out, strings.TrimSuffix(strings.Join([]string{m.AuthorName, m.Delivery, m.Text, m.Reason}, "|"), "|"))
			}
			if c.TheirReadUpto > 0 && c.TheirReadUpto >= c.Messages[len(c.Messages)-1].Version {
				fmt.Fprintln(&out, "read")
			}
		case "status":
			c, err := d.replica.Chat(ctx, to, 0)
			if err != nil {
				return "", err
			}
			for _, s := range c.Statuses {
				period := "past"
				if s.EndedAt == 0 {
					period = "current"
				}
				fmt.Fprintln(&out, period+"|"+s.Text)
			}
		case "alerts":
			news, err := d.replica.UnreadChats(ctx)
			if err != nil {
				return "", err
			}
			for _, a := range alert.Due(d.user, news, nil) {
				fmt.Fprintf(&out, "%s|%d|%s\n", a.Name, a.Count, a.Text)
			}
		case "matters":
			rows, err := d.replica.Matters(ctx)
			if err != nil {
				return "", err
			}
			for _, m := range rows {
				fmt.Fprintln(&out, m.Title)
			}
		case "search":
			found, err := d.replica.Search(ctx, arg(1))
			if err != nil {
				return "", err
			}
			for _, h := range found.Hits {
				fmt.Fprintln(&out, h.Kind+"|"+h.Title+"|"+strings.NewReplacer("\x02", "[", "\x03", "]").Replace(h.Snippet))
			}
		default:
			return "", fmt.Errorf("%s: unknown command %q", name, arg(0))
		}
		return out.String(), nil
	}
}

// unsent finds a message in the outbox by its text.
func unsent(ctx context.Context, d *desktop, participant, text string) (id string, err error) {
	c, err := d.replica.Chat(ctx, participant, 0)
	if err != nil {
		return "", err
	}
	for _, m := range c.Messages {
		if m.Text == text {
			return m.ID, nil
		}
	}
	return "", chat.ErrNotFound
}

// participant returns the commands of a participant in their browser.
func participant(name string) func(*firm, []string) (string, error) {
	return func(f *firm, args []string) (string, error) {
		ctx, cancel := context.WithTimeout(context.Background(), maxWait)
		defer cancel()
		client, own := f.browsers[name], f.participants[name]
		var out strings.Builder
		switch args[0] {
		case "send", "forge":
			if args[0] == "forge" { // into another participant's chat
				own = f.participants[args[2]]
			}
			in := &portalapi.SendMessagesInput{}
			in.Body.Messages = []portalapi.Outgoing{{ID: uuid.NewString(), Participant: own, Text: args[1]}}
			sent, err := portalapi.Call(ctx, client, portalapi.SendMessages, in)
			if err == nil && sent.Body.Results[0].Error != nil {
				err = sent.Body.Results[0].Error
			}
			return "", err
		}
		visible, err := fetchAll(ctx, client)
		if err != nil {
			return "", err
		}
		switch args[0] {
		case "inbox":
			for _, m := range visible.Messages {
				fmt.Fprintln(&out, visible.authorName(m)+"|"+m.Text)
			}
		case "status":
			for _, s := range visible.Statuses {
				if s.EndedAt == 0 {
					fmt.Fprintln(&out, s.Text)
				}
			}
		case "sees":
			fmt.Fprintf(&out, "matters %d\nparticipants %d\nreaders %d\n", visible.matters, len(visible.Participants), len(visible.Reads))
		case "read":
			in := &portalapi.ReadsInput{}
			in.Body.Reads = []portalapi.ReadMark{{Participant: own, Upto: visible.Version}}
			_, err := portalapi.Call(ctx, client, portalapi.MarkRead, in)
			return "", err
		default:
			return "", fmt.Errorf("%s: unknown command %q", name, args[0])
		}
		return out.String(), nil
	}
}

// visibleData is all that a participant can read.
type visibleData struct {
	chat.Changes
	matters int
}

func (v visibleData) authorName(m chat.Message) string {
	for _, u := range v.Users {
		if u.ID == m.Author {
			return u.Name
		}
	}
	return "me"
}

func fetchAll(ctx context.Context, client *portalapi.Client) (v visibleData, err error) {
	heads, err := portalapi.Call(ctx, client, portalapi.Matters, &portalapi.MattersInput{})
	if err != nil {
		return v, err
	}
	v.matters = len(heads.Body.Matters)
	for _, head := range heads.Body.Matters {
		page, err := portalapi.Call(ctx, client, portalapi.Changes, &portalapi.ChangesInput{Matter: head.Matter, Limit: 1000})
		if err != nil {
			return v, err
		}
		v.Changes = page.Body
	}
	return v, nil
}
