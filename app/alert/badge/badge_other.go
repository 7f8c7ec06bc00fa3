//go:build !linux

package badge

// run shows nothing: other systems need the window's handle, which Wails keeps.
func (b *Badge) run(string) {
	for range b.wanted {
	}
}
