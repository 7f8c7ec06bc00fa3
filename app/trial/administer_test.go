package trial

import (
	"context"
	"slices"

	"matterline/app/chat"
	"matterline/app/records"
)

// stepAdminister changes something at the portal.
func (w *world) stepAdminister() {
	store := w.host.store
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
		w.allowRejection(store.Assign(ctx, records.Program, matter, u.ID))
		w.note("%s is assigned to %s", w.names[matter], u.Name)
	case 2, 3:
		w.allowRejection(store.SetTeam(ctx, records.Program, matter, nil))
		w.note("%s has no team", w.names[matter])
	case 4:
		w.allowRejection(store.SetTeam(ctx, records.Program, matter, []string{u.ID}))
		w.note("%s has the team %s", w.names[matter], u.Name)
	case 5, 6:
		closed := w.rng.IntN(2) == 0
		w.allowRejection(store.SetClosed(ctx, records.Program, matter, closed))
		w.note("%s closed: %v", w.names[matter], closed)
	case 7: // Lee stays an admin
		u, admin := w.users[w.rng.IntN(2)], w.rng.IntN(2) == 0
		check(w.t, store.EditUser(ctx, chat.Caller{Account: w.users[2].ID, User: true, Admin: true}, u.ID, admin, true))
		w.note("%s is an admin: %v", u.Name, admin)
	case 8:
		p := w.anyPerson()
		if w.rng.IntN(2) == 0 || len(p.chats) == 0 {
			return
		}
		r := p.chats[w.rng.IntN(len(p.chats))]
		w.allowRejection(store.RemoveParticipant(ctx, records.Program, r.chat))
		w.note("%s is removed from %s", p.name, w.names[r.matter])
	}
	w.excuseInvisible()
}

// excuseInvisible excuses messages that a restored portal doesn't have, of writers who no longer see the matter. Their
// devices may not keep them.
func (w *world) excuseInvisible() {
	w.clearMissing()
	sees := map[*device]map[string]bool{}
	for _, d := range w.devices {
		sees[d] = w.visible(d)
	}
	for _, s := range w.sent {
		if s.missing && !sees[s.device][s.matter] {
			s.excused = true
		}
	}
}

// stepRestart stops the portal, starts it, or both.
func (w *world) stepRestart() {
	if w.host.store == nil {
		w.host.start(w.t)
		w.note("the portal is up")
		return
	}
	w.host.stop(w.t)
	count(&tally.restarts)
	if w.rng.IntN(2) == 0 {
		w.note("the portal is down")
		return
	}
	w.host.start(w.t)
	w.note("the portal starts again")
}

func (w *world) stepBackUp() {
	w.host.backUp(w.t)
	w.note("the portal is backed up")
}

// stepRestore restores the portal from a backup.
func (w *world) stepRestore() {
	w.putBack("restored", func(store *records.Store) {
		_, err := store.NewEpoch(context.Background(), false)
		check(w.t, err)
	})
	count(&tally.restores)
}

// putBack puts the portal back to a backup and changes it before it starts. Messages that only the portal had are lost,
// but those that a device still has are not.
func (w *world) putBack(what string, change func(*records.Store)) {
	seen := map[*device]map[string]bool{}
	if w.host.store == nil {
		w.host.start(w.t)
	}
	for _, d := range w.devices {
		seen[d] = w.visible(d)
	}
	w.host.stop(w.t)
	backup := w.host.backups[w.rng.IntN(len(w.host.backups))]
	w.host.putBack(w.t, backup, func(store *records.Store) {
		w.excuseLost(store, seen)
		change(store)
	})
	w.host.start(w.t)
	w.restored = true
	for _, d := range w.devices {
		if _, err := w.host.store.Caller(context.Background(), d.token); chat.CodeOf(err) != chat.SignedOut {
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
	w.excuseInvisible()
	w.note("the portal is %s from %s", what, backup[len(w.dir)+1:])
}

// excuseLost excuses messages that neither a restored portal nor a device has: those from browsers, and those that a
// device had sent and removed, because its user lost access to the matter.
func (w *world) excuseLost(store *records.Store, seen map[*device]map[string]bool) {
	atPortal := w.atPortal(store)
	for _, p := range w.people {
		p.mu.Lock()
		p.restored = p.count
		p.confirmed = slices.DeleteFunc(p.confirmed, func(m chat.Message) bool { return !atPortal[m.ID] })
		p.mu.Unlock()
	}
	has := map[*device]map[string]bool{}
	for _, d := range w.devices {
		has[d] = d.has()
	}
	for _, s := range w.sent {
		if s.missing = !atPortal[s.id]; s.missing {
			s.lostIn = append(s.lostIn, w.host.histories.Load()-1)
		}
		if s.missing && (!seen[s.device][s.matter] || !has[s.device][s.id]) {
			s.excused = true
		}
	}
}

// excuseForgotten excuses messages that a restored portal doesn't have, of a device that signed out before it noticed:
// signing out deletes its copy.
func (w *world) excuseForgotten(d *device) {
	w.clearMissing()
	has := d.has()
	for _, s := range w.sent {
		if s.device == d && s.missing && !has[s.id] {
			s.excused = true
		}
	}
}

// clearMissing finds the missing messages that the restored portal has by now.
func (w *world) clearMissing() {
	atPortal := w.atPortal(w.host.store)
	for _, s := range w.sent {
		s.missing = s.missing && !atPortal[s.id]
	}
}

// atPortal returns the ids of the messages that a portal has.
func (w *world) atPortal(store *records.Store) map[string]bool {
	ids := map[string]bool{}
	for _, page := range everything(w.t, store, records.Program, 1000) {
		for _, m := range page.Messages {
			ids[m.ID] = true
		}
	}
	return ids
}
