package trial

import (
	"context"
	"slices"

	"matterline/app/chat"
	"matterline/app/records"
)

// What is done at the portal itself, and to it.

// stepAdminister is what is done at the portal itself.
func (w *world) stepAdminister() {
	store := w.house.store
	if store == nil {
		return
	}
	ctx := context.Background()
	heads, err := store.Heads(ctx, records.Program)
	check(w.t, err)
	matter := heads[w.rng.IntN(len(heads))].Matter
	u := w.anyUser()
	switch w.rng.IntN(9) {
	case 0:
		w.openMatter()
		w.note("matter %d is opened", w.matters)
	case 1:
		w.refusable(store.Assign(ctx, records.Program, matter, u.ID))
		w.note("%s is assigned to %s", w.names[matter], u.Name)
	case 2, 3:
		w.refusable(store.SetTeam(ctx, records.Program, matter, nil))
		w.note("%s has no team", w.names[matter])
	case 4:
		w.refusable(store.SetTeam(ctx, records.Program, matter, []string{u.ID}))
		w.note("%s has the team %s", w.names[matter], u.Name)
	case 5, 6:
		closed := w.rng.IntN(2) == 0
		w.refusable(store.SetClosed(ctx, records.Program, matter, closed))
		w.note("%s closed: %v", w.names[matter], closed)
	case 7: // Lee stays one
		u, admin := w.users[w.rng.IntN(2)], w.rng.IntN(2) == 0
		check(w.t, store.EditUser(ctx, chat.Caller{Account: w.users[2].ID, User: true, Admin: true}, u.ID, admin, true))
		w.note("%s is an admin: %v", u.Name, admin)
	case 8:
		p := w.anyPerson()
		if w.rng.IntN(2) == 0 || len(p.chats) == 0 {
			return
		}
		r := p.chats[w.rng.IntN(len(p.chats))]
		w.refusable(store.RemoveParticipant(ctx, records.Program, r.chat))
		w.note("%s is removed from %s", p.name, w.names[r.matter])
	}
	w.lostSight()
}

// lostSight strikes out what a restored portal does not have and whose writer no longer sees the matter: their
// device may not keep it.
func (w *world) lostSight() {
	sees := map[*device]map[string]bool{}
	for _, d := range w.devices {
		sees[d] = w.mine(d)
	}
	for _, s := range w.sayings {
		if s.missing && !sees[s.device][s.matter] {
			s.forgiven = true
		}
	}
}

// stepRestart switches the portal off, or on again.
func (w *world) stepRestart() {
	if w.house.store == nil {
		w.house.start(w.t)
		w.note("the portal is up")
		return
	}
	w.house.stop(w.t)
	count(&tally.restarts)
	if w.rng.IntN(2) == 0 {
		w.note("the portal is down")
		return
	}
	w.house.start(w.t)
	w.note("the portal starts again")
}

func (w *world) stepBackUp() {
	w.house.backUp(w.t)
	w.note("the portal is backed up")
}

// stepRestore puts a backup in the portal's place. What only the portal had is gone; what was said on a device
// that still has it is not.
func (w *world) stepRestore() {
	seen := map[*device]map[string]bool{}
	if w.house.store == nil {
		w.house.start(w.t)
	}
	for _, d := range w.devices {
		seen[d] = w.mine(d)
	}
	w.house.stop(w.t)
	backup := w.house.backups[w.rng.IntN(len(w.house.backups))]
	w.house.restore(w.t, backup, func(store *records.Store) { w.forgive(store, seen) })
	count(&tally.restores)
	w.house.start(w.t)
	w.restored = true
	for _, d := range w.devices {
		if _, err := w.house.store.Caller(context.Background(), d.token); chat.CodeOf(err) != chat.SignedOut {
			check(w.t, err)
			continue
		}
		awake := d.stop != nil
		d.sleep()
		d.signIn()
		if awake {
			d.wake()
		}
	}
	w.lostSight()
	w.note("the portal is restored from %s", backup[len(w.dir)+1:])
}

// forgive strikes out what a restored portal does not have and nobody else had: what people said in their
// browsers, and what a device had sent and was no longer to keep, because its user had lost sight of the matter.
func (w *world) forgive(store *records.Store, seen map[*device]map[string]bool) {
	at := map[string]bool{}
	for _, page := range everything(w.t, store, records.Program, 1000) {
		for _, m := range page.Messages {
			at[m.ID] = true
		}
	}
	for _, p := range w.people {
		p.mu.Lock()
		p.restored = p.said
		p.confirmed = slices.DeleteFunc(p.confirmed, func(m chat.Message) bool { return !at[m.ID] })
		p.mu.Unlock()
	}
	has := map[*device]map[string]bool{}
	for _, d := range w.devices {
		has[d] = d.has()
	}
	for _, s := range w.sayings {
		s.missing = !at[s.id]
		if s.missing && (!seen[s.device][s.matter] || !has[s.device][s.id]) {
			s.forgiven = true
		}
	}
}

// forget strikes out what a restored portal does not have and the device has not noticed yet: when it is signed
// out its copy goes.
func (w *world) forget(d *device) {
	outbox, err := d.replica.Outbox(context.Background())
	check(w.t, err)
	kept := map[string]bool{}
	for _, u := range outbox {
		kept[u.ID] = true
	}
	for _, s := range w.sayings {
		if s.device == d && s.missing && !kept[s.id] {
			s.forgiven = true
		}
	}
}
