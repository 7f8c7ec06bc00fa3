package trial

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/replica"
	"matterline/app/replica/replicatest"
	"matterline/app/syncer"
)

// device is a computer with a replica, and a syncer while it's awake.
type device struct {
	w     *world
	name  string
	user  chat.User
	dir   string
	lane  *lane
	token string
	count int // of its messages
	// copies counts how often it began a new copy, and startOvers how often a copy started over.
	copies     int
	startOvers atomic.Int64
	// decided holds the chats whose status its user changed or decided about.
	decided map[string]bool
	// off is the error of its clock, in nanoseconds.
	off atomic.Int64

	replica *replica.Replica
	syncer  *syncer.Syncer
	stop    context.CancelFunc // nil while it sleeps
	running sync.WaitGroup
}

func newDevice(w *world, name string, u chat.User, dir string) *device {
	if dir == "" {
		dir = filepath.Join(w.dir, name)
	}
	d := &device{w: w, name: name, user: u, dir: dir, lane: w.net.addLane(), decided: map[string]bool{}, copies: 1}
	d.signIn()
	d.open()
	return d
}

func (d *device) signIn() {
	var err error
	d.token, err = d.w.host.store.StartSession(context.Background(), d.user.ID, chat.Origin{Device: d.name})
	check(d.w.t, err)
}

func (d *device) now() time.Time { return d.w.now().Add(time.Duration(d.off.Load())) }

func (d *device) open() {
	if repaired := d.openRepaired(); repaired != "" {
		d.w.t.Errorf("%s: %s", d.name, repaired)
	}
}

// openRepaired opens the replica and returns what was repaired.
func (d *device) openRepaired() string {
	var err error
	d.replica, err = replica.Open(context.Background(), d.dir, d.user, d.now)
	check(d.w.t, err)
	d.replica.OnChanged(func([]string) { d.w.signalChange() })
	return d.replica.RepairNote()
}

func (d *device) close() {
	if d.replica != nil { // it may not have opened
		check(d.w.t, d.replica.Close())
	}
}

// wake starts syncing.
func (d *device) wake() {
	if d.stop != nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	var s *syncer.Syncer
	var r syncer.Replica = judgedReplica{countedReplica{d.replica, d}, d, new(sync.Mutex), map[string]chat.Unsent{}}
	if *logged {
		r = loggedReplica{r, d.w.log(d.name)}
	}
	s = syncer.New(r, portalapi.NewClient(d.lane.address, d.token), d.w.log(d.name), func(f syncer.Freshness) {
		d.w.signalChange()
		if d.w.net.reliable.Load() && (f.State != syncer.Current && f.State != syncer.CatchingUp || f.Problem != "") {
			s.Retry()
		}
	})
	d.syncer, d.stop = s, stop
	d.running.Go(func() { s.Run(ctx) })
}

// sleep stops syncing.
func (d *device) sleep() {
	if d.stop == nil {
		return
	}
	d.stop()
	d.running.Wait()
	d.stop, d.syncer = nil, nil
}

// restart closes the replica and opens it again.
func (d *device) restart() {
	awake := d.stop != nil
	d.sleep()
	d.close()
	d.open()
	if awake {
		d.wake()
	}
}

func (d *device) push() {
	if d.syncer != nil {
		d.syncer.Push()
	}
}

// chats returns the chats that the device shows.
func (d *device) chats() []chatRef { return chatsOf(context.Background(), d.replica) }

// send sends a message, which must not get lost.
func (d *device) send(r chatRef, setStatus bool) {
	d.count++
	text := fmt.Sprintf("%s %s writes %d", secret(r.matter), d.name, d.count)
	m, err := sendTo(context.Background(), d.replica, r.chat, text, setStatus)
	if chat.CodeOf(err) == chat.NotFound {
		return // removed in the meantime
	}
	check(d.w.t, err)
	d.w.sent = append(d.w.sent, &sentMessage{id: m.ID, text: text, chat: r.chat, matter: r.matter, device: d, setStatus: setStatus})
	d.push()
}

// has returns the ids of the messages on the device, sent or not. It reads own.db first: messages move from there into
// the copy.
func (d *device) has() map[string]bool {
	ctx, has := context.Background(), map[string]bool{}
	unsent, err := d.replica.Outbox(ctx)
	check(d.w.t, err)
	for _, u := range unsent {
		has[u.ID] = true
	}
	kept, err := replicatest.Kept(ctx, d.dir)
	check(d.w.t, err)
	for _, id := range kept {
		has[id] = true
	}
	pages, err := replicatest.Dump(ctx, d.dir)
	check(d.w.t, err)
	for _, page := range pages {
		if page.Info == nil { // the matter is being removed
			continue
		}
		for _, m := range page.Messages {
			has[m.ID] = true
		}
	}
	return has
}

// sendTo sends a message to one participant. It leaves at once.
func sendTo(ctx context.Context, r *replica.Replica, participant, text string, setStatus bool) (m replica.Message, err error) {
	messages, err := r.Send(ctx, replica.Outgoing{Draft: participant, To: []string{participant}, Text: text, SetStatus: setStatus})
	if err != nil {
		return m, err
	}
	return messages[0], nil
}
