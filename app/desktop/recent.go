package desktop

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"matterline/app/chat"
)

// recent keeps the log's newest lines for the diagnostics: when, how grave, and what the program says in its
// own words. Of what it met only an error's code is kept: all else may hold names or people's words.
type recent struct {
	slog.Handler
	*ring
}

type ring struct {
	mu   sync.Mutex
	kept []string
}

const maxRecent = 300

func newRecent(next slog.Handler) recent { return recent{next, &ring{}} }

// Enabled is true for what is kept, whatever else is shown.
func (r recent) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

func (r recent) Handle(ctx context.Context, record slog.Record) error {
	words := []string{record.Time.UTC().Format("2006-01-02 15:04:05"), record.Level.String(), record.Message}
	record.Attrs(func(attr slog.Attr) bool {
		if err, is := attr.Value.Any().(error); is {
			words = append(words, attr.Key+"="+string(chat.CodeOf(err)))
		}
		return true
	})
	r.mu.Lock()
	r.kept = append(r.kept, strings.Join(words, " "))
	r.kept = r.kept[max(0, len(r.kept)-maxRecent):]
	r.mu.Unlock()
	if !r.Handler.Enabled(ctx, record.Level) {
		return nil
	}
	return r.Handler.Handle(ctx, record)
}

func (r recent) WithAttrs(attrs []slog.Attr) slog.Handler {
	return recent{r.Handler.WithAttrs(attrs), r.ring}
}
func (r recent) WithGroup(name string) slog.Handler { return recent{r.Handler.WithGroup(name), r.ring} }

func (r *ring) lines() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.kept)
}
