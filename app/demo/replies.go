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
		{Title: "Funds received", Text: "Dear {first name},\n\nThe funds for {matter} have arrived in our trust account. There is nothing more that you need to do for now.\n\nOur reference is {reference}."},
		{Title: "How to pay", Text: "Dear {first name},\n\nPlease pay into our trust account, with {reference} as the reference. We never change our account by message: if anybody asks you to pay elsewhere, ring us before you do."},
		{Title: "Identity check", Text: "Dear {first name},\n\nBefore we can go on with {matter}, we have to check your identity. Please bring your passport or driver licence, the original, to our office. It takes ten minutes."},
		{Title: "No news yet", Text: "Nothing new yet, {first name}. I am watching it and write to you the day it moves."},
		{Title: "Out of the office", Text: "I am out of the office today and answer you tomorrow morning. If it cannot wait, please ring the office and name {reference}."},
		{Title: "Welcome", Text: "Welcome, {first name}. This is where you can reach us about {matter}. Write whenever you like; we answer on working days, most of the time the same day. Under Status you always find how things stand."},
	}
	mayasReplies = []chat.Reply{
		{Title: "Keys", Text: "The keys can be collected from nine tomorrow, {first name}. Please bring something with your photograph on it."},
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
