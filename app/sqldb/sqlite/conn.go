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

// engine is one connection that writes and a pool of connections that read. All writers share the one connection,
// so it bypasses database/sql, which starts a goroutine for each query in a transaction.
type engine struct {
	sqldb.Engine // the readers
	write        *sqlite3.SQLiteConn
}

func (e engine) Begin(ctx context.Context, readOnly bool) (sqldb.Conn, error) {
	if readOnly {
		return e.Engine.Begin(ctx, readOnly)
	}
	_, err := e.write.Exec("BEGIN IMMEDIATE", nil)
	return &conn{SQLiteConn: e.write}, err
}

func (e engine) Close() error { return errors.Join(e.Engine.Close(), e.write.Close()) }

// conn is one writing transaction.
type conn struct {
	*sqlite3.SQLiteConn
	ended  bool
	values []driver.NamedValue // for the next statement
}

func (c *conn) Exec(_ context.Context, query string, args []any) (int64, error) {
	if err := c.setValues(args); err != nil {
		return 0, err
	}
	result, err := c.ExecContext(context.Background(), query, c.values)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (c *conn) Query(_ context.Context, query string, args []any) (sqldb.Rows, error) {
	if err := c.setValues(args); err != nil {
		return nil, err
	}
	found, err := c.QueryContext(context.Background(), query, c.values)
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
	if c.ended || c.AutoCommit() { // SQLite itself may have ended it
		return nil
	}
	_, err := c.SQLiteConn.Exec("ROLLBACK", nil)
	return err
}

// setValues sets the values for a statement, which copies them when it starts.
func (c *conn) setValues(args []any) error {
	c.values = c.values[:0]
	for i, arg := range args {
		value, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return fmt.Errorf("argument %d: %w", i+1, err)
		}
		c.values = append(c.values, driver.NamedValue{Ordinal: i + 1, Value: value})
	}
	return nil
}

// rows are the rows of a query in a writing transaction.
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
		return fmt.Errorf("scan: %d columns into %d variables", len(r.values), len(dest))
	}
	for i, value := range r.values {
		if err := assign(dest[i], value); err != nil {
			return fmt.Errorf("scan column %s: %w", r.Columns()[i], err)
		}
	}
	return nil
}

// assign stores a value from SQLite in dest, whose type must be of the same kind.
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
	return fmt.Errorf("can't store a %T in a %T", value, dest)
}
