package notification

import (
	"runtime"
	"testing"
)

// Services on Linux render markup: people's text must stay text.
func TestEscape(t *testing.T) {
	want := "<b>bold</b> & more"
	if runtime.GOOS == "linux" {
		want = "&lt;b&gt;bold&lt;/b&gt; &amp; more"
	}
	if got := escape("<b>bold</b> & more"); got != want {
		t.Fatalf("%q", got)
	}
}
