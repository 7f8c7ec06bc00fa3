package trial

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"time"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/replica"
	"matterline/app/replica/replicatest"
	"matterline/app/syncer"
)

// childEnv tells the test's own binary, started again, that it is a device, and which.
const childEnv = "MATTERLINE_TRIAL_CHILD"

// childOf is what such a device is told.
type childOf struct {
	Dir, Address, Token, Name string
	User                      chat.User
	Seed                      uint64
	// Hold only opens the replica, and keeps it open.
	Hold bool
}

// startChild starts a device in a process of its own. What it tells comes line by line from its output.
func startChild(c childOf) (*exec.Cmd, io.Reader, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, nil, err
	}
	program, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	return cmd, out, cmd.Start()
}

// beChild is a device in a process of its own, until it is killed. It tells what it is about to show, and what
// it has shown.
func beChild() {
	var c childOf
	if err := json.Unmarshal([]byte(os.Getenv(childEnv)), &c); err != nil {
		panic(err)
	}
	ctx := context.Background()
	tell := teller()
	r, err := replica.Open(ctx, c.Dir, c.User, time.Now)
	if err != nil {
		tell("failed %v", err)
		return
	}
	tell("opened %s", r.Mended())
	if c.Hold {
		select {}
	}
	changed := make(chan struct{}, 1)
	r.OnChanged(func([]string) { poke(changed) })
	s := syncer.New(r, portalapi.NewClient(c.Address, c.Token), slog.New(slog.DiscardHandler), func(f syncer.Freshness) {
		tell("state %s", f.State)
		poke(changed)
	})
	go s.Run(ctx)
	write(ctx, c, r, s, changed, tell)
}

// teller writes lines to the output, at once and whole.
func teller() func(format string, args ...any) {
	var mu sync.Mutex
	out := bufio.NewWriter(os.Stdout)
	return func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(out, format+"\n", args...)
		out.Flush()
	}
}

// write writes one message after the other, and tells when each is shown as waiting and as sent.
func write(ctx context.Context, c childOf, r *replica.Replica, s *syncer.Syncer, changed chan struct{}, tell func(string, ...any)) {
	rng := rand.New(rand.NewPCG(c.Seed, 9))
	waiting := map[string]string{} // the chat of each message
	for n := 0; ; {
		for _, to := range chatsOf(ctx, r) {
			if n == 300 || rng.IntN(3) > 0 {
				continue
			}
			n++
			text := fmt.Sprintf("%s %s writes %d", secret(to.matter), c.Name, n)
			tell("writing %s %s %s", to.matter, to.chat, text)
			m, err := replicatest.Send(ctx, r, to.chat, text, rng.IntN(4) == 0)
			if chat.CodeOf(err) == chat.NotFound {
				continue // gone in between
			}
			if err != nil {
				tell("failed %v", err)
				continue
			}
			tell("waiting %s %s %s %s", m.ID, to.matter, to.chat, text)
			waiting[m.ID] = to.chat
			s.Push()
		}
		s.Retry()
		<-changed
		shown := map[string]bool{} // as sent
		for _, chat := range waiting {
			if page, err := r.Chat(ctx, chat, 0); err == nil {
				for _, m := range page.Messages {
					shown[m.ID] = m.Delivery == "sent"
				}
			}
		}
		for id := range waiting {
			if shown[id] {
				tell("sent %s", id)
				delete(waiting, id)
			}
		}
	}
}

// chatsOf are the chats that a replica shows.
func chatsOf(ctx context.Context, r *replica.Replica) (chats []room) {
	matters, err := r.Matters(ctx)
	if err != nil {
		return nil
	}
	for _, row := range matters {
		m, err := r.Matter(ctx, row.ID)
		if err != nil {
			continue // gone in between
		}
		for _, p := range m.Participants {
			chats = append(chats, room{row.ID, p.ID})
		}
	}
	return chats
}
