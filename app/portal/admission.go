package portal

import (
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

const (
	// idleBody and longestBody limit a body with a session: the wait for its next bytes, and the whole of it.
	idleBody    = 30 * time.Second
	longestBody = 10 * time.Minute
	// largeBody is a size in bytes from which an account may send one body at a time. Decoding it keeps a core busy.
	largeBody      = 1 << 20
	maxLargeBodies = 1
	largeBodyWait  = time.Second
)

var (
	errTooLarge     = chat.Errorf(chat.TooLarge, "", "This is too large for the portal. Send it in parts.")
	errManyUploads  = chat.Errorf(chat.TooMany, "", "Too much is being sent from this account at the moment. Try again in a moment.").After(largeBodyWait)
	errBrokenOff    = chat.Errorf(chat.Slow, "", "The request broke off on its way. Try again, or use another network.")
	errLongNumber   = chat.Errorf(chat.Malformed, "", "A number in this request is too long.")
	errTooManyItems = chat.Errorf(chat.TooLarge, "", "This has more items than the portal accepts at once. Send it in parts.")
)

// admission decides, before huma reads a body, whether an operation runs, and limits what the body may cost.
type admission struct {
	*portal
	open   bool
	sends  bool  // messages, which accounts may not flood
	bytes  int64 // of the body, as sent
	values int   // JSON values in the body
}

func admit[I, O any](p *portal, op portalapi.Op[I, O]) admission {
	a := admission{portal: p, open: op.Open, sends: op.ID == portalapi.SendMessages.ID, bytes: int64(op.BodyLimit())}
	if body, ok := reflect.TypeFor[I]().FieldByName("Body"); ok {
		a.values = mostValues(body.Type, body.Tag)
	}
	return a
}

// mostValues returns how many JSON values a valid body has at most. It panics at a list without maxItems.
func mostValues(t reflect.Type, tag reflect.StructTag) int {
	switch t.Kind() {
	case reflect.Pointer:
		return mostValues(t.Elem(), tag)
	case reflect.Struct:
		n := 1
		for i := range t.NumField() {
			n += mostValues(t.Field(i).Type, t.Field(i).Tag)
		}
		return n
	case reflect.Slice:
		items, err := strconv.Atoi(tag.Get("maxItems"))
		if err != nil {
			panic("portalapi: a list in a body needs maxItems")
		}
		return 1 + items*mostValues(t.Elem(), "")
	}
	return 1
}

// middleware refuses callers without a session, and those who must wait, without reading a byte of the body.
func (a admission) middleware(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	c, err := callerOf(r.Context())
	if err != nil && !a.open {
		writeProblem(w, a.problem(r.Context(), err).AsError())
		return
	}
	if a.sends {
		if refusal := a.sending.check(c.Caller, time.Now()); refusal != nil {
			writeProblem(w, refusal)
			return
		}
	}
	if r.ContentLength > a.bytes {
		writeProblem(w, errTooLarge)
		return
	}
	if size := r.ContentLength; size > largeBody || size < 0 && a.bytes > largeBody {
		if !a.uploads.acquire(c.Account, maxLargeBodies) {
			writeProblem(w, errManyUploads)
			return
		}
		defer a.uploads.release(c.Account)
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil {
		r.Header.Set("Content-Type", kind) // in lower case, as huma compares it
	}
	if r.Body != http.NoBody {
		idle, longest := idleBody, longestBody
		if a.open {
			idle, longest = readTimeout, readTimeout
		}
		r.Body = newBody(w, r, a.bytes, a.values, idle, longest)
	}
	next(ctx)
}
