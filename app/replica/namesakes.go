package replica

import (
	"cmp"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// namesakes counts the people by what their names look like: all users, and the participants of one matter.
type namesakes map[string]int

// namesakesIn counts the people in a matter, given by its number in the copy.
func (r *Replica) namesakesIn(tx *sqldb.Tx, matter int64) (namesakes, error) {
	people := namesakes{}
	return people, sqldb.Each(tx, func(scan sqldb.Scan) error {
		var name string
		err := scan(&name)
		people[r.look(name)]++
		return err
	}, `SELECT name FROM users WHERE name <> '' UNION ALL SELECT name FROM participants WHERE matter = $1 AND version <> 0`, matter)
}

// detail returns what to show beside a name: nothing, unless someone else's looks the same. It is the email, or if
// that is unknown, something else about the person.
func (people namesakes) detail(name, email, otherwise string) string {
	if people[chat.Look(name)] < 2 {
		return ""
	}
	return cmp.Or(email, otherwise)
}

// look is chat.Look, which takes microseconds, and a chat asks for everyone's each time it is read.
func (r *Replica) look(name string) string {
	if look, known := r.looks.Load(name); known {
		return look.(string)
	}
	look := chat.Look(name)
	r.looks.Store(name, look)
	return look
}
