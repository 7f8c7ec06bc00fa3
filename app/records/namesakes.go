package records

import (
	"matterline/app/chat"
	"matterline/app/sqldb"
)

// noteNamesakes stores which users' names look the same as another user's. Call it after a user's name has changed.
// Deactivated users count: their messages stay on screen.
func noteNamesakes(tx *sqldb.Tx) error {
	var one int
	if err := tx.Row(`SELECT one FROM firm WHERE one = 1 FOR UPDATE OF firm`).Scan(&one); err != nil { // others may be changing names now
		return err
	}
	type user struct {
		id, look string
		alike    bool
	}
	looks := map[string]int{}
	users, err := sqldb.All(tx, func(scan sqldb.Scan) (u user, err error) {
		var name string
		err = scan(&u.id, &name, &u.alike)
		u.look = chat.Look(name)
		looks[u.look]++
		return u, err
	}, `SELECT id, name, alike FROM accounts WHERE is_user ORDER BY name, id`)
	if err != nil {
		return err
	}
	for _, u := range users {
		if alike := looks[u.look] > 1; alike != u.alike {
			if err := tx.Exec(`UPDATE accounts SET alike = $2 WHERE id = $1`, u.id, alike); err != nil {
				return err
			}
		}
	}
	return nil
}
