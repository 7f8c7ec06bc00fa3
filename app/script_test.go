package app_test

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts in testdata/script tell in the users' words what Matterline does. In each, a firm opens its
// portal with two matters:
//
//	"Elm Street"  assigned to maya, with tom on its team; participants ana and ben
//	"Quay Road"   assigned to tom; participant carl
//
// A user has a desktop (a replica and a syncer), a participant a browser, and all of them the portal's real
// HTTP.
//
//	maya send ana TEXT [status]   write to a participant
//	maya chat ana                 what the desktop shows: author, delivery, text
//	maya status ana               the current status
//	maya alerts                   name, count, newest text
//	maya matters                  the titles
//	maya read ana                 read the chat to its end
//	maya edit ana TEXT            take the unsent message back into the draft; draft prints it
//	maya offline | online         her network
//	ana send TEXT                 write to the firm
//	ana inbox                     what the browser shows: author, text
//	ana status                    the current status
//	ana read                      read the chat to its end
//	portal stop | start           on the same address and the same data
//	settle                        wait until every desktop that is online is in step
//
// A line of output is one thing, with its parts between | signs.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			w := newWorld(env.WorkDir)
			env.Values["world"] = w
			env.Defer(w.close)
			return w.found()
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"portal": command((*world).portal),
			"settle": command((*world).settle),
			"maya":   command(user("maya")),
			"tom":    command(user("tom")),
			"ana":    command(participant("ana")),
			"ben":    command(participant("ben")),
			"carl":   command(participant("carl")),
		},
	})
}

// command runs part of the world: what it returns is the output, and an error is what "!" expects.
func command(run func(w *world, args []string) (string, error)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		out, err := run(ts.Value("world").(*world), args)
		_, _ = ts.Stdout().Write([]byte(out))
		if err != nil {
			_, _ = ts.Stderr().Write([]byte(err.Error()))
		}
		if (err != nil) != neg {
			ts.Fatalf("error: %v", err)
		}
	}
}
