package trial

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/records"
)

// world is a small firm: users with devices, participants, a portal, and an unreliable network between them.
type world struct {
	t    *testing.T
	seed uint64
	rng  *rand.Rand // for the steps only
	dir  string

	ahead atomic.Int64 // of the world's clock before the computer's, in nanoseconds
	host  *host
	net   *network
	// changed is signalled whenever anything happens.
	changed chan struct{}

	users     []chat.User
	devices   []*device
	people    []*person
	matters   int
	secrets   map[string]bool // every matter that ever existed
	sent      []*sentMessage
	restored  bool
	overtaken int    // messages of overtake
	drafted   string // a chat with a draft
	history   []string
	names     map[string]string // of matters and chats, for the history
}

// sentMessage is a message that a device sent.
type sentMessage struct {
	id, text, chat, matter string
	device                 *device
	// takenBack is set when its writer removed it from the outbox, and unsent if no attempt to send it had begun.
	takenBack, unsent bool
	// missing is set while a restored portal doesn't have it, and excused when no device could have kept it.
	missing, excused bool
	// lostIn holds the histories at whose end the portal didn't keep it.
	lostIn    []int32
	setStatus bool
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	w := &world{t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 4)), dir: fastDir(t), changed: make(chan struct{}, 1), names: map[string]string{}, secrets: map[string]bool{}}
	w.host = &host{path: filepath.Join(w.dir, "portal.db"), now: w.now}
	w.host.start(t)
	w.net = newNetwork(seed, w.host, w.signalChange)

	ctx, store := context.Background(), w.host.store
	for _, name := range []string{"Maya", "Tom", "Lee"} {
		id, err := store.AddAccount(ctx, records.Account{Email: name, Name: name, User: true, Admin: name == "Lee"})
		check(t, err)
		w.users = append(w.users, chat.User{ID: id, Name: name})
	}
	for _, name := range []string{"Ana", "Ben", "Cho"} {
		id, err := store.AddAccount(ctx, records.Account{Email: name, Name: name})
		check(t, err)
		w.people = append(w.people, newPerson(w, name, id))
	}
	for range 3 {
		w.openMatter()
	}
	return w
}

// addDevice adds a device for a user and wakes it.
func (w *world) addDevice(u chat.User) *device { return w.addDeviceAt(u, "") }

// addDeviceAt adds a device with its replica in a folder, or in a new one.
func (w *world) addDeviceAt(u chat.User, dir string) *device {
	d := newDevice(w, fmt.Sprintf("%s%d", strings.ToLower(u.Name), len(w.devices)), u, dir)
	w.devices = append(w.devices, d)
	d.wake()
	return d
}

func (w *world) close() {
	w.net.settle()
	for _, p := range w.people {
		p.leave()
	}
	for _, d := range w.devices {
		d.sleep()
		d.close()
	}
	w.until("the last repeated request", func() bool { return w.net.repeats.Load() == 0 })
	w.net.close()
	w.host.stop(w.t)
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

func (w *world) signalChange() { signal(w.changed) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// log returns a device's log, which only -trial.log shows.
func (w *world) log(name string) *slog.Logger {
	if !*logged {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(w.t.Output(), nil)).With("device", name)
}

// note records what happened, for the log of a failed test.
func (w *world) note(format string, args ...any) {
	w.history = append(w.history, fmt.Sprintf("%3d  ", len(w.history))+fmt.Sprintf(format, args...))
}

// openMatter opens a matter at the portal, with one or two of the people.
func (w *world) openMatter() {
	ctx, store := context.Background(), w.host.store
	w.matters++
	m := chat.Matter{Reference: fmt.Sprint(w.matters), Title: fmt.Sprintf("Matter %d", w.matters), Type: "Conveyancing", Assigned: w.anyUser().ID}
	if w.rng.IntN(2) == 0 {
		m.Team = []string{w.anyUser().ID}
	}
	matter, err := store.AddMatter(ctx, m)
	check(w.t, err)
	w.secrets[matter] = true
	w.names[matter] = fmt.Sprintf("matter %d", w.matters)
	m.ID, m.Title = matter, m.Title+" "+secret(matter)
	check(w.t, store.EditMatter(ctx, records.Program, m))
	for _, i := range w.rng.Perm(len(w.people))[:1+w.rng.IntN(2)] {
		p := w.people[i]
		id, err := store.AddParticipant(ctx, chat.Participant{Matter: matter, Name: p.name + " " + secret(matter), Role: "Client"}, p.account)
		check(w.t, err)
		p.chats = append(p.chats, chatRef{matter, id})
		w.names[id] = p.name
	}
}

// secret returns a word that every text of a matter contains, and no other.
func secret(matter string) string { return "secret" + strings.ReplaceAll(matter, "-", "") }

// readable returns a text with the matters named as in the history.
func (w *world) readable(text string) string {
	for matter := range w.secrets {
		text = strings.ReplaceAll(text, secret(matter), "in "+w.names[matter]+":")
	}
	return text
}

func (w *world) anyUser() chat.User { return w.users[w.rng.IntN(len(w.users))] }
func (w *world) anyDevice() *device { return w.devices[w.rng.IntN(len(w.devices))] }
func (w *world) anyPerson() *person { return w.people[w.rng.IntN(len(w.people))] }

// caller returns a device's user as the portal knows them now.
func (w *world) caller(d *device) chat.Caller {
	c, err := w.host.store.Caller(context.Background(), d.token)
	check(w.t, err)
	return c
}
