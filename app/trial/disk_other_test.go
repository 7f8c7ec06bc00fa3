//go:build !linux

package trial

import "testing"

func smallDisk(t *testing.T, _ string) string {
	t.Skip("needs Linux")
	return ""
}

func readOnly(*testing.T, string, bool) {}
