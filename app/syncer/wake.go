package syncer

import (
	"context"
	"net"
	"slices"
	"strings"
	"time"
)

// lookEvery is how often the network and the clock are looked at.
const lookEvery = 2 * time.Second

// watch has everything tried again as soon as this computer has another address, or has slept.
func (s *Syncer) watch(ctx context.Context) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	addresses, last := addressesNow(), time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		before, since := addresses, last
		addresses, last = addressesNow(), time.Now()
		if addresses != before || slept(last.Round(0).Sub(since.Round(0)), last.Sub(since)) {
			s.log.Info("another network, or awake again")
			s.Retry()
		}
	}
}

// slept reports whether the computer slept between two looks, by how far the clock on the wall and the one
// that only ever runs have moved. On some systems the second runs on in sleep, and the looks are far apart.
func slept(wall, ran time.Duration) bool {
	return wall-ran > 5*time.Second || ran > 30*time.Second
}

// addressesNow are this computer's own addresses in one line, or nothing where they cannot be told.
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
