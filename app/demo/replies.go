package demo

import (
	"context"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/records"
)

// firmReplies are the firm's saved replies, mayasReplies Maya's own.
var (
	firmReplies = []chat.Reply{
		{Title: "Funds received", Text: "Dear {first name},\n\nThe funds for {matter} have arrived in our trust account. You do not need to do anything else for now.\n\nOur reference is {reference}."},
		{Title: "How to pay", Text: "Dear {first name},\n\nPlease pay into our trust account, with {reference} as the reference. We never change our account by message: if anyone asks you to pay into another account, please call us first."},
		{Title: "Identity check", Text: "Dear {first name},\n\nBefore we can continue with {matter}, we need to check your identity. Please bring your original passport or driver licence to our office. It takes ten minutes."},
		{Title: "No news yet", Text: "There is no news yet, {first name}. I will write to you as soon as there is."},
		{Title: "Out of the office", Text: "I am out of the office today and will answer tomorrow morning. If it is urgent, please call the office and quote {reference}."},
		{Title: "Welcome", Text: "Welcome, {first name}. You can reach us here about {matter}. Write whenever you like; we answer on working days, usually the same day. Under Status you can always see where the matter is up to."},
	}
	mayasReplies = []chat.Reply{
		{Title: "Keys", Text: "You can collect the keys from 9:00 tomorrow, {first name}. Please bring photo identification."},
		{Title: "Thanks, I will read it", Text: "Thank you, {first name}. I will read it today and come back to you."},
	}
)

func (s *seeder) replies(ctx context.Context) error {
	save := func(owner chat.Caller, replies []chat.Reply) error {
		for _, r := range replies {
			r.ID, r.Firm = uuid.Must(uuid.NewV7()).String(), owner == records.Program
			if err := s.store.SaveReply(ctx, owner, r); err != nil {
				return err
			}
		}
		return nil
	}
	if err := save(records.Program, firmReplies); err != nil {
		return err
	}
	return save(s.users["maya"], mayasReplies)
}
