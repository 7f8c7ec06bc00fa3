package trial

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"matterline/app/portalapi"
	"matterline/app/syncer"
)

// countedReplica counts how often a device's copy starts over.
type countedReplica struct {
	syncer.Replica
	device *device
}

func (r countedReplica) StartOver(ctx context.Context, epoch string) error {
	err := r.Replica.StartOver(ctx, epoch)
	if err == nil {
		r.device.startOvers.Add(1)
	}
	return err
}

// countConfirmed counts the messages that a portal's answer confirms.
func (l *lane) countConfirmed(r *http.Request, reply []byte) {
	if !strings.HasSuffix(r.URL.Path, portalapi.SendMessages.Path) {
		return
	}
	var answer struct{ Results []portalapi.Result }
	if json.Unmarshal(reply, &answer) != nil {
		return // not from the portal
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, result := range answer.Results {
		if result.Message != nil {
			l.confirmed[result.ID]++
		}
	}
}

const (
	// maxConfirmed limits how often a device may send a message that the portal has confirmed. A device that falls asleep
	// with the answer, or starts over, sends a message again.
	maxConfirmed = 12
	// maxRequests limits a device's requests in one simulation.
	maxRequests = 3000
)

// checkNoLoops checks that no device asks for the same thing again and again.
func (w *world) checkNoLoops() {
	w.t.Helper()
	for _, d := range w.devices {
		// The first start of a copy counts as starting over.
		if n, histories := int(d.startOvers.Load()), int(w.host.histories.Load()); n > d.copies+histories {
			w.t.Errorf("%s started over %d times, with %d copies and %d histories", d.name, n, d.copies, histories)
		}
		d.lane.mu.Lock()
		for id, n := range d.lane.confirmed {
			if n > maxConfirmed {
				w.t.Errorf("%s sent %s %d times after it was confirmed", d.name, id, n)
			}
		}
		d.lane.mu.Unlock()
		if n := d.lane.asked.Load(); n > maxRequests {
			w.t.Errorf("%s made %d requests", d.name, n)
		}
	}
}
