package trial

import (
	"context"

	"matterline/app/chat"
)

// nothingLost checks that what a device was told to send is at the portal once, or still with its writer.
func (w *world) nothingLost(portal map[string]chat.Changes) {
	w.t.Helper()
	at := map[string]int{}
	ids := map[string]bool{}
	for _, page := range portal {
		for _, m := range page.Messages {
			at[m.Text]++
			ids[m.ID] = true
		}
	}
	for text, n := range at {
		if n > 1 {
			w.t.Errorf("%q is at the portal %d times", w.plain(text), n)
		}
	}
	for _, d := range w.devices {
		unsent := w.refused(d)
		for _, s := range w.sayings {
			if s.device != d {
				continue
			}
			refused := unsent[s.id] == s.text
			_, visible := w.mine(d)[s.matter]
			switch {
			case s.takenBack && s.unsent && at[s.text] > 0:
				w.t.Errorf("%s took %q back, and it was sent", d.name, w.plain(s.text))
			case s.takenBack, s.forgiven:
			case at[s.text] == 0 && !refused:
				w.t.Errorf("%s wrote %q (%s), and it is lost", d.name, w.plain(s.text), s.id)
			case at[s.text] > 0 && refused && visible:
				w.t.Errorf("%s wrote %q (%s): the portal has it, and it is told to be refused", d.name, w.plain(s.text), s.id)
			}
			if at[s.text] > 0 && !ids[s.id] {
				w.t.Errorf("%s wrote %q as %s, and it is at the portal under another id", d.name, w.plain(s.text), s.id)
			}
		}
	}
	for _, p := range w.people {
		for _, m := range p.confirmed {
			if !ids[m.ID] {
				w.t.Errorf("%s said %q, it was confirmed, and the portal does not have it", p.name, w.plain(m.Text))
			}
		}
	}
}

// refused are the texts in a device's outbox that were not delivered.
func (w *world) refused(d *device) map[string]string {
	w.t.Helper()
	refused := map[string]string{}
	unsent, err := d.replica.Outbox(context.Background())
	check(w.t, err)
	for _, u := range unsent {
		if u.State != "rejected" || u.Reason == "" {
			w.t.Errorf("%s: %+v is in the outbox when all is quiet", d.name, u)
		}
		if u.Kind == string(chat.SayMessage) {
			refused[u.ID] = u.Text
		}
	}
	return refused
}

func (w *world) mine(d *device) map[string]bool {
	heads, err := w.house.store.Heads(context.Background(), w.caller(d))
	check(w.t, err)
	mine := map[string]bool{}
	for _, head := range heads {
		mine[head.Matter] = true
	}
	return mine
}

// inOrder checks that what one writer said in one chat stands there as it was written. What a restored portal
// had lost comes again behind what it had not.
func (w *world) inOrder(portal map[string]chat.Changes) {
	w.t.Helper()
	if w.restored {
		return
	}
	order := map[string]int{} // of writing
	for i, s := range w.sayings {
		order[s.id] = i + 1
	}
	last := map[string]int{}
	for _, page := range portal {
		for _, m := range page.Messages {
			n := order[m.ID]
			if n == 0 {
				continue
			}
			in := w.sayings[n-1].device.name + m.Participant
			if n < last[in] {
				w.t.Errorf("%q stands behind what was written after it", w.plain(m.Text))
			}
			last[in] = n
		}
	}
	for _, p := range w.people {
		last := map[string]int64{}
		for _, m := range p.confirmed {
			if m.Version < last[m.Participant] {
				w.t.Errorf("%q stands before what was said before it", w.plain(m.Text))
			}
			last[m.Participant] = m.Version
		}
	}
}

// supersededTold checks that who sent a message as the status, and did not get it, was told.
func (w *world) supersededTold(portal map[string]chat.Changes) {
	w.t.Helper()
	if w.restored {
		return // statuses are not brought back
	}
	at, became := map[string]bool{}, map[string]bool{}
	for _, page := range portal {
		for _, m := range page.Messages {
			at[m.ID] = true
		}
		for _, s := range page.Statuses {
			became[s.Message] = true
		}
	}
	for _, d := range w.devices {
		told := map[string]bool{}
		outbox, err := d.replica.Outbox(context.Background())
		check(w.t, err)
		for _, u := range outbox {
			// Or the message stands there itself: its answer was lost, and then the matter was not theirs to see.
			told[u.ID] = true
			if u.Code == string(chat.Superseded) {
				told[u.Message] = true
			}
		}
		for _, s := range w.sayings {
			if s.device != d || !s.setStatus || !at[s.id] || s.takenBack || d.decided[s.chat] {
				continue
			}
			if !became[s.id] && !told[s.id] {
				w.t.Errorf("%s wrote %q as the status, it did not become that, and nobody was told", d.name, w.plain(s.text))
			}
		}
	}
}
