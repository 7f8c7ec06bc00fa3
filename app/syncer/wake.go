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
	network, last := s.network(), time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-check.C:
		}
		before, since := network, last
		network, last = s.network(), time.Now()
		if network != before || slept(last.Round(0).Sub(since.Round(0)), last.Sub(since)) {
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

// networkNow returns in one line which of this computer's networks are connected, and its addresses, as far as the system
// says.
func networkNow() string {
	var lines []string
	if all, err := net.Interfaces(); err == nil {
		for _, i := range all {
			if i.Flags&net.FlagRunning != 0 {
				lines = append(lines, i.Name)
			}
		}
	}
	if all, err := net.InterfaceAddrs(); err == nil {
		for _, a := range all {
			lines = append(lines, a.String())
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, " ")
}
