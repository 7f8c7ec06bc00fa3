package app_test

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts in testdata/script describe in the users' words what Matterline does. Each starts with a firm that has a
// portal and two matters:
//
//	"Elm Street"  assigned to maya, with tom on its team; participants ana and ben
//	"Quay Road"   assigned to tom; participant carl
//
// A user has a desktop (a replica and a syncer) and a participant has a browser. All use the portal over real HTTP.
//
//	maya send ana TEXT [status]   write to a participant
//	maya chat ana                 the chat on the desktop: author, delivery, text
//	maya status ana               the current and past statuses
//	maya alerts                   the alerts: name, count, newest text
//	maya matters                  the titles of her matters
//	maya search TEXT              the hits: kind, title, text
//	maya read ana                 read the chat to its end
//	maya edit ana TEXT            move an unsent message back into the draft and print it
//	maya remove ana TEXT          delete an unsent message
//	maya offline | online         disconnect or connect her computer
//	ana send TEXT                 write to the firm
//	ana forge TEXT ben            try to write into another participant's chat
//	ana inbox                     the chat in the browser: author, text
//	ana status                    the current status
//	ana sees                      how many matters, participants and read marks she can see
//	ana read                      read the chat to its end
//	portal stop | start           on the same address with the same data
//	sync                          wait until every online desktop is in sync
//
// Each line of output describes one item, with its fields separated by |.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			f := newFirm(env.WorkDir)
			env.Values["firm"] = f
			env.Defer(f.close)
			return f.setUp()
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"portal": command((*firm).portal),
			"sync":   command((*firm).sync),
			"maya":   command(user("maya")),
			"tom":    command(user("tom")),
			"ana":    command(participant("ana")),
			"ben":    command(participant("ben")),
			"carl":   command(participant("carl")),
		},
	})
}

// command makes a script command: run returns its output, and an error is what "!" expects.
func command(run func(f *firm, args []string) (string, error)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		out, err := run(ts.Value("firm").(*firm), args)
		_, _ = ts.Stdout().Write([]byte(out))
		if err != nil {
			_, _ = ts.Stderr().Write([]byte(err.Error()))
		}
		if (err != nil) != neg {
			ts.Fatalf("error: %v", err)
		}
	}
}
