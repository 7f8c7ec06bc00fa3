package chat

import (
	"strings"
	"testing"
)

func TestValidText(t *testing.T) {
	for _, tt := range []struct {
		name, text, want string
		code             Code
	}{
		{"OK", "  Good morning.\r\nTwo lines.\n", "Good morning.\nTwo lines.", ""},
		{"Longest", strings.Repeat("é", MaxText), strings.Repeat("é", MaxText), ""},
		{"ErrTextRequired", " \n\t ", "", TextRequired},
		{"ErrTextTooLong", strings.Repeat("é", MaxText+1), "", TextTooLong},
		{"ErrTextInvalid", "a\x00b", "", TextInvalid},
		{"ErrNotUTF8", "a\xffb", "", TextInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ValidText(tt.text)
			if tt.code != "" {
				if CodeOf(err) != tt.code {
					t.Fatalf("error %v, want code %s", err, tt.code)
				}
				return
			}
			if err != nil || got != tt.want {
				t.Fatalf("got %q, %v", got, err)
			}
		})
	}
	if _, err := ValidText(strings.Repeat("a", 12345)); !strings.Contains(err.Error(), "10,000 characters. This one has 12,345") {
		t.Fatal(err)
	}
}

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
