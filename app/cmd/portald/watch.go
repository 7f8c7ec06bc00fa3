package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"matterline/app/records"
	"matterline/app/sqldb"
)

const (
	// watchInterval is how often the portal looks at what its operator should know.
	watchInterval = time.Minute
	// A certificate that expires within expiryNotice is in the log once every expiryRepeat.
	expiryNotice = 14 * 24 * time.Hour
	expiryRepeat = 24 * time.Hour
	// schemaInterval is how often the portal checks that no newer one has upgraded the database.
	schemaInterval = 3 * time.Second
)

// watch warns in the log of a certificate that expires soon, and of connections that the database's server refused,
// until ctx ends. expiry is nil without TLS.
func watch(ctx context.Context, log *slog.Logger, expiry func() time.Time, connections func() sqldb.Connections) {
	var warned time.Time
	var refused int64
	for {
		now := time.Now()
		if expiry != nil && now.Sub(warned) >= expiryRepeat {
			if until := expiry(); !until.IsZero() && until.Sub(now) < expiryNotice {
				warned = now
				log.Warn("the TLS certificate expires soon or has expired; renew it", "until", until)
			}
		}
		if n := connections().Refused; n > refused {
			log.Warn("PostgreSQL refused connections, so requests wait; lower --database-connections or raise the server's limit", "refused", n-refused)
			refused = n
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(watchInterval):
		}
	}
}

// watchSchema returns an error as soon as a newer portald has upgraded the database, or nil when ctx ends.
func watchSchema(ctx context.Context, store *records.Store) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(schemaInterval):
		}
		if err := store.CheckSchema(ctx); errors.Is(err, sqldb.ErrOtherVersion) {
			return fmt.Errorf("stopped because the database was upgraded while this portal ran: %w; use the newer portald", err)
		}
	}
}
