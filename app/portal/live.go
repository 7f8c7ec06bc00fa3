package portal

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

var problemType = reflect.TypeFor[portalapi.Problem]()

// liveBatch is the most messages in one event. More go in the next.
const liveBatch = 200

// maxStreams is how many live streams an account may have open at the same time.
const maxStreams = 32

// sendTimeout is how long a client may take to receive one event before it is disconnected. It reconnects and pulls
// what it missed. Tests shorten it.
var sendTimeout = 30 * time.Second

// A stream ends after a random time between these, and its client connects again at once. So a portal that was started
// again beside others gets its share of the streams back within minutes. Tests shorten them.
var shortestStream, longestStream = 5 * time.Minute, 10 * time.Minute

// describeLive adds the live stream to the OpenAPI document. huma doesn't serve it.
func describeLive(api huma.API, op portalapi.Op[portalapi.LiveInput, portalapi.Nothing]) {
	h := operation(api, op)
	known, _ := reflect.TypeFor[portalapi.LiveInput]().FieldByName("Known")
	h.Parameters = []*huma.Param{{
		Name: known.Tag.Get("header"), In: "header", Description: known.Tag.Get("doc"), Schema: &huma.Schema{Type: huma.TypeString},
	}}
	h.Description = "An event is `heads` (always the first), `changes`, `gone` (the caller may no longer see a matter) or `ping` (after 2 seconds, then at least every 20). Changes carry the version they follow. A client that has this version applies them; any other pulls the changes it lacks. A ping has the totals that a copy has which took in every event before it. A client with other totals asks for the heads. The portal ends a stream after 5 to 10 minutes, and the client connects again."
	schemas := api.OpenAPI().Components.Schemas
	h.Responses["200"] = &huma.Response{
		Description: "The stream. The event's name says which of these its data is",
		Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{OneOf: []*huma.Schema{
			schemas.Schema(reflect.TypeFor[portalapi.Heads](), true, ""),
			schemas.Schema(reflect.TypeFor[chat.Changes](), true, ""),
			schemas.Schema(reflect.TypeFor[portalapi.Gone](), true, ""),
			schemas.Schema(reflect.TypeFor[portalapi.Ping](), true, ""),
		}}}},
	}
	api.OpenAPI().AddOperation(&h)
}

// live streams changes to one caller. It starts to watch before it reads the heads, so that no change is missed.
func (p *portal) live(w http.ResponseWriter, r *http.Request) {
	c, err := callerOf(r.Context())
	if err != nil {
		writeProblem(w, p.problem(r.Context(), err).AsError())
		return
	}
	if !p.streams.acquire(c.Account, maxStreams) {
		writeProblem(w, chat.Errorf(chat.TooMany, "", "Too many open windows or tabs. Close some and try again."))
		return
	}
	defer p.streams.release(c.Account)
	watch := p.store.Watch(c.Caller)
	defer watch.Close()
	compared := p.comparisonNow()
	settings, err := p.store.RecentSettings(r.Context())
	if err != nil {
		writeProblem(w, p.problem(r.Context(), err).AsError())
		return
	}
	heads, err := p.heads(r.Context(), c.Caller)
	if err != nil {
		writeProblem(w, p.problem(r.Context(), err).AsError())
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	if r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close") // a balancer of connections then chooses anew
	}
	s := &stream{portal: p, caller: c, watch: watch, out: w, control: http.NewResponseController(w), at: positionsOf(heads.Matters), compared: compared, checked: compared.at, settings: settings}
	watch.Follow(s.at.matters()...)
	if err := s.send(portalapi.EventHeads, heads.Unless(r.Header.Get(portalapi.KnownHeader))); err != nil {
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer s.reads.Wait()
	defer cancel()
	ping := time.NewTimer(portalapi.FirstPing)
	defer ping.Stop()
	end := time.NewTimer(shortestStream + rand.N(longestStream-shortestStream))
	defer end.Stop()
	pinged := false
	ready, again := watch.Ready(), make(<-chan time.Time)
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-end.C:
			return
		case <-again:
			ready = watch.Ready()
		case <-ping.C:
			err = s.ping(ctx, pinged)
			// At random, or streams that were opened together would check at the same time.
			ping.Reset(heartbeat*3/4 + rand.N(heartbeat/4))
			pinged = true
		case <-ready:
			err = s.sendUpdate(ctx, watch.Take(s.reading))
		case read := <-s.read:
			if err = s.sendRead(read); err == nil {
				err = s.sendUpdate(ctx, watch.Take(""))
			}
		}
		if mayPass(err) {
			ready, again, err = nil, time.After(rereadPause/2+rand.N(rereadPause/2)), nil
		}
		if err != nil {
			return
		}
	}
}

// heartbeat is the longest time between two pings. Tests shorten it.
var heartbeat = portalapi.Heartbeat

// rereadPause is the longest pause before a stream reads again what it couldn't read.
const rereadPause = 500 * time.Millisecond

// mayPass reports whether an error is that the database is away or hangs. No stream ends because of it: all clients would
// come back at once.
func mayPass(err error) bool {
	return errors.Is(err, records.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded)
}

// stream is one open live stream.
type stream struct {
	portal  *portal
	caller  caller
	watch   *records.Watch
	out     http.ResponseWriter
	control *http.ResponseController
	at      *positions // of the client
	// compared is the last comparison with the store.
	compared comparison
	checked  time.Time         // when the session was
	settings chat.FirmSettings // of the firm when the stream was opened
	// reading is the matter whose change is being read from the store, or empty, and read receives the result. Messages of
	// other matters don't wait for it: many streams may have to read at the same time.
	reading string
	read    chan readChange
	reads   sync.WaitGroup
	// doubtful means that the caller may have been signed out, until the session is checked.
	doubtful bool
}

func (s *stream) send(event string, data any) error {
	_ = s.control.SetWriteDeadline(time.Now().Add(sendTimeout))
	if err := portalapi.WriteEvent(s.out, event, data); err != nil {
		return err
	}
	return s.control.Flush()
}

// checkSession returns an error if the caller has been signed out, or their rights differ from when the stream was
// opened.
func (s *stream) checkSession(ctx context.Context) error {
	began := time.Now()
	now, err := s.portal.store.Caller(ctx, s.caller.token)
	now.Address = s.caller.Address
	if err == nil && now != s.caller.Caller {
		err = chat.ErrSignedOut
	}
	if err == nil {
		s.checked = began
	}
	return err
}

// sendUpdate sends a part of what changed, as far as the client may see it now. After an error the watch still has what
// wasn't sent.
func (s *stream) sendUpdate(ctx context.Context, update records.Update) error {
	s.doubtful = s.doubtful || update.SignedOut
	if s.doubtful {
		if err := s.checkSession(ctx); err != nil {
			s.putBack(update)
			return err
		}
		s.doubtful = false
	}
	for matter, messages := range update.Messages {
		sent, err := s.sendMessages(matter, messages)
		if err != nil {
			return err
		}
		if !sent {
			s.watch.Continue(records.UnknownChange(matter))
		}
	}
	if update.Change != nil {
		s.startReading(ctx, update.Change)
	}
	return nil
}

// putBack returns to the watch what wasn't sent.
func (s *stream) putBack(update records.Update) {
	for matter := range update.Messages {
		s.watch.Continue(records.UnknownChange(matter))
	}
	if update.Change != nil {
		s.watch.Continue(update.Change)
	}
}

// sendMessages sends messages without reading them from the store, if they directly follow the version the client
// has. It needs no access check: a change of access has a version of its own, so a client that could see the
// version before can see these.
func (s *stream) sendMessages(matter string, messages []records.LiveMessage) (sent bool, err error) {
	at, had := s.at.get(matter)
	if !had {
		return false, nil
	}
	page := chat.Changes{Matter: matter, After: at.Version, AfterMark: at.Mark}
	for _, m := range messages {
		after := m.After
		if !s.caller.User {
			if m.To != s.caller.Account {
				continue // another participant's chat
			}
			after = m.ChatAfter
			m.Version = after.Version + 1
		}
		if m.Version <= at.Version {
			continue
		}
		if after != at {
			return false, nil
		}
		at = records.Position{Version: m.Version, Mark: m.Mark}
		page.Messages = append(page.Messages, m.Message)
		if !s.caller.User && !m.ByAlike {
			m.By.Email = ""
		}
		if !m.FromParticipant() && !slices.Contains(page.Users, m.By) {
			page.Users = append(page.Users, m.By)
		}
	}
	if page.Messages == nil {
		return true, nil
	}
	slices.SortFunc(page.Users, func(a, b chat.User) int { return cmp.Compare(a.ID, b.ID) }) // the same as sendChanges does
	page.Version, page.Mark = at.Version, at.Mark
	page.CleanNames()
	s.at.set(matter, at)
	return true, s.send(portalapi.EventChanges, page)
}

// readChange is a change that was read from the store for a client that had the matter up to a position, if it had it.
type readChange struct {
	change *records.Change
	after  records.Position
	had    bool
	page   chat.Changes
	err    error
}

// startReading reads a change, and sends the result to read.
func (s *stream) startReading(ctx context.Context, change *records.Change) {
	read, done := s.from(change), make(chan readChange, 1)
	s.reading, s.read = change.Matter(), done
	s.reads.Go(func() {
		read.page, read.err = s.portal.store.ReadChange(ctx, s.caller.Caller, change, read.after, liveBatch)
		done <- read
	})
}

// from returns a change to read from where the client is.
func (s *stream) from(change *records.Change) readChange {
	after, had := s.at.get(change.Matter())
	if !had {
		s.watch.Follow(change.Matter()) // before reading, so that no change is missed
	}
	return readChange{change: change, after: after, had: had}
}

// sendRead sends a change that startReading has read. If that fails, the watch has it again, and so it has if the caller
// may have been signed out in the meantime.
func (s *stream) sendRead(read readChange) (err error) {
	s.reading = ""
	if !s.doubtful {
		err = s.sendPage(read)
	}
	if s.doubtful || err != nil {
		s.watch.Continue(read.change)
	}
	return err
}

// sendChanges reads a change and sends it.
func (s *stream) sendChanges(ctx context.Context, change *records.Change) error {
	read := s.from(change)
	read.page, read.err = s.portal.store.ReadChange(ctx, s.caller.Caller, change, read.after, liveBatch)
	return s.sendPage(read)
}

// sendPage sends a page of what changed in a matter, or that the matter is gone. It returns other_history, which ends the
// stream: the client connects again and learns it from the heads.
func (s *stream) sendPage(read readChange) error {
	matter, page, err := read.change.Matter(), read.page, read.err
	if errors.Is(err, chat.ErrNotFound) {
		s.watch.Unfollow(matter)
		if !read.had {
			return nil
		}
		s.at.remove(matter)
		return s.send(portalapi.EventGone, portalapi.Gone{Matter: matter})
	}
	if err != nil || page.Version == read.after.Version {
		return err
	}
	s.at.set(matter, records.Position{Version: page.Version, Mark: page.Mark})
	if page.More {
		s.watch.Continue(read.change)
	}
	return s.send(portalapi.EventChanges, page)
}
