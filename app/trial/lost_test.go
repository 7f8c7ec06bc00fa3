package trial

import (
	"context"

	"matterline/app/chat"
)

// checkNothingLost checks that each sent message is at the portal once, or still on its device.
func (w *world) checkNothingLost(portal map[string]chat.Changes) {
	w.t.Helper()
	copies := map[string]int{} // by text
	ids := map[string]bool{}
	for _, page := range portal {
		for _, m := range page.Messages {
			copies[m.Text]++
			ids[m.ID] = true
		}
	}
	for text, n := range copies {
		if n > 1 {
			w.t.Errorf("the portal has %q %d times", w.readable(text), n)
		}
	}
	for _, d := range w.devices {
		unsent := w.rejected(d)
		for _, s := range w.sent {
			if s.device != d {
				continue
			}
			rejected := unsent[s.id] == s.text
			visible := w.visible(d)[s.matter]
			switch {
			case s.takenBack && s.unsent && copies[s.text] > 0:
				w.t.Errorf("%s removed %q from the outbox, but it was sent", d.name, w.readable(s.text))
			case s.takenBack, s.excused, s.purged():
			case copies[s.text] == 0 && !rejected:
				w.t.Errorf("%s sent %q (%s), and it's lost", d.name, w.readable(s.text), s.id)
			case copies[s.text] > 0 && rejected && visible:
				w.t.Errorf("%s sent %q (%s): the portal has it, but it's shown as rejected", d.name, w.readable(s.text), s.id)
			}
			if copies[s.text] > 0 && !ids[s.id] {
				w.t.Errorf("%s sent %q as %s, but the portal has it with another id", d.name, w.readable(s.text), s.id)
			}
		}
	}
	for _, p := range w.people {
		for _, m := range p.confirmed {
			if !ids[m.ID] {
				w.t.Errorf("%s sent %q, and it was confirmed, but the portal doesn't have it", p.name, w.readable(m.Text))
			}
		}
	}
}

// rejected returns the texts of the messages in a device's outbox, which must be rejected ones.
func (w *world) rejected(d *device) map[string]string {
	w.t.Helper()
	rejected := map[string]string{}
	unsent, err := d.replica.Outbox(context.Background())
	check(w.t, err)
	for _, u := range unsent {
		if u.State != "rejected" || u.Reason == "" {
			w.t.Errorf("%s: %+v is still in the outbox", d.name, u)
		}
		if u.Kind == string(chat.SendMessage) {
			rejected[u.ID] = u.Text
		}
	}
	return rejected
}

func (w *world) visible(d *device) map[string]bool {
	heads, err := w.host.store.Heads(context.Background(), w.caller(d))
	check(w.t, err)
	visible := map[string]bool{}
	for _, head := range heads {
		visible[head.Matter] = true
	}
	return visible
}

// checkOrder checks that each writer's messages in a chat are in the order of writing. A restored portal gets lost
// messages after later ones, so it's not checked.
func (w *world) checkOrder(portal map[string]chat.Changes) {
	w.t.Helper()
	if w.restored {
		return
	}
	order := map[string]int{} // of writing
	for i, s := range w.sent {
		order[s.id] = i + 1
	}
	last := map[string]int{}
	for _, page := range portal {
		for _, m := range page.Messages {
			n := order[m.ID]
			if n == 0 {
				continue
			}
			in := w.sent[n-1].device.name + m.Participant
			if n < last[in] {
				w.t.Errorf("%q is after a message that was written later", w.readable(m.Text))
			}
			last[in] = n
		}
	}
	for _, p := range w.people {
		last := map[string]int64{}
		for _, m := range p.confirmed {
			if m.Version < last[m.Participant] {
				w.t.Errorf("%q is before a message that was sent earlier", w.readable(m.Text))
			}
			last[m.Participant] = m.Version
		}
	}
}

// checkSuperseded checks that the writer of every superseded status can see that.
func (w *world) checkSuperseded(portal map[string]chat.Changes) {
	w.t.Helper()
	if w.restored {
		return // devices don't send statuses again
	}
	atPortal, became := map[string]bool{}, map[string]bool{}
	for _, page := range portal {
		for _, m := range page.Messages {
			atPortal[m.ID] = true
		}
		for _, s := range page.Statuses {
			became[s.Message] = true
		}
	}
	for _, d := range w.devices {
		shown := map[string]bool{}
		outbox, err := d.replica.Outbox(context.Background())
		check(w.t, err)
		for _, u := range outbox {
			// Or the message itself is there, if its answer was lost before the user lost access to the matter.
			shown[u.ID] = true
			if u.Code == string(chat.Superseded) {
				shown[u.Message] = true
			}
		}
		for _, s := range w.sent {
			if s.device != d || !s.setStatus || !atPortal[s.id] || s.takenBack || d.decided[s.chat] {
				continue
			}
			if !became[s.id] && !shown[s.id] {
				w.t.Errorf("%s sent %q as the status, which was superseded, but no device shows that", d.name, w.readable(s.text))
			}
		}
	}
}
