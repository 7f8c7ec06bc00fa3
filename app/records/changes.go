package records

import (
	"context"
	"fmt"
	"slices"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Changes returns what changed in a matter after a position, as far as the caller may see it: at most limit
// messages, fewer if they are long, and all other rows up to the same version. It returns not_found, and other_history
// if the position has a mark that the store doesn't have at this version.
func (s *Store) Changes(ctx context.Context, c chat.Caller, matter string, after Position, limit int) (page chat.Changes, err error) {
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		var v matterView
		if v, err = viewFor(tx, c, matter); err != nil {
			return err
		}
		page, err = v.changesSince(tx, after, limit)
		return err
	})
	return page, err
}

// matterView is what one caller sees of a matter.
type matterView struct {
	matter chat.Matter
	// at is the newest change that the caller may see.
	at Position
	// chat is the participant's own. It is empty for a user, who sees every chat.
	chat string
}

func viewFor(tx *sqldb.Tx, c chat.Caller, matter string) (v matterView, err error) {
	v.matter, v.at, err = matterFor(tx, c, matter)
	if err != nil || c.User {
		return v, err
	}
	v.matter = v.matter.ForParticipant()
	err = tx.Row(`SELECT id, seen, mark, info_version FROM participants WHERE matter = $1 AND account = $2 AND NOT removed`, matter, c.Account).
		Scan(&v.chat, &v.at.Version, &v.at.Mark, &v.matter.Version)
	return v, notFound(err)
}

// prefix is what the names of columns with the caller's versions start with.
func (v matterView) prefix() string {
	if v.chat != "" {
		return "chat_"
	}
	return ""
}

// rows selects the rows of most tables that the caller may see: column is the one to compare with id.
func (v matterView) rows() (column, id string) {
	if v.chat != "" {
		return "participant", v.chat
	}
	return "matter", v.matter.ID
}

// changesSince reads the rows that changed after a position, in version order.
func (v matterView) changesSince(tx *sqldb.Tx, from Position, limit int) (page chat.Changes, err error) {
	after := from.Version
	page = chat.Changes{Matter: v.matter.ID, After: after, AfterMark: from.Mark, Version: v.at.Version, Mark: v.at.Mark}
	if err := v.checkHistory(tx, from); err != nil {
		return page, err
	}
	if after >= v.at.Version {
		page.Version, page.Mark = after, from.Mark
		return page, nil
	}
	if !v.onlyInfoSince(after) {
		if err := v.readRows(tx, &page, limit); err != nil {
			return page, err
		}
	}
	if page.Mark, err = v.markAt(tx, page.Version); err != nil {
		return page, err
	}
	if v.matter.Version > after && v.matter.Version <= page.Version {
		page.Info = &v.matter
		if v.chat == "" {
			if page.Info.Team, err = teamOf(tx, v.matter.ID); err != nil {
				return page, err
			}
		}
	}
	page.Users, err = v.usersIn(tx, page)
	page.CleanNames()
	return page, err
}

// onlyInfoSince reports whether the matter itself is all that changed after a version, for a user. Only its first version
// may be that of other rows, too.
func (v matterView) onlyInfoSince(after int64) bool {
	return v.chat == "" && after > 0 && v.at.Version == after+1 && v.matter.Version == v.at.Version
}

// readRows reads the rows of a page, which may end before the newest version.
func (v matterView) readRows(tx *sqldb.Tx, page *chat.Changes, limit int) (err error) {
	after := page.After
	// Only messages, and the length of texts, are limited. The page ends at the version of its last message or status.
	var texts textLimit
	page.Messages, err = changedRows(tx, v, limited(&texts, scanMessage, func(m chat.Message) (string, int64) { return m.Text, m.Version }),
		messageColumns, "messages", after, v.at.Version, limit)
	if err != nil {
		return err
	}
	if len(page.Messages) == limit || texts.reached {
		page.Version = page.Messages[len(page.Messages)-1].Version
	}
	texts = textLimit{}
	page.Statuses, err = changedRows(tx, v, limited(&texts, scanStatus, func(s chat.Status) (string, int64) { return s.Text, s.Version }),
		statusColumns, "statuses", after, page.Version, noLimit)
	if err != nil {
		return err
	}
	if texts.reached {
		page.Version = page.Statuses[len(page.Statuses)-1].Version
		page.Messages = slices.DeleteFunc(page.Messages, func(m chat.Message) bool { return m.Version > page.Version })
	}
	page.More = page.Version < v.at.Version
	// A status shares the version of its message; every other change has a version of its own. If the messages
	// account for all versions, as they usually do for a caller who follows the matter, skip the other tables.
	if int64(len(page.Messages)) == page.Version-after {
		return nil
	}
	page.Participants, err = changedRows(tx, v, scanParticipant, participantColumns, "participants", after, page.Version, noLimit)
	if err != nil {
		return err
	}
	if v.chat != "" {
		for i := range page.Participants {
			page.Participants[i] = page.Participants[i].ForParticipant()
		}
	}
	page.Reads, err = changedRows(tx, v, scanRead, readColumns+v.prefix()+"upto", "reads", after, page.Version, noLimit)
	return err
}

const noLimit = 1 << 31

// maxTexts is how many bytes the texts in a page may have before it ends with the next one.
const maxTexts = 2 << 20

// textLimit counts the bytes of texts.
type textLimit struct {
	bytes   int
	version int64 // of the last row
	reached bool  // and there are more rows
}

// limited reads rows until their texts are too long. Rows of the same version stay together.
func limited[T any](l *textLimit, scan func(sqldb.Scan) (T, error), of func(T) (text string, version int64)) func(sqldb.Scan) (T, error) {
	return func(row sqldb.Scan) (T, error) {
		v, err := scan(row)
		if err != nil {
			return v, err
		}
		text, version := of(v)
		if l.bytes > maxTexts && version != l.version {
			l.reached = true
			return v, sqldb.ErrStop
		}
		l.bytes, l.version = l.bytes+len(text), version
		return v, nil
	}
}

// changedRows reads the changed rows of one table: of the whole matter for a user, of their own chat for a
// participant. A participant never sees users' read marks.
func changedRows[T any](tx *sqldb.Tx, v matterView, scan func(sqldb.Scan) (T, error), columns, table string, after, upto int64, limit int) ([]T, error) {
	column, id := v.rows()
	where := column + ` = $1`
	if v.chat != "" {
		switch table {
		case "participants":
			where = `id = $1`
		case "reads":
			where += ` AND reader = participant`
		}
	}
	version := v.prefix() + `version`
	return sqldb.All(tx, scan, `SELECT `+columns+`, `+version+` FROM `+table+` t
		WHERE `+where+` AND `+version+` > $2 AND `+version+` <= $3 ORDER BY `+version+` LIMIT $4`, id, after, upto, limit)
}

// usersIn returns the users that a page's rows refer to.
func (v matterView) usersIn(tx *sqldb.Tx, page chat.Changes) ([]chat.User, error) {
	var ids []string
	if page.Info != nil && page.Info.Assigned != "" {
		ids = append(append(ids, page.Info.Assigned), page.Info.Team...)
	}
	for _, p := range page.Participants {
		if p.ResetBy != "" {
			ids = append(ids, p.ResetBy)
		}
	}
	for _, m := range page.Messages {
		if !m.FromParticipant() {
			ids = append(ids, m.Author)
		}
	}
	for _, s := range page.Statuses {
		ids = append(ids, s.SetBy)
	}
	for _, r := range page.Reads {
		if r.Reader != r.Participant {
			ids = append(ids, r.Reader)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	list, args := idList(sorted(ids))
	return sqldb.All(tx, v.scanUser, `SELECT id, name, email, alike FROM accounts WHERE id IN `+list+` ORDER BY id`, args...)
}

// scanUser reads a user. A participant gets the email only where another user's name looks the same.
func (v matterView) scanUser(scan sqldb.Scan) (u chat.User, err error) {
	var alike bool
	err = scan(&u.ID, &u.Name, &u.Email, &alike)
	if v.chat != "" && !alike {
		u.Email = ""
	}
	return u, err
}

// idList returns a list of parameters for IN, and the ids as their values. It repeats the last one, so that there are only
// a few statements to prepare.
func idList(ids []string) (list string, args []any) {
	for _, id := range ids {
		args = append(args, id)
	}
	for len(args)&(len(args)-1) != 0 { // until it is a power of two
		args = append(args, ids[len(ids)-1])
	}
	for i := range args {
		list += fmt.Sprintf(", $%d", i+1)
	}
	return "(" + list[2:] + ")", args
}

// The columns of each table end before the version, which is the matter's or the participant's.

const messageColumns = `id, participant, author, text, written_at, sent_at`

// scanMessage tolerates any written_at that was stored before the portal checked it.
func scanMessage(scan sqldb.Scan) (m chat.Message, err error) {
	err = scan(&m.ID, &m.Participant, &m.Author, &m.Text, &m.WrittenAt, &m.SentAt, &m.Version)
	m.WrittenAt = chat.WrittenAt(m.WrittenAt, m.SentAt)
	return m, err
}

const participantColumns = `id, matter, name, role, other_side, joined, removed,
	coalesce((SELECT expires_at FROM invitations i WHERE i.participant = t.id AND i.blocked_at = 0), 0),
	coalesce((SELECT blocked_at FROM invitations i WHERE i.participant = t.id), 0),
	coalesce((SELECT email FROM accounts a WHERE a.id = t.account), ''), coalesce(account, ''), reset_at, reset_by`

var scanParticipant = sqldb.Into(func(p *chat.Participant) []any {
	return []any{&p.ID, &p.Matter, &p.Name, &p.Role, &p.OtherSide, &p.Joined, &p.Removed, &p.InvitedUntil, &p.LinkBlocked, &p.Email, &p.Account, &p.ResetAt, &p.ResetBy, &p.Version}
})

const statusColumns = `id, participant, message, (SELECT text FROM messages m WHERE m.id = t.message), set_by, set_at, ended_at`

var scanStatus = sqldb.Into(func(s *chat.Status) []any {
	return []any{&s.ID, &s.Participant, &s.Message, &s.Text, &s.SetBy, &s.SetAt, &s.EndedAt, &s.Version}
})

const readColumns = `participant, reader, at, ` // and upto

var scanRead = sqldb.Into(func(r *chat.Read) []any {
	return []any{&r.Participant, &r.Reader, &r.At, &r.Upto, &r.Version}
})
