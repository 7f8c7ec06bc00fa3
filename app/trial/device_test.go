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

// device is one computer: a replica, and while it is awake a syncer.
type device struct {
	w     *world
	name  string
	user  chat.User
	dir   string
	lane  *lane
	token string
	said  int
	// decided are the chats in which its user has dealt with decisions by hand.
	decided map[string]bool
	// off is how wrong its clock is, in nanoseconds.
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
	d := &device{w: w, name: name, user: u, dir: dir, lane: w.net.addLane(), decided: map[string]bool{}}
	d.signIn()
	d.open()
	return d
}

func (d *device) signIn() {
	var err error
	d.token, err = d.w.house.store.StartSession(context.Background(), d.user.ID, d.name)
	check(d.w.t, err)
}

func (d *device) now() time.Time { return d.w.now().Add(time.Duration(d.off.Load())) }

func (d *device) open() {
	if mended := d.openMended(); mended != "" {
		d.w.t.Errorf("%s: %s", d.name, mended)
	}
}

// openMended opens the replica, and returns what had to be mended.
func (d *device) openMended() string {
	var err error
	d.replica, err = replica.Open(context.Background(), d.dir, d.user, d.now)
	check(d.w.t, err)
	d.replica.OnChanged(func([]string) { d.w.tell() })
	return d.replica.Mended()
}

func (d *device) close() {
	if d.replica != nil { // it may have failed to open
		check(d.w.t, d.replica.Close())
	}
}

// wake begins to sync.
func (d *device) wake() {
	if d.stop != nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	var s *syncer.Syncer
	var r syncer.Replica = d.replica
	if *logged {
		r = told{d.replica, d.w.log(d.name)}
	}
	s = syncer.New(r, portalapi.NewClient(d.lane.address, d.token), d.w.log(d.name), func(f syncer.Freshness) {
		d.w.tell()
		if d.w.net.calm.Load() && (f.State != syncer.Current && f.State != syncer.CatchingUp || f.Problem != "") {
			s.Retry()
		}
	})
	d.syncer, d.stop = s, stop
	d.running.Go(func() { s.Run(ctx) })
}

// sleep ends whatever goes on.
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

// chats are the chats that the device shows.
func (d *device) chats() []room { return chatsOf(context.Background(), d.replica) }

// send sends a message, and notes that it must not be lost.
func (d *device) send(r room, setStatus bool) {
	d.said++
	text := fmt.Sprintf("%s %s writes %d", secret(r.matter), d.name, d.said)
	m, err := replicatest.Send(context.Background(), d.replica, r.chat, text, setStatus)
	if chat.CodeOf(err) == chat.NotFound {
		return // gone in between
	}
	check(d.w.t, err)
	d.w.sayings = append(d.w.sayings, &saying{id: m.ID, text: text, chat: r.chat, matter: r.matter, device: d, setStatus: setStatus})
	d.push()
}

// has are the messages that the device has, sent or not.
func (d *device) has() map[string]bool {
	ctx, has := context.Background(), map[string]bool{}
	pages, err := replicatest.Dump(ctx, d.dir)
	check(d.w.t, err)
	for _, page := range pages {
		for _, m := range page.Messages {
			has[m.ID] = true
		}
	}
	unsent, err := d.replica.Outbox(ctx)
	check(d.w.t, err)
	for _, u := range unsent {
		has[u.ID] = true
	}
	return has
}
