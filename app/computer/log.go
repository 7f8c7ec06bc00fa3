package computer

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"matterline/app/chat"
)

// RecentLog is a log handler that also keeps the newest lines for the diagnostics: the time, the level and the
// program's own message. Of the attributes it keeps only the codes of errors, because all others may hold names or
// what people wrote.
type RecentLog struct {
	slog.Handler
	*ring
}

type ring struct {
	mu    sync.Mutex
	lines []string
}

const maxLines = 300

// NewRecentLog also passes records to next, if next wants their level.
func NewRecentLog(next slog.Handler) RecentLog { return RecentLog{next, &ring{}} }

// Enabled reports whether a level is kept, whether or not the next handler wants it.
func (r RecentLog) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// Handle keeps a line and passes the record on.
func (r RecentLog) Handle(ctx context.Context, record slog.Record) error {
	words := []string{record.Time.UTC().Format("2006-01-02 15:04:05"), record.Level.String(), record.Message}
	record.Attrs(func(attr slog.Attr) bool {
		if err, is := attr.Value.Any().(error); is {
			words = append(words, attr.Key+"="+string(chat.CodeOf(err)))
		}
		return true
	})
	r.mu.Lock()
	r.lines = append(r.lines, strings.Join(words, " "))
	r.lines = r.lines[max(0, len(r.lines)-maxLines):]
	r.mu.Unlock()
	if !r.Handler.Enabled(ctx, record.Level) {
		return nil
	}
	return r.Handler.Handle(ctx, record)
}

// WithAttrs shares the lines.
func (r RecentLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return RecentLog{r.Handler.WithAttrs(attrs), r.ring}
}

// WithGroup shares the lines.
func (r RecentLog) WithGroup(name string) slog.Handler {
	return RecentLog{r.Handler.WithGroup(name), r.ring}
}

// Lines returns the lines, the oldest first.
func (r RecentLog) Lines() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.lines)
}
