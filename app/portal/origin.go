package portal

import (
	"context"
	"net/http"
	"sync"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// Place is where clients find the portal, as far as it knows.
type Place struct {
	Base   string // the path in front of the portal's own paths, such as /portal. A request's path doesn't have it.
	Public string // the whole address, such as https://firm.example/portal, or empty
}

type placeKey struct{}

// At returns a context for a request to a portal at a place.
func At(ctx context.Context, place Place) context.Context {
	return context.WithValue(ctx, placeKey{}, place)
}

func placeOf(ctx context.Context) Place {
	place, _ := ctx.Value(placeKey{}).(Place)
	return place
}

// refuseOtherSites refuses the changes that another website makes a browser ask for.
//
// Browsers say in Sec-Fetch-Site where a request comes from. Older ones, and those that use plain HTTP, send only an
// Origin, which can't be compared if a proxy replaces the host. The client pages therefore add a header of their own: a
// browser sends it from another website only after asking the portal, which never allows it.
func (p *portal) refuseOtherSites(next http.Handler) http.Handler {
	var warn sync.Once
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Sec-Fetch-Site") == "" {
			warn.Do(func() {
				p.log.Warn("refused a request from another website; if this is the portal's own address, let the proxy send X-Forwarded-Host and trust it, or set --public-url", "website", r.Header.Get("Origin"), "host", r.Host)
			})
		}
		writeProblem(w, chat.Errorf(chat.NotAllowed, "", "This request came from another website."))
	}))
	checked := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get(portalapi.PageHeader) != "" {
			next.ServeHTTP(w, r)
			return
		}
		checked.ServeHTTP(w, r)
	})
}
