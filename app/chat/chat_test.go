package chat

import "testing"

func TestMaySee(t *testing.T) {
	for _, tt := range []struct {
		name   string
		c      Caller
		onTeam bool
		want   bool
	}{
		{"Assigned", Caller{Account: "maya", User: true}, false, true},
		{"Team", Caller{Account: "tom", User: true}, true, true},
		{"Admin", Caller{Account: "lee", User: true, Admin: true}, false, true},
		{"OtherUser", Caller{Account: "priya", User: true}, false, false},
		{"NotAUser", Caller{Account: "maya", Admin: true}, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.c.MaySee("maya", tt.onTeam); got != tt.want {
				t.Fatalf("got %v", got)
			}
		})
	}
}
