package replica_test

import (
	"context"
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/replica"
)

// window is the folder of a copy for build/bench window. The test logs the user's id.
var window = flag.String("window", "", "create a copy with 1,000,000 messages in this folder")

// TestFillWindow creates 900 matters with a thousand messages each, and one with 100,000 in one chat.
func TestFillWindow(t *testing.T) {
	if *window == "" {
		t.Skip("needs -window")
	}
	ctx := context.Background()
	r, err := replica.Open(ctx, *window, benchUser, time.Now)
	fail(t, err)
	v := fullVocabulary()
	apply := func(page chat.Changes) { fail(t, r.Apply(ctx, page)) }
	for matter := range 900 {
		benchPages(v, matter, benchMessages, apply)
	}
	var first string
	rng := rand.New(rand.NewPCG(4, 999))
	benchPages(v, 999, 100_000, func(page chat.Changes) {
		if page.Info != nil {
			page.Info.Title, first = "The long matter", page.Participants[0].ID
		}
		for i := range page.Messages {
			m := &page.Messages[i]
			if m.Author == m.Participant {
				m.Author = first
			}
			m.Participant = first
			switch i % 50 {
			case 7:
				m.Text = "مرحبا، متى نستلم المفاتيح؟ " + m.Text
			case 19:
				m.Text += " 🏡🔑 https://portal.example/a/long/address/" + m.ID
			case 31:
				m.Text += "\n\n" + v.text(rng) + "\n" + v.text(rng) + "\n" + v.text(rng)
			}
		}
		apply(page)
	})
	_, err = r.MarkComplete(ctx)
	fail(t, err)
	fail(t, r.Close())
	t.Logf("user %s", benchUser.ID)
}
