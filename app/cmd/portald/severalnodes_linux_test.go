package main

import (
	"net/http"
	"testing"

	"matterline/app/portalapi"
)

// The proxies spread the live streams over the nodes. When a node is killed, the others answer at once, and when it is
// back, it gets new streams.
func TestProxiesShareOutSeveralNodes(t *testing.T) {
	const users, share = 54, 54 / firmNodes
	f := startFirm(t, "portald", size{groups: 6, people: 9, matters: 60, participants: 1, messages: 2, statuses: 1})
	for _, file := range []string{"haproxy.cfg", "nginx.conf", "Caddyfile"} {
		t.Run(file, func(t *testing.T) {
			f.proxy, _ = behindProxy(t, file, f.nodes...)
			f.open(t, users, 0)
			for i, n := range f.nodes {
				if streams := n.streams(t); streams < share-2 || streams > share+2 {
					t.Errorf("node %d has %d of %d streams", i, streams, users)
				}
			}

			f.nodes[0].kill()
			for range 3 * firmNodes {
				check(t, f.ask(t))
			}
			f.await(t, func() bool { return f.nodes[1].streams(t)+f.nodes[2].streams(t) == users })

			f.restart(0)
			for f.nodes[0].metric(t, "matterline_requests_total") == 0 { // until the proxy knows that it is back
				check(t, f.ask(t))
			}
			f.nodes[1].kill()
			f.await(t, func() bool { return f.nodes[0].streams(t)+f.nodes[2].streams(t) == users })
			if streams := f.nodes[0].streams(t); streams < share {
				t.Errorf("the node that was killed has %d of %d streams", streams, users)
			}
			f.restart(1)
		})
	}
}

// ask makes a plain request through the proxy.
func (f *firm) ask(tb testing.TB) error {
	var heads portalapi.Heads
	return f.proxy.call(tb.Context(), tokenOf(userID.of(0)), http.MethodGet, portalapi.Matters.Path, nil, &heads)
}
