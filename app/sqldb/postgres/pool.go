package postgres

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"matterline/app/sqldb"
)

const (
	// DefaultConnections limits the connections of one program if nothing else does. Three programs leave some of the 97
	// connections that PostgreSQL allows by default, for a backup and for commands.
	DefaultConnections = 30
	// MinConnections is the least that a program needs: one to write, one to read, and those of the bus.
	MinConnections = 2 + busConnections
	// refusalPause is how long a pool opens no connection after the server refused one.
	refusalPause = time.Second
	// refusalTimeout limits the wait for a connection while the server refuses more.
	refusalTimeout = 20 * time.Second
)

// errRefused replaces an attempt to connect shortly after the server refused one.
var errRefused = errors.New("PostgreSQL allows no more connections")

// pool holds the connections of a database. Readers and writers may use half of them each, so that readers can't use
// up the writers' connections. A writer that waits for no lock may use either. When the server refuses more connections,
// they share those that are open.
type pool struct {
	conns       *pgxpool.Pool
	server      int           // how many connections the server allows in all, or 0
	write, read chan struct{} // holds an element for each connection in use
	returned    chan struct{} // holds an element after a connection was returned
	pausedUntil atomic.Int64  // in nanoseconds; no connection is opened before

	waits, waited, refused atomic.Int64
}

func newPool(config *pgxpool.Config) (*pool, error) {
	n := int(config.MaxConns)
	p := &pool{write: make(chan struct{}, (n+1)/2), read: make(chan struct{}, n/2), returned: make(chan struct{}, 1)}
	config.BeforeConnect = func(context.Context, *pgx.ConnConfig) error {
		if time.Now().UnixNano() < p.pausedUntil.Load() {
			return errRefused
		}
		return nil
	}
	var err error
	p.conns, err = pgxpool.NewWithConfig(context.Background(), config)
	return p, err
}

// acquire waits for a connection among those for writing or for reading, or among others, unless that is nil. Release
// returns it.
func (p *pool) acquire(ctx context.Context, slots, others chan struct{}) (*pooled, error) {
	select {
	case slots <- struct{}{}:
	default:
		start := time.Now()
		p.waits.Add(1)
		select {
		case slots <- struct{}{}:
			p.waited.Add(int64(time.Since(start)))
		case others <- struct{}{}:
			slots = others
			p.waited.Add(int64(time.Since(start)))
		case <-ctx.Done():
			p.waited.Add(int64(time.Since(start)))
			return nil, ctx.Err()
		}
	}
	conn, err := p.open(ctx)
	if err != nil {
		<-slots
		return nil, err
	}
	return &pooled{conn, p, slots}, nil
}

// open takes an idle connection or opens one. If the server allows no more, it waits until one is returned here or
// elsewhere.
func (p *pool) open(ctx context.Context) (*pgxpool.Conn, error) {
	conn, err := p.conns.Acquire(ctx)
	if err == nil || !isRefusal(err) {
		return conn, err
	}
	start := time.Now()
	p.waits.Add(1)
	defer func() { p.waited.Add(int64(time.Since(start))) }()
	late := time.After(refusalTimeout)
	for isRefusal(err) {
		if !errors.Is(err, errRefused) {
			p.refused.Add(1)
			p.pausedUntil.Store(time.Now().Add(refusalPause).UnixNano())
		}
		select {
		case <-p.returned:
		case <-time.After(refusalPause):
		case <-late:
			return nil, err
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), err)
		}
		conn, err = p.conns.Acquire(ctx)
	}
	return conn, err
}

func isRefusal(err error) bool { return errors.Is(err, errRefused) || sqlState(err) == "53300" }

// allowed selects how many connections the server allows the user in all.
const allowed = `
	SELECT least(current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
			- coalesce(current_setting('reserved_connections', true)::int, 0), nullif(rolconnlimit, -1), nullif(datconnlimit, -1))
	FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()`

func (p *pool) use() sqldb.Connections {
	return sqldb.Connections{
		Server: p.server, Limit: cap(p.write) + cap(p.read) + busConnections, Open: int(p.conns.Stat().TotalConns()),
		InUse: len(p.write) + len(p.read), Waits: p.waits.Load(), Waited: time.Duration(p.waited.Load()), Refused: p.refused.Load(),
	}
}

// pooled is a connection in use.
type pooled struct {
	*pgxpool.Conn
	pool  *pool
	slots chan struct{}
}

func (c *pooled) Release() {
	c.Conn.Release()
	<-c.slots
	select {
	case c.pool.returned <- struct{}{}:
	default:
	}
}
