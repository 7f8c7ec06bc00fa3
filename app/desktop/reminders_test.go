package desktop

import (
	"testing"
	"time"

	"matterline/app/chat"
)

// untilReminder waits until the portal has Maya's reminder in Ana's chat as it should be.
func (o *office) untilReminder(what string, is func(chat.Reminder) bool) {
	o.t.Helper()
	o.until(what, func() bool {
		reminders, err := o.store.Reminders(o.t.Context(), o.maya)
		check(o.t, err)
		return len(reminders.All) == 1 && is(reminders.All[0])
	})
}

// A reminder takes its chat's alert away until it is due, on all devices of the user, and is set without the portal.
func TestRemindMe(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.anaSends("first")
	first := o.notified("first")
	o.untilAlerts(1)
	o.goAway()
	later := time.Now().Add(time.Hour).UnixMilli()
	check(t, o.SetReminder(o.toAna, later, first.Version))
	o.untilAlerts(0)
	o.comeBack()
	o.untilReminder("reminder at the portal", func(r chat.Reminder) bool { return r.DueAt == later })

	// Another device makes it due.
	check(t, o.store.SetReminder(t.Context(), o.maya, chat.Reminder{Participant: o.toAna, DueAt: time.Now().UnixMilli(), SetAt: time.Now().UnixMilli()}))
	o.untilAlerts(1)
	if n := <-o.notifications.shown; n.Title != "Reminder: Ana · Elm Street" || n.Body != "first" {
		t.Fatalf("%+v", n)
	}
	o.controls.MarkRead(first)
	o.untilAlerts(0)
	o.untilReminder("ended reminder", func(r chat.Reminder) bool { return r.DueAt == 0 })
}

// A reminder is due although nothing else happens, and is in the bar although the chat has been read.
func TestReminderIsDueByItself(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.anaSends("first")
	first := o.notified("first")
	check(t, o.MarkRead(o.toAna, first.Version))
	check(t, o.SetReminder(o.toAna, time.Now().Add(50*time.Millisecond).UnixMilli(), first.Version))
	if n := <-o.notifications.shown; n.Title != "Reminder: Ana · Elm Street" {
		t.Fatalf("%+v", n)
	}
	alerts, err := o.Alerts()
	check(t, err)
	if len(alerts) != 1 || alerts[0].Count != 0 || alerts[0].Reminder == 0 {
		t.Fatalf("%+v", alerts)
	}
}
