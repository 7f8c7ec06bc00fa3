package main

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"matterline/app/sqldb"
)

func TestWarnsOnceADayBeforeTheCertificateExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text safeBuffer
		ctx, cancel := context.WithCancel(t.Context())
		var until atomic.Pointer[time.Time]
		until.Store(new(time.Now().Add(expiryNotice + 36*time.Hour)))
		go watch(ctx, slog.New(slog.NewTextHandler(&text, nil)), func() time.Time { return *until.Load() }, func() sqldb.Connections { return sqldb.Connections{} })
		for _, step := range []struct {
			wait     time.Duration
			warnings int
		}{{35 * time.Hour, 0}, {2 * time.Hour, 1}, {22 * time.Hour, 1}, {2 * time.Hour, 2}, {24 * time.Hour, 3}} {
			time.Sleep(step.wait)
			synctest.Wait()
			if n := strings.Count(text.String(), "level=WARN"); n != step.warnings {
				t.Errorf("%d warnings, want %d", n, step.warnings)
			}
		}
		until.Store(new(until.Load().AddDate(1, 0, 0))) // renewed
		time.Sleep(48 * time.Hour)
		cancel()
		synctest.Wait()
		if n := strings.Count(text.String(), "level=WARN"); n != 3 {
			t.Errorf("%d warnings after the renewal", n)
		}
	})
}

func TestWarnsWhenPostgreSQLRefusesConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text safeBuffer
		var refused atomic.Int64
		ctx, cancel := context.WithCancel(t.Context())
		go watch(ctx, slog.New(slog.NewTextHandler(&text, nil)), nil, func() sqldb.Connections { return sqldb.Connections{Refused: refused.Load()} })
		synctest.Wait()
		refused.Store(5)
		time.Sleep(time.Hour)
		cancel()
		synctest.Wait()
		if n := strings.Count(text.String(), "refused=5"); n != 1 {
			t.Errorf("%d warnings: %s", n, text.String())
		}
	})
}

// safeBuffer is a buffer that one goroutine writes and another reads.
type safeBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
