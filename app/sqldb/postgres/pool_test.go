package postgres_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"matterline/app/sqldb"
	"matterline/app/sqldb/postgres"
	"matterline/app/sqldb/postgres/pgtest"
)

// work runs many transactions at once and checks that all succeed.
func work(t *testing.T, db *sqldb.DB) {
	t.Helper()
	const transactions = 200
	var all sync.WaitGroup
	for i := range transactions {
		all.Go(func() {
			if err := db.Tx(t.Context(), func(tx *sqldb.Tx) error {
				return tx.Exec(`INSERT INTO t (a) VALUES ($1)`, fmt.Sprint(i))
			}); err != nil {
				t.Errorf("write %d: %v", i, err)
			}
			if _, err := sqldb.List(t.Context(), db, sqldb.Column[string], `SELECT a FROM t`); err != nil {
				t.Errorf("read %d: %v", i, err)
			}
		})
	}
	all.Wait()
	if n, err := sqldb.Get(t.Context(), db, sqldb.Column[int], `SELECT count(*) FROM t`); err != nil || n != transactions {
		t.Errorf("%d rows of %d, %v", n, transactions, err)
	}
}

// A server that allows fewer connections than the portal wants makes transactions wait and not fail.
func TestTransactionsWaitWhenTheServerRefusesMoreConnections(t *testing.T) {
	const limit = 5
	url := pgtest.URL(t)
	admin := open(t, url)
	if err := admin.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	if err := admin.Tx(t.Context(), func(tx *sqldb.Tx) error {
		for _, statement := range []string{
			fmt.Sprintf(`CREATE ROLE few LOGIN CONNECTION LIMIT %d`, limit), `GRANT ALL ON SCHEMA public TO few`, `GRANT ALL ON t TO few`,
		} {
			if err := tx.Exec(statement); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	db := open(t, strings.Replace(url, "postgres@", "few@", 1))
	work(t, db)
	if use := db.Connections(); use.Refused == 0 || use.Waits == 0 || use.Waited == 0 || use.Open > limit || use.InUse != 0 && use.InUse > limit {
		t.Errorf("%+v", use)
	}
}

// The server's limit counts, and so does that of the role.
func TestKnowsHowManyConnectionsTheServerAllows(t *testing.T) {
	url := pgtest.URL(t)
	admin := open(t, url)
	if n := admin.Connections().Server; n != 297 { // of 300, 3 are the superusers'
		t.Errorf("%d connections, want 297", n)
	}
	if err := admin.Tx(t.Context(), func(tx *sqldb.Tx) error { return tx.Exec(`CREATE ROLE twenty LOGIN CONNECTION LIMIT 20`) }); err != nil {
		t.Fatal(err)
	}
	if n := open(t, strings.Replace(url, "postgres@", "twenty@", 1)).Connections().Server; n != 20 {
		t.Errorf("%d connections of the role, want 20", n)
	}
}

func TestLimitsConnections(t *testing.T) {
	for _, c := range []struct {
		options        string
		limit, applies int
	}{
		{"", 0, postgres.DefaultConnections}, {"?pool_max_conns=6", 0, 6}, {"?pool_max_conns=40&pool_min_conns=2", 4, 4}, {"", 5, 5},
	} {
		url := pgtest.URL(t) + c.options
		db, err := postgres.Open(t.Context(), url, c.limit)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(t.Context(), schema); err != nil {
			t.Fatal(err)
		}
		work(t, db)
		if use := db.Connections(); use.Limit != c.applies || use.Open > c.applies-2 {
			t.Errorf("%q, %d: %+v, want a limit of %d with two for the bus", c.options, c.limit, use, c.applies)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		bus := postgres.NewBus(url)
		if err := bus.Notify(t.Context(), "hello"); err != nil {
			t.Errorf("%q: %v", c.options, err)
		}
		bus.Close()
	}
	if db, err := postgres.Open(t.Context(), pgtest.URL(t)+"?pool_max_conns=3", 0); err == nil {
		db.Close()
		t.Error("opened with too few connections")
	}
}
