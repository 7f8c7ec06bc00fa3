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
	"matterline/app/syncer"
)

// childEnv makes the test binary run as a device. Its value is a childConfig in JSON.
const childEnv = "MATTERLINE_TRIAL_CHILD"

// childConfig describes the device.
type childConfig struct {
	Dir, Address, Token, Name string
	User                      chat.User
	Seed                      uint64
	// Hold means to open the replica and do nothing else.
	Hold bool
}

// startChild starts a device as a process. It reports events as lines of its output.
func startChild(c childConfig) (*exec.Cmd, io.Reader, error) {
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

// runChild runs the device until it's killed. It reports what it shows.
func runChild() {
	var c childConfig
	if err := json.Unmarshal([]byte(os.Getenv(childEnv)), &c); err != nil {
		panic(err)
	}
	ctx := context.Background()
	report := newReporter()
	r, err := replica.Open(ctx, c.Dir, c.User, time.Now)
	if err != nil {
		report("failed %v", err)
		return
	}
	report("opened %s", r.RepairNote())
	if c.Hold {
		select {}
	}
	changed := make(chan struct{}, 1)
	r.OnChanged(func([]string) { signal(changed) })
	s := syncer.New(r, portalapi.NewClient(c.Address, c.Token), slog.New(slog.DiscardHandler), func(f syncer.Freshness) {
		report("state %s", f.State)
		signal(changed)
	})
	go s.Run(ctx)
	write(ctx, c, r, s, changed, report)
}

// newReporter returns a function that writes a whole line to the output.
func newReporter() func(format string, args ...any) {
	var mu sync.Mutex
	out := bufio.NewWriter(os.Stdout)
	return func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(out, format+"\n", args...)
		out.Flush()
	}
}

// write sends messages, and reports when each is shown as waiting and as sent.
func write(ctx context.Context, c childConfig, r *replica.Replica, s *syncer.Syncer, changed chan struct{}, report func(string, ...any)) {
	rng := rand.New(rand.NewPCG(c.Seed, 9))
	waiting := map[string]string{} // the chat of each message
	for n := 0; ; {
		for _, to := range chatsOf(ctx, r) {
			if n == 300 || rng.IntN(3) > 0 {
				continue
			}
			n++
			text := fmt.Sprintf("%s %s writes %d", secret(to.matter), c.Name, n)
			report("writing %s %s %s", to.matter, to.chat, text)
			m, err := sendTo(ctx, r, to.chat, text, rng.IntN(4) == 0)
			if chat.CodeOf(err) == chat.NotFound {
				continue // removed in the meantime
			}
			if err != nil {
				report("failed %v", err)
				continue
			}
			report("waiting %s %s %s %s", m.ID, to.matter, to.chat, text)
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
				report("sent %s", id)
				delete(waiting, id)
			}
		}
	}
}

// chatsOf returns the chats that a replica shows.
func chatsOf(ctx context.Context, r *replica.Replica) (chats []chatRef) {
	matters, err := r.Matters(ctx)
	if err != nil {
		return nil
	}
	for _, row := range matters {
		m, err := r.Matter(ctx, row.ID)
		if err != nil {
			continue // removed in the meantime
		}
		for _, p := range m.Participants {
			chats = append(chats, chatRef{row.ID, p.ID})
		}
	}
	return chats
}
