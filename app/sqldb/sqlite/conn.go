package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/mattn/go-sqlite3"

	"matterline/app/sqldb"
)

// engine is one connection that writes and a pool of those that read. The one that writes does without
// database/sql, which starts a goroutine for each query in a transaction: it is what all writers share.
type engine struct {
	sqldb.Engine // of the readers
	write        *sqlite3.SQLiteConn
}

func (e engine) Begin(ctx context.Context, reading bool) (sqldb.Conn, error) {
	if reading {
		return e.Engine.Begin(ctx, reading)
	}
	_, err := e.write.Exec("BEGIN IMMEDIATE", nil)
	return &conn{e.write, false}, err
}

func (e engine) Close() error { return errors.Join(e.Engine.Close(), e.write.Close()) }

// conn is one transaction that writes.
type conn struct {
	*sqlite3.SQLiteConn
	ended bool
}

func (c *conn) Exec(_ context.Context, query string, args []any) (int64, error) {
	values, err := valuesOf(args)
	if err != nil {
		return 0, err
	}
	result, err := c.SQLiteConn.Exec(query, values)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (c *conn) Send(ctx context.Context, query string, args []any) error {
	_, err := c.Exec(ctx, query, args)
	return err
}

func (c *conn) Query(_ context.Context, query string, args []any) (sqldb.Rows, error) {
	values, err := valuesOf(args)
	if err != nil {
		return nil, err
	}
	found, err := c.SQLiteConn.Query(query, values)
	if err != nil {
		return nil, err
	}
	return &rows{Rows: found, values: make([]driver.Value, len(found.Columns()))}, nil
}

func (c *conn) Commit(context.Context) error {
	_, err := c.SQLiteConn.Exec("COMMIT", nil)
	c.ended = err == nil
	return err
}

func (c *conn) Rollback() error {
	if c.ended || c.AutoCommit() { // SQLite may have ended it by itself
		return nil
	}
	_, err := c.SQLiteConn.Exec("ROLLBACK", nil)
	return err
}

func valuesOf(args []any) ([]driver.Value, error) {
	values := make([]driver.Value, len(args))
	for i, arg := range args {
		var err error
		if values[i], err = driver.DefaultParameterConverter.ConvertValue(arg); err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
	}
	return values, nil
}

// rows are the rows of a query in a transaction that writes.
type rows struct {
	driver.Rows
	values []driver.Value
	err    error
}

func (r *rows) Next() bool {
	r.err = r.Rows.Next(r.values)
	return r.err == nil
}

func (r *rows) Err() error {
	if errors.Is(r.err, io.EOF) {
		return nil
	}
	return r.err
}

func (r *rows) Scan(dest ...any) error {
	if len(dest) != len(r.values) {
		return fmt.Errorf("%d columns for %d places", len(r.values), len(dest))
	}
	for i, value := range r.values {
		if err := assign(dest[i], value); err != nil {
			return fmt.Errorf("column %s: %w", r.Columns()[i], err)
		}
	}
	return nil
}

// assign puts what SQLite has into what a program wants, where the two are of one kind.
func assign(dest any, value driver.Value) error {
	if scanner, is := dest.(sql.Scanner); is {
		return scanner.Scan(value)
	}
	to := reflect.ValueOf(dest).Elem()
	switch v := value.(type) {
	case int64:
		switch {
		case to.CanInt():
			to.SetInt(v)
			return nil
		case to.Kind() == reflect.Bool:
			to.SetBool(v != 0)
			return nil
		}
	case float64:
		if to.CanFloat() {
			to.SetFloat(v)
			return nil
		}
	case bool:
		if to.Kind() == reflect.Bool {
			to.SetBool(v)
			return nil
		}
	case string:
		if to.Kind() == reflect.String {
			to.SetString(v)
			return nil
		}
	case []byte:
		switch bytes, is := dest.(*[]byte); {
		case is:
			*bytes = append([]byte{}, v...)
			return nil
		case to.Kind() == reflect.String:
			to.SetString(string(v))
			return nil
		}
	}
	return fmt.Errorf("a %T does not go into a %T", value, dest)
}
