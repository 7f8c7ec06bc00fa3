package trial

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/syncer"
)

// foreignAnswer is an answer that doesn't come from the portal's operation, from the table of package portalapi.
type foreignAnswer struct {
	Name    string
	Status  int
	Headers map[string]string
	Body    string
	Cut     bool
	Code    chat.Code
}

var foreignAnswers = sync.OnceValue(func() (foreign []foreignAnswer) {
	text, err := os.ReadFile("../portalapi/testdata/answers.json")
	if err != nil {
		panic(err)
	}
	var table struct{ Answers []foreignAnswer }
	if err := json.Unmarshal(text, &table); err != nil {
		panic(err)
	}
	for _, a := range table.Answers {
		switch {
		case a.Code == "", a.Status == http.StatusNoContent: // the portal could have answered this
		case a.Code == chat.SignedOut, a.Code == chat.Busy: // ends the session, or makes every call wait
		default:
			foreign = append(foreign, a)
		}
	}
	return foreign
})

func (a foreignAnswer) write(w http.ResponseWriter) {
	for name, value := range a.Headers {
		w.Header().Set(name, value)
	}
	if a.Cut {
		w.Header().Set("Content-Length", strconv.Itoa(len(a.Body)+1))
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write([]byte(a.Body))
}

// noteRejections remembers what the portal rejected: messages by their ids, decisions by the path.
func (l *lane) noteRejections(r *http.Request, status int, reply []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if status >= 400 {
		l.rejected[r.URL.Path] = true
		return
	}
	if !strings.HasSuffix(r.URL.Path, portalapi.SendMessages.Path) {
		return
	}
	var answer struct{ Results []portalapi.Result }
	if json.Unmarshal(reply, &answer) != nil {
		return
	}
	for _, result := range answer.Results {
		if result.Error != nil {
			l.rejected[result.ID] = true
		}
	}
}

// judgedReplica checks that only the portal rejects what a device sends.
type judgedReplica struct {
	syncer.Replica
	device *device
	mu     *sync.Mutex
	taken  map[string]chat.Unsent
}

func (r judgedReplica) Take(ctx context.Context, limit int) ([]chat.Unsent, error) {
	unsent, err := r.Replica.Take(ctx, limit)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, u := range unsent {
		r.taken[u.ID] = u
	}
	return unsent, err
}

func (r judgedReplica) Reject(ctx context.Context, id string, why *chat.Error) error {
	r.mu.Lock()
	u := r.taken[id]
	r.mu.Unlock()
	key := id
	switch u.Kind {
	case chat.SetStatus:
		key = portalapi.Prefix + "/participants/" + u.Participant + "/status"
	case chat.AssignMatter:
		key = portalapi.Prefix + "/matters/" + u.Matter + "/assigned"
	}
	r.device.lane.mu.Lock()
	rejected := r.device.lane.rejected[key]
	r.device.lane.mu.Unlock()
	if !rejected {
		r.device.w.t.Errorf("%s: %s %q is rejected (%s), but not by the portal", r.device.name, u.Kind, r.device.w.readable(u.Text), why.Code)
	}
	return r.Replica.Reject(ctx, id, why)
}
