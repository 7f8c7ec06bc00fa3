package syncer

import (
	"context"
	"net"
	"slices"
	"strings"
	"time"
)

// checkEvery is how often the network and the clock are checked.
const checkEvery = 2 * time.Second

// watch retries everything when this computer changes its network or wakes from sleep.
func (s *Syncer) watch(ctx context.Context) {
	check := time.NewTicker(checkEvery)
	defer check.Stop()
	addresses, last := addressesNow(), time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-check.C:
		}
		before, since := addresses, last
		addresses, last = addressesNow(), time.Now()
		if addresses != before || slept(last.Round(0).Sub(since.Round(0)), last.Sub(since)) {
			s.log.Info("network changed, or computer woke up")
			s.Retry()
		}
	}
}

// slept reports whether the computer slept between two checks, by how far the wall clock and the monotonic clock moved.
// On some systems the monotonic clock runs during sleep, and the checks are far apart instead.
func slept(wall, monotonic time.Duration) bool {
	return wall-monotonic > 5*time.Second || monotonic > 30*time.Second
}

// addressesNow returns this computer's addresses in one line, or nothing if the system doesn't list them.
func addressesNow() string {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return ""
	}
	lines := make([]string, len(all))
	for i, a := range all {
		lines[i] = a.String()
	}
	slices.Sort(lines)
	return strings.Join(lines, " ")
}
