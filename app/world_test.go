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
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/replica"
	"matterline/app/sqldb/sqlite"
	"matterline/app/syncer"
)

// world is a firm's portal with the desktops and browsers of its people.
type world struct {
	dir, address string
	store        *records.Store
	server       *http.Server
	chats        map[string]string // a participant's name → their id, which names the chat
	desks        map[string]*desk
	browsers     map[string]*portalapi.Client
}

// desk is one user's desktop, without its window.
type desk struct {
	name    string
	client  *portalapi.Client
	replica *replica.Replica
	syncer  *syncer.Syncer
	// happened is told of every change; offline ends the network.
	happened chan struct{}
	offline  func()
}

// patience bounds every wait for something that is certain to happen.
const patience = 20 * time.Second

func newWorld(dir string) *world {
	return &world{dir: dir, chats: map[string]string{}, desks: map[string]*desk{}, browsers: map[string]*portalapi.Client{}}
}

// found founds the firm, and puts everyone online.
func (w *world) found() error {
	if err := w.open("127.0.0.1:0"); err != nil {
		return err
	}
	ctx := context.Background()
	users := map[string]string{}
	for _, name := range []string{"maya", "tom"} {
		id, err := w.store.AddAccount(ctx, records.Account{Email: name + "@firm.example", Name: fullName(name), User: true})
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
		matter, err := w.store.AddMatter(ctx, chat.Matter{Reference: m.title, Title: m.title, Type: "Conveyancing", OpenedAt: 1, Assigned: users[m.assigned], Team: m.team})
		if err != nil {
			return err
		}
		for _, name := range m.participants {
			if err := w.addParticipant(ctx, matter, name); err != nil {
				return err
			}
		}
	}
	for name, id := range users {
		if err := w.addDesk(ctx, name, id); err != nil {
			return err
		}
	}
	_, err := w.settle(nil)
	return err
}

func capital(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

func fullName(user string) string { return capital(user) + " Smith" }

func (w *world) addParticipant(ctx context.Context, matter, name string) error {
	account, err := w.store.AddAccount(ctx, records.Account{Email: name + "@client.example", Name: name})
	if err != nil {
		return err
	}
	if w.chats[name], err = w.store.AddParticipant(ctx, chat.Participant{Matter: matter, Name: capital(name), Role: "Client"}, account); err != nil {
		return err
	}
	token, err := w.store.StartSession(ctx, account, "browser")
	w.browsers[name] = portalapi.NewClient(w.address, token)
	return err
}

func (w *world) addDesk(ctx context.Context, name, id string) error {
	token, err := w.store.StartSession(ctx, id, "desktop")
	if err != nil {
		return err
	}
	d := &desk{name: name, client: portalapi.NewClient(w.address, token), happened: make(chan struct{}, 1)}
	d.replica, err = replica.Open(ctx, filepath.Join(w.dir, name+".db"), chat.User{ID: id, Name: fullName(name)}, time.Now)
	if err != nil {
		return err
	}
	d.replica.OnChanged(func([]string) { d.tell() })
	w.desks[name] = d
	d.online()
	return nil
}

func (d *desk) tell() {
	select {
	case d.happened <- struct{}{}:
	default:
	}
}

func (d *desk) online() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	d.syncer = syncer.New(d.replica, d.client, slog.New(slog.DiscardHandler), func(syncer.Freshness) { d.tell() })
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

// open opens the portal at an address.
func (w *world) open(address string) error {
	db, err := sqlite.Open(filepath.Join(w.dir, "portal.db"))
	if err != nil {
		return err
	}
	if w.store, err = records.Open(context.Background(), db, time.Now); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	pages := fstest.MapFS{"index.html": {Data: []byte("the client pages")}}
	w.server = &http.Server{Handler: portal.New(w.store, pages, slog.New(slog.DiscardHandler)), ReadHeaderTimeout: patience}
	go w.server.Serve(listener)
	w.address = "http://" + listener.Addr().String()
	return nil
}

func (w *world) portal(args []string) (string, error) {
	switch strings.Join(args, " ") {
	case "stop":
		return "", errors.Join(w.server.Close(), w.store.Close())
	case "start":
		if err := w.open(strings.TrimPrefix(w.address, "http://")); err != nil {
			return "", err
		}
		for _, d := range w.desks {
			d.syncer.Retry()
		}
		return "", nil
	}
	return "", errors.New("portal stop or start")
}

func (w *world) close() {
	for _, d := range w.desks {
		if d.offline != nil {
			d.offline()
		}
		d.replica.Close()
	}
	w.server.Close()
	w.store.Close()
}

// settle waits until every desktop that is online has said everything and heard everything.
func (w *world) settle([]string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		all := true
		for _, d := range w.desks {
			if d.offline == nil {
				continue
			}
			inStep, err := d.inStep(ctx)
			if err != nil {
				return "", err
			}
			for !inStep {
				all = false // what this one says, another is still to hear
				select {
				case <-ctx.Done():
					return "", fmt.Errorf("%s is not in step after %s: %+v", d.name, patience, d.syncer.Freshness())
				case <-d.happened:
				}
				if inStep, err = d.inStep(ctx); err != nil {
					return "", err
				}
			}
		}
		if all {
			return "", nil
		}
	}
}

func (d *desk) inStep(ctx context.Context) (bool, error) {
	backlog, err := d.replica.Backlog(ctx)
	if err != nil {
		return false, err
	}
	reads, err := d.replica.WaitingReads(ctx)
	if err != nil {
		return false, err
	}
	heads, err := portalapi.Call(ctx, d.client, portalapi.Matters, &portalapi.MattersInput{})
	if err != nil {
		return false, err
	}
	_, have, err := d.replica.Standing(ctx)
	if err != nil || backlog.Waiting+len(reads) > 0 || len(have) != len(heads.Body.Matters) || d.syncer.Freshness().State != syncer.Current {
		return false, err
	}
	for _, head := range heads.Body.Matters {
		if have[head.Matter] != head.Version {
			return false, nil
		}
	}
	return true, nil
}

// user is what a user does at their desktop.
func user(name string) func(*world, []string) (string, error) {
	return func(w *world, args []string) (string, error) {
		ctx, d := context.Background(), w.desks[name]
		var out strings.Builder
		arg := func(i int) string {
			if i < len(args) {
				return args[i]
			}
			return ""
		}
		to := w.chats[arg(1)]
		switch arg(0) {
		case "offline":
			d.offline()
		case "online":
			d.online()
		case "send":
			_, err := d.replica.Send(ctx, to, arg(2), arg(3) == "status")
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
				stands := "past"
				if s.EndedAt == 0 {
					stands = "current"
				}
				fmt.Fprintln(&out, stands+"|"+s.Text)
			}
		case "alerts":
			news, err := d.replica.News(ctx)
			if err != nil {
				return "", err
			}
			for _, a := range alert.Due(d.replica.User().ID, news) {
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
		case "find":
			found, err := d.replica.Search(ctx, arg(1))
			if err != nil {
				return "", err
			}
			for _, h := range found.Hits {
				fmt.Fprintln(&out, h.Kind+"|"+h.Title+"|"+strings.NewReplacer("\x02", "[", "\x03", "]").Replace(h.Snippet))
			}
		default:
			return "", fmt.Errorf("%s cannot %q", name, arg(0))
		}
		return out.String(), nil
	}
}

// unsent finds a message in the outbox by its text.
func unsent(ctx context.Context, d *desk, participant, text string) (id string, err error) {
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

// participant is what a participant does in their browser.
func participant(name string) func(*world, []string) (string, error) {
	return func(w *world, args []string) (string, error) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		client, own := w.browsers[name], w.chats[name]
		var out strings.Builder
		switch args[0] {
		case "send", "forge":
			// forge writes into another participant's chat
			if args[0] == "forge" {
				own = w.chats[args[2]]
			}
			in := &portalapi.SendMessagesInput{}
			in.Body.Messages = []portalapi.Outgoing{{ID: uuid.NewString(), Participant: own, Text: args[1]}}
			said, err := portalapi.Call(ctx, client, portalapi.SendMessages, in)
			if err == nil && said.Body.Results[0].Error != nil {
				err = said.Body.Results[0].Error
			}
			return "", err
		}
		seen, err := everything(ctx, client)
		if err != nil {
			return "", err
		}
		switch args[0] {
		case "inbox":
			for _, m := range seen.Messages {
				fmt.Fprintln(&out, seen.nameOf(m)+"|"+m.Text)
			}
		case "status":
			for _, s := range seen.Statuses {
				if s.EndedAt == 0 {
					fmt.Fprintln(&out, s.Text)
				}
			}
		case "sees":
			fmt.Fprintf(&out, "matters %d\nparticipants %d\nreaders %d\n", seen.matters, len(seen.Participants), len(seen.Reads))
		case "read":
			in := &portalapi.ReadsInput{}
			in.Body.Reads = []portalapi.ReadMark{{Participant: own, Upto: seen.Version}}
			_, err := portalapi.Call(ctx, client, portalapi.MarkRead, in)
			return "", err
		default:
			return "", fmt.Errorf("%s cannot %q", name, args[0])
		}
		return out.String(), nil
	}
}

// sight is all that a participant can read.
type sight struct {
	chat.Changes
	matters int
}

func (s sight) nameOf(m chat.Message) string {
	for _, u := range s.Users {
		if u.ID == m.Author {
			return u.Name
		}
	}
	return "me"
}

func everything(ctx context.Context, client *portalapi.Client) (s sight, err error) {
	heads, err := portalapi.Call(ctx, client, portalapi.Matters, &portalapi.MattersInput{})
	if err != nil {
		return s, err
	}
	s.matters = len(heads.Body.Matters)
	for _, head := range heads.Body.Matters {
		page, err := portalapi.Call(ctx, client, portalapi.Changes, &portalapi.ChangesInput{Matter: head.Matter, Limit: 1000})
		if err != nil {
			return s, err
		}
		s.Changes = page.Body
	}
	return s, nil
}
