package main

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"matterline/app/sqldb"
)

func TestWarnsOnceADayBeforeTheCertificateExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text bytes.Buffer
		ctx, cancel := context.WithCancel(t.Context())
		until := time.Now().Add(expiryNotice + 36*time.Hour)
		go watch(ctx, slog.New(slog.NewTextHandler(&text, nil)), func() time.Time { return until }, func() sqldb.Connections { return sqldb.Connections{} })
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
		until = until.AddDate(1, 0, 0) // renewed
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
		var text bytes.Buffer
		refused := int64(0)
		ctx, cancel := context.WithCancel(t.Context())
		go watch(ctx, slog.New(slog.NewTextHandler(&text, nil)), nil, func() sqldb.Connections { return sqldb.Connections{Refused: refused} })
		synctest.Wait()
		refused = 5
		time.Sleep(time.Hour)
		cancel()
		synctest.Wait()
		if n := strings.Count(text.String(), "refused=5"); n != 1 {
			t.Errorf("%d warnings: %s", n, text.String())
		}
	})
}
