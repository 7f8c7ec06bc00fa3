package chat

import (
	"math"
	"testing"
)

func TestWrittenAt(t *testing.T) {
	const sent, hour = 1_800_000_000_000, 3_600_000
	for claimed, want := range map[int64]int64{
		0: sent, 1: sent, -1: sent, 1e18: sent, math.MaxInt64: sent, math.MinInt64: sent,
		sent: sent, sent - 1: sent - 1, sent - 30*24*hour: sent - 30*24*hour, sent - 367*24*hour: sent,
		sent + 14*hour: sent + 14*hour, sent + 25*hour: sent,
	} {
		if got := WrittenAt(claimed, sent); got != want {
			t.Errorf("%d: %d", claimed, got)
		}
	}
}
