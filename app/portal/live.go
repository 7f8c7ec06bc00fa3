package portal

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

var problemType = reflect.TypeFor[portalapi.Problem]()

// liveBatch is how many messages one event carries at most; what is more goes in the next.
const liveBatch = 200

// maxStreams is how many live streams one account may have open at once.
const maxStreams = 32

// sendWithin is how long a client may take to receive one event before it is dropped; it comes back and pulls
// what it missed. Tests are less patient.
var sendWithin = 30 * time.Second

// describe puts the live stream into the OpenAPI document; it is served by hand.
func describe(api huma.API, op portalapi.Op[portalapi.Nothing, portalapi.Nothing]) {
	h := operation(api, op)
	h.Description = "An event is `heads` (the first), `changes`, `gone` (a matter that one may no longer see) or `ping` (every 20 seconds). Changes carry the version they follow: whoever has that version applies them, anyone else asks for what is missing."
	schemas := api.OpenAPI().Components.Schemas
	h.Responses["200"] = &huma.Response{
		Description: "The stream; the data of each event is one of these, by its name",
		Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{OneOf: []*huma.Schema{
			schemas.Schema(reflect.TypeFor[portalapi.Heads](), true, ""),
			schemas.Schema(reflect.TypeFor[chat.Changes](), true, ""),
			schemas.Schema(reflect.TypeFor[portalapi.Gone](), true, ""),
		}}}},
	}
	api.OpenAPI().AddOperation(&h)
}

// live streams what happens to one caller. It begins to watch before it reads the heads, so that nothing
// falls between.
func (p *portal) live(w http.ResponseWriter, r *http.Request) {
	who, err := callerOf(r.Context())
	if err != nil {
		writeProblem(w, p.problem(r.Context(), err).AsError())
		return
	}
	if !p.streams.take(who.Account, maxStreams) {
		writeProblem(w, chat.Errorf(chat.TooMany, "", "You have this open in too many places. Please close some."))
		return
	}
	defer p.streams.give(who.Account)
	watch := p.store.Watch(who.Account)
	defer watch.Close()
	heads, err := p.heads(r.Context(), who.Caller)
	if err != nil {
		writeProblem(w, p.problem(r.Context(), err).AsError())
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	s := &stream{portal: p, who: who, watch: watch, out: w, control: http.NewResponseController(w), at: map[string]int64{}}
	for _, head := range heads.Matters {
		s.at[head.Matter] = head.Version
	}
	watch.Choose(slices.Collect(maps.Keys(s.at))...)
	if err := s.send(portalapi.EventHeads, heads); err != nil {
		return
	}
	heartbeat := time.NewTicker(portalapi.Heartbeat)
	defer heartbeat.Stop()
	for {
		var err error
		select {
		case <-r.Context().Done():
			return
		case <-heartbeat.C:
			if err = s.mayGoOn(r.Context()); err == nil { // word of the end of a session may be lost between nodes
				err = s.send(portalapi.EventPing, struct{}{})
			}
		case <-watch.News():
			err = s.news(r.Context(), watch.Take())
		}
		if err != nil {
			return
		}
	}
}

// stream is one open live stream.
type stream struct {
	portal  *portal
	who     whoAsks
	watch   *records.Watch
	out     http.ResponseWriter
	control *http.ResponseController
	// at is the version up to which the client has been told, by matter.
	at map[string]int64
}

func (s *stream) send(event string, data any) error {
	_ = s.control.SetWriteDeadline(time.Now().Add(sendWithin))
	if err := portalapi.WriteEvent(s.out, event, data); err != nil {
		return err
	}
	return s.control.Flush()
}

// mayGoOn ends the stream of who is no longer signed in, and of who may do something else now than when it was
// opened.
func (s *stream) mayGoOn(ctx context.Context) error {
	now, err := s.portal.store.Caller(ctx, s.who.token)
	if err == nil && now != s.who.Caller {
		err = chat.ErrSignedOut
	}
	return err
}

// news tells the client what changed, as far as they may see it now.
func (s *stream) news(ctx context.Context, news records.News) error {
	if news.SignedOut {
		if err := s.mayGoOn(ctx); err != nil {
			return err
		}
	}
	for matter, spoken := range news.Matters {
		told, err := s.spoken(matter, spoken)
		if err == nil && !told {
			err = s.changes(ctx, matter)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// spoken tells what was said without reading it from the store again, if it follows what the client has been
// told: for who may see a matter changes with a version of its own, so whoever saw the one before sees this.
func (s *stream) spoken(matter string, spoken []records.Spoken) (told bool, err error) {
	at, had := s.at[matter]
	if !had || spoken == nil {
		return false, nil
	}
	page := chat.Changes{Matter: matter, After: at, Version: at}
	for _, m := range spoken {
		follows := m.Version == page.Version+1
		if !s.who.User {
			if m.To != s.who.Account {
				continue // in a chat with somebody else
			}
			follows = m.After == page.Version
		}
		if m.Version <= page.Version {
			continue
		}
		if !follows {
			return false, nil
		}
		page.Version = m.Version
		page.Messages = append(page.Messages, m.Message)
		if !m.FromParticipant() && !slices.Contains(page.Users, m.By) {
			page.Users = append(page.Users, m.By)
		}
	}
	if page.Messages == nil {
		return true, nil
	}
	s.at[matter] = page.Version
	return true, s.send(portalapi.EventChanges, page)
}

func (s *stream) changes(ctx context.Context, matter string) error {
	if _, had := s.at[matter]; !had {
		s.watch.Choose(matter) // before looking, so that nothing falls between
	}
	for {
		after, had := s.at[matter]
		page, err := s.portal.store.Changes(ctx, s.who.Caller, matter, after, liveBatch)
		if errors.Is(err, chat.ErrNotFound) {
			s.watch.Drop(matter)
			if !had {
				return nil
			}
			delete(s.at, matter)
			return s.send(portalapi.EventGone, portalapi.Gone{Matter: matter})
		}
		if err != nil {
			return err
		}
		if page.Version == after {
			return nil
		}
		s.at[matter] = page.Version
		if err := s.send(portalapi.EventChanges, page); err != nil || !page.More {
			return err
		}
	}
}
